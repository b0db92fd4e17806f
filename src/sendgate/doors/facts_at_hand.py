"""Everybody's facts: computed from the files, or taken from a file that an earlier run kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sendgate.audience import open_run
from sendgate.audience.kept import Kept, KeptRun, Origin, open_kept
from sendgate.errors import InputError
from sendgate.facts.kinds import Fact, Now
from sendgate.facts.tables import More, facts_and_more, with_facts

if TYPE_CHECKING:
    import narwhals as nw

    from sendgate.audience.run import Run

Progress = Callable[[str], None]

_AT = Now()
"""The decision time is always there, because samples are rendered at it."""


@dataclass(frozen=True)
class Lists:
    """The files of a dry run."""

    audience: Path
    people: Sequence[Path]
    events: Sequence[Path]


@dataclass(frozen=True)
class Reuse:
    """What a file of kept facts saved."""

    file: Path
    kept: int
    """Facts that were in it."""
    computed: int
    """Facts that were missing, and are in it now."""
    read: int = 0
    """People who were looked up in the files nevertheless, because a report tells of them."""


class AtHand(NamedTuple):
    """Everybody's facts, and where they come from."""

    run: Run | KeptRun
    facts: nw.LazyFrame[Any]
    reuse: Reuse | None
    more: More | None
    """Gives all facts of some rows, those for later as well; None where ``facts`` has those too."""


@contextmanager
def at_hand(
    wanted: frozenset[Fact], lists: Lists, now: float, file: Path | None, progress: Progress,
    later: frozenset[Fact] = frozenset(),
) -> Iterator[AtHand]:  # fmt: skip
    """Compute facts of every row of an audience, or take those that a file keeps and compute what it lacks.

    ``later``: facts that are wanted of some rows only. A file keeps them of all, because another policy asks for them
    of other rows. Raises InputError where a file cannot be read, or the kept facts were computed from something else.
    """
    everything = wanted | later
    kept, origin = _kept(lists, now, file) if file else (None, None)
    missing = [fact for fact in everything if not kept or fact.key not in kept.keys]
    reuse = Reuse(file, len(everything) - len(missing), len(missing)) if file else None
    if kept and not missing:
        progress(f"reading {kept.path}")
        with open_kept(kept, progress=progress) as run:
            needed = run.facts.select("row", "person", "known", *sorted(fact.key for fact in {*everything, _AT}))
            yield AtHand(run, needed, reuse, None)
        return
    files = {"audience": lists.audience, "people": lists.people, "events": lists.events}
    with open_run(now=now, progress=progress, **files) as run:  # type: ignore[arg-type]
        progress("computing facts")
        if not file or not origin:
            with facts_and_more(run.tables, [*wanted, _AT], later) as (frame, more):
                yield AtHand(run, frame, reuse, more)
            return
        frame = _with_kept(run, run.engine.keep(with_facts(run.tables, [*missing, _AT])), missing, kept)
        progress(f"keeping facts in {file}")
        run.keep(frame, origin, file)
        yield AtHand(run, frame, reuse, None)


def _kept(lists: Lists, now: float, file: Path) -> tuple[Kept | None, Origin]:
    kept = Kept.read(file)
    origin = Origin.of(now, lists.audience, lists.people, lists.events)
    if kept and (why := kept.origin.differs(origin)):
        raise InputError(f"`{file}` keeps facts that do not hold here: {why}; delete it, or name another file")
    return kept, origin


def _with_kept(run: Run, frame: nw.LazyFrame[Any], missing: Sequence[Fact], kept: Kept | None) -> nw.LazyFrame[Any]:
    """Put facts that were missing beside those that a file keeps."""
    if kept is None:
        return frame
    added = frame.select("row", *(fact.key for fact in missing))
    return run.engine.keep(kept.facts(run.engine).join(added, on="row", how="inner"))
