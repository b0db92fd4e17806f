"""People and events of the store in place of files: a dry run over what a real run would know."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sendgate.errors import InputError


@contextmanager
def people_and_events(
    people: Sequence[Path], events: Sequence[Path], policy: Path, say: Callable[[str], None], *, stored: bool
) -> Iterator[tuple[Sequence[Path], Sequence[Path]]]:
    """Give the files of people and events; those of the store are there as long as the ``with`` block lasts.

    Raises InputError where neither files nor the store are named, or both are, and where the store knows nobody.
    """
    if stored == bool(people or events) or (not stored and not (people and events)):
        raise InputError("give --people and --events, or --from-store")
    if not stored:
        yield people, events
        return
    with tempfile.TemporaryDirectory(prefix="sendgate-") as folder:
        yield _spooled(Path(folder), policy, say)


def _spooled(folder: Path, policy: Path, say: Callable[[str], None]) -> tuple[Sequence[Path], Sequence[Path]]:
    from sendgate.audience.exporting import export
    from sendgate.audience.formats import Format
    from sendgate.wiring.house import House

    say("reading the store")
    with House(policy) as house:
        done = export(
            house.store.people(), folder, Format.PARQUET, lambda stage, done, _: say(f"{stage}: {done:,} people")
        )
    if not done.people:
        raise InputError("the store knows nobody: bring people and events in with `sendgate import` first")
    who, what = done.files
    return (who,), (what,)
