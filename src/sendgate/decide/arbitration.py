"""Which messages of a calendar everybody gets: those that come first, or those that are worth most together.

Tables tell of each message what no other message changes (``residue``). What is left is decided person by person in
``walks``, some thousand people at a time (``crowd``), and tables tell in the end what became of every message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from sendgate.decide.crowd import Bounds, Crowd, Progress
from sendgate.decide.later import Later
from sendgate.decide.scene import Scene, together
from sendgate.decide.telling import RUN, told

Frame = nw.LazyFrame[Any]

USUAL = Bounds()


def quietly(_stage: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Planned:
    """What becomes of every message."""

    first: Sequence[Frame]
    """For each entry the records (``telling.RECORD``) if those that come first are sent."""
    best: Sequence[Frame] | None
    """The same if those are sent that are worth most together; None where nobody asked."""
    contested: int
    """People for whom messages stood in each other's way."""
    alone: Sequence[int]
    """For each entry how many messages it would send at its time if it were the only one."""
    changed: int
    """People who get other messages than first come, first served would send."""
    movers: Frame | None = None
    """They (``person``), where records of them lack words."""


def planned(
    scene: Scene, *, best: bool, bounds: Bounds = USUAL, words: bool = True, progress: Progress = quietly
) -> Planned:
    """Decide about every message of a calendar; with ``best``, choose those that are worth most together.

    Without ``words`` records say no more than what is counted: see ``telling.BRIEF``.
    """
    later = Later(scene, bounds.many)
    found = Crowd(scene, later, bounds, best=best).walked(progress)
    ends = [found.ended(found.first), *([found.ended(found.better)] if best else [])]
    records = []
    for i in range(len(scene.calendar.entries)):
        progress(f"telling what became of every message: campaign {i + 1} of {len(scene.calendar.entries)}")
        records.append(told(scene, later, ends, i, words=words))
    first = [frame.filter(nw.col(RUN) == 0).drop(RUN) for frame in records]
    if not best:
        return Planned(first, None, 0, found.alone, 0)
    changed = ends[1].select("person")
    better = [frame.filter(nw.col(RUN) == 1).drop(RUN) for frame in records]
    chosen = [scene.engine.keep(frame) for frame in over(first, better)]
    return Planned(first, chosen, found.contested, found.alone, found.changed, None if words else changed)


def over(records: Sequence[Frame], others: Sequence[Frame]) -> list[Frame]:
    """Put the records of some people in place of those that they had."""
    pairs = zip(records, others, strict=True)
    return [together([old.join(new.select("person"), on="person", how="anti"), new]) for old, new in pairs]
