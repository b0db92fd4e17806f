"""What commands over an audience say beside their result: rejected rows, notes, and what became of every row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sendgate.doors.cli import options
from sendgate.doors.cli.consoles import tell
from sendgate.doors.cli.failing import DONE, REJECTED, warn
from sendgate.errors import InputError
from sendgate.model.times import counted

if TYPE_CHECKING:
    from sendgate.audience.account import Account
    from sendgate.doors.facts_at_hand import Reuse
    from sendgate.errors import Mistake

ONE_BY_ONE = 20
"""So many rejected rows, or people, are told one by one."""


def refuse_overwriting(inputs: Iterable[Path], outputs: Mapping[str, Path | None]) -> None:
    """Raise InputError, before anything is read, where a result cannot be written, or over something that is needed.

    ``outputs`` are files by the option that names them.
    """
    report = outputs.get("--report")
    if report and report.suffix.lower() not in {".html", ".htm"}:
        raise InputError(f"`{report}` cannot be the report: expected a name that ends in .html")
    taken = {path.resolve(): f"the input `{path}`" for path in inputs}
    for option, path in outputs.items():
        if path is None:
            continue
        if path.resolve() in taken:
            raise InputError(f"{option} would overwrite {taken[path.resolve()]}")
        if not path.parent.is_dir():
            raise InputError(f"{option} cannot be written: there is no folder `{path.parent}`")
        taken[path.resolve()] = f"what {option} writes"


def tell_rejected(account: Account, at_most: int = ONE_BY_ONE) -> None:
    """Tell rejected rows, a line each, and how many more there are."""
    shown = account.rejections[:at_most]
    for rejection in shown:
        tell(str(rejection))
    if more := account.rejected - len(shown):
        tell(f"and {more:,} more")


def tell_account(account: Account, warnings: Iterable[Mistake] = (), reuse: Reuse | None = None) -> None:
    """Say what is worth knowing beside the result."""
    tell_rejected(account)
    for warning in account.warnings:
        tell(warning, colour="cyan", label="note")
    warn(warnings)
    if reuse:
        tell(_reused(reuse))


def tell_written(files: Mapping[str, Path | None]) -> None:
    """Say where results were written; ``files`` are named by what is in them."""
    for what, path in files.items():
        if path:
            tell(f"{what} written to {path}")


def status(account: Account) -> int:
    """Give the exit status: rejected rows are no failure, and not nothing either."""
    return REJECTED if account.rejected else DONE


def _reused(reuse: Reuse) -> str:
    if not reuse.computed:
        kept = f"all {reuse.kept} facts were kept in {reuse.file}"
        if reuse.read:
            return f"{kept}: people and events were read for {reuse.read:,} people in the report alone"
        return f"{kept}: people and events were not read"
    if not reuse.kept:
        return f"{counted(reuse.computed, 'fact')} computed, and kept in {reuse.file}"
    kept = f"{counted(reuse.kept, 'fact')} {_were(reuse.kept)} kept in {reuse.file}"
    return f"{kept}; {reuse.computed} {_were(reuse.computed)} missing, computed, and kept there too"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def accounted(account: Account, decided: int) -> str:
    """Say what became of every row of the audience, and of the other files."""
    rows = sum(file.rows_in for file in account.of("audience"))
    refused = sum(file.rejected for file in account.of("audience"))
    line = f"{rows:,} {'row' if rows == 1 else 'rows'} = {decided:,} decided + {refused:,} rejected"
    return f"{line}; {read_account(account)}"


def read_account(account: Account) -> str:
    """Say how many people and events were read."""
    read = [
        f"{sum(f.accepted for f in account.of(role)):,} {role}" + _refused(sum(f.rejected for f in account.of(role)))
        for role in ("people", "events")
    ]
    return f"read {' and '.join(read)}"


def _refused(rows: int) -> str:
    return f" ({rows:,} rejected)" if rows else ""


def moment_of(facts: Path | None, now: float | None) -> float:
    """Give the decision time: as asked for, else that of the kept facts, else the present."""
    from sendgate.audience.kept import Kept

    kept = Kept.read(facts) if facts else None
    given = kept.origin.now if kept and now is None else now
    return options.present() if given is None else given
