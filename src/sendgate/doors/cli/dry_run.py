"""``sendgate dry-run``: what a campaign would do to an audience, with a reason for every row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.consoles import draw, progress, tell
from sendgate.doors.cli.failing import DONE, REJECTED, warn
from sendgate.errors import InputError
from sendgate.model.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendgate.audience.account import Account
    from sendgate.doors.rehearsal import Rehearsal, Reuse
    from sendgate.wiring.settings import Setting

_REJECTIONS = 20
"""Rejected rows that are told one by one."""


@click.command("dry-run", short_help="Decide about an audience, send nothing, and say why.")
@options.campaign
@options.audience
@options.people
@options.events
@options.policy
@options.now
@click.option(
    "--out",
    type=options.FILE,
    metavar="FILE",
    help="Write a row for each row of the audience: .csv, .jsonl or .parquet; text also .gz or .zst.",
)
@click.option(
    "--facts",
    type=options.FILE,
    metavar="FILE",
    help="Keep the computed facts in this Parquet file; take from it what an earlier run kept.",
)
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    metavar="N",
    help="Show this many rows, and render as many of the messages.",
)
@click.pass_context
def command(ctx: click.Context, /, campaign: str, policy: Path, **asked: Any) -> None:
    """Decide about every row of an audience, send nothing, and say why.

    CAMPAIGN is a file, or the name of one in `campaigns` beside the policy.
    """
    from sendgate.report.dry_run import dry_run  # first of all: without rich nothing is to be written
    from sendgate.wiring.settings import read_setting

    wanted = _Asked(**asked)
    _refuse_overwriting([wanted.audience, *wanted.people, *wanted.events, policy], wanted.out, wanted.facts)
    with progress() as say:
        say("reading policy and campaign")
        setting = read_setting(campaign, policy)
        rehearsal, now = _rehearse(setting, wanted, say)
    _tell(rehearsal)
    when = "each row at its own time" if rehearsal.own_times else f"as of {iso(now)}"
    heading = f"{wanted.audience}, {when}, under {policy}"
    account = _accounted(rehearsal.account, rehearsal.summary.rows)
    draw(dry_run(setting.campaign.name, heading, rehearsal.summary, rehearsal.rendered, account))
    if wanted.out:
        tell(f"decisions written to {wanted.out}")
    ctx.exit(REJECTED if rehearsal.account.rejected else DONE)


class _Asked(NamedTuple):
    """The options."""

    audience: Path
    people: tuple[Path, ...]
    events: tuple[Path, ...]
    now: float | None
    out: Path | None
    facts: Path | None
    sample: int


def _refuse_overwriting(inputs: list[Path], out: Path | None, facts: Path | None) -> None:
    """Raise InputError, before anything is read, where a result would be written over something that is needed."""
    taken = {path.resolve(): f"the input `{path}`" for path in inputs}
    for option, path in (("--out", out), ("--facts", facts)):
        if path is None:
            continue
        if path.resolve() in taken:
            raise InputError(f"{option} would overwrite {taken[path.resolve()]}")
        if not path.parent.is_dir():
            raise InputError(f"{option} cannot be written: there is no folder `{path.parent}`")
        taken[path.resolve()] = f"what {option} writes"


def _rehearse(setting: Setting, asked: _Asked, say: Callable[[str], None]) -> tuple[Rehearsal, float]:
    """Run it; gives the decision time as well."""
    from sendgate.audience.formats import format_of
    from sendgate.audience.kept import Kept
    from sendgate.doors.rehearsal import Lists, rehearse

    if asked.out:
        format_of(asked.out)
    kept = Kept.read(asked.facts) if asked.facts else None
    given = kept.origin.now if kept and asked.now is None else asked.now
    now = options.present() if given is None else given
    lists = Lists(asked.audience, asked.people, asked.events)
    return rehearse(setting, lists, now, out=asked.out, facts=asked.facts, samples=asked.sample, progress=say), now


def _tell(rehearsal: Rehearsal) -> None:
    """Say what is worth knowing beside the result."""
    account = rehearsal.account
    if told := options.rejected(account, _REJECTIONS):
        tell(told)
    for warning in account.warnings:
        tell(warning, colour="cyan", label="note")
    warn(rehearsal.warnings)
    if rehearsal.reuse:
        tell(_reused(rehearsal.reuse))


def _reused(reuse: Reuse) -> str:
    if not reuse.computed:
        return f"all {reuse.kept} facts were kept in {reuse.file}: people and events were not read"
    if not reuse.kept:
        return f"{reuse.computed} facts computed, and kept in {reuse.file}"
    return f"{reuse.kept} facts were kept in {reuse.file}; {reuse.computed} were missing, computed, and kept there too"


def _accounted(account: Account, decided: int) -> str:
    """Say what became of every row of the audience, and of the other files."""
    rows = sum(file.rows_in for file in account.of("audience"))
    refused = sum(file.rejected for file in account.of("audience"))
    line = f"{rows:,} {'row' if rows == 1 else 'rows'} = {decided:,} decided + {refused:,} rejected"
    read = [
        f"{sum(f.accepted for f in account.of(role)):,} {role}" + _refused(sum(f.rejected for f in account.of(role)))
        for role in ("people", "events")
    ]
    return f"{line}; read {' and '.join(read)}"


def _refused(rows: int) -> str:
    return f" ({rows:,} rejected)" if rows else ""
