"""Which messages of a calendar a person gets where there is no room for all: those that are worth most together.

First come, first served is tried for everybody. Where it sent something and where something that depends on what is
sent stood in the way of a message, every way to leave messages out is tried: at each message that would be sent the
course of the person branches into one that sends it and one in which it gives way. The gates decide in every branch, so
that caps, worn-out creatives, the balance of asking and giving, and gates of other packages all count as they are. A
branch ends where even its highest hopes (``weighing``: the ceilings) stay below what is known to be possible.

That is exact, as long as a person has no more than ``MOST`` courses at a time; beyond, those with the highest hopes go
on, which is a greedy choice that looks ahead. The outcome is never worth less than first come, first served.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from sendgate.decide import courses
from sendgate.decide.courses import COURSE, hope
from sendgate.decide.forward import Forward
from sendgate.decide.later import Later
from sendgate.decide.scene import Prospects, Scene, together
from sendgate.decide.telling import told
from sendgate.facts.arithmetic import as_expression, greatest, settle

Frame = nw.LazyFrame[Any]

MOST = 256
"""Courses of one person that are followed at a time."""
AT_ONCE = 250_000
"""People whose courses are followed at a time: with it, memory is bounded."""
_LEAST = 5e-7
"""Half of what values are rounded to."""


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


def planned(scene: Scene, *, best: bool, most: int = MOST, at_once: int = AT_ONCE, words: bool = True) -> Planned:
    """Decide about every message of a calendar; with ``best``, choose those that are worth most together.

    Without ``words`` records say no more than what is counted: see ``telling.WORDS``.
    """
    engine = scene.engine
    prospects, later = Prospects.of(scene), Later(scene)
    people = engine.keep(_numbered(scene, prospects))
    ended = engine.keep(Forward(scene, prospects, later).run(courses.begun(scene.calendar, people), engine))

    def telling(of: Frame, people: Frame | None = None) -> list[Frame]:
        return [told(scene, later, of, i, people, words=words) for i in range(len(scene.calendar.entries))]

    first = telling(ended)
    if not best:
        return Planned(first, None, 0, prospects.alone, 0)
    contested, better = _better(scene, prospects, later, ended, most, at_once)
    changed = better.select("person")
    chosen = [engine.keep(frame) for frame in over(first, telling(better, changed))]
    return Planned(first, chosen, contested, prospects.alone, _number(scene, better), None if words else changed)


def _better(  # noqa: PLR0913, PLR0917  what was found so far, and two bounds
    scene: Scene, prospects: Prospects, later: Later, ended: Frame, most: int, at_once: int
) -> tuple[int, Frame]:
    """Count the people for whom messages stood in each other's way, and give the courses that are better for some."""
    contested = ended.filter(nw.col("troubled") & (nw.col("count") > 0)).select(COURSE, "person", "total", "count")
    contested = scene.engine.keep(contested.with_row_index("_place", order_by=COURSE))
    number = _number(scene, contested)
    if not number:
        return 0, ended.head(0)
    batch = (nw.col("_place") / at_once).floor()
    arbitration = _Arbitration(scene, prospects, later, most)
    return number, together([arbitration.better(contested.filter(batch == n)) for n in range(-(-number // at_once))])


def over(records: Sequence[Frame], others: Sequence[Frame]) -> list[Frame]:
    """Put the records of some people in place of those that they had."""
    pairs = zip(records, others, strict=True)
    return [together([old.join(new.select("person"), on="person", how="anti"), new]) for old, new in pairs]


def _number(scene: Scene, frame: Frame) -> int:
    ((rows,),) = scene.engine.fetch(frame.select(rows=nw.len()))
    return int(rows)


def _numbered(scene: Scene, prospects: Prospects) -> Frame:
    """Number the people, with room between for every subset of messages that may give way."""
    numbered = scene.engine.numbered(prospects.people, "_number")
    room = float(2 ** len(scene.audiences))
    return numbered.with_columns(course=nw.col("_number").cast(nw.Float64) * room).drop("_number")


class _Arbitration:
    """The choice for some people."""

    def __init__(self, scene: Scene, prospects: Prospects, later: Later, most: int) -> None:
        self._scene = scene
        self._calendar = scene.calendar
        self._prospects = prospects
        self._most = most
        self._forward = Forward(scene, prospects, later, self._pruned)

    def better(self, people: Frame) -> Frame:
        """Give the best courses of those for whom another than first come, first served is better."""
        engine = self._scene.engine.scratch()
        ended = self._forward.run(self._begun(people), engine)
        worth = engine.keep(ended.with_columns(total=settle(nw.col("total"))))
        for column in ("total", "count"):
            worth = worth.filter(nw.col(column) == nw.col(column).max().over("person"))
        best = worth.filter(nw.col(COURSE) == nw.col(COURSE).min().over("person"))
        first = people.select("person", _total=settle(nw.col("total")), _count="count")
        more = nw.col("total") > nw.col("_total") + _LEAST
        as_much = (nw.col("total") >= nw.col("_total") - _LEAST) & (nw.col("count") > nw.col("_count"))
        better = best.join(first, on="person", how="inner").filter(more | as_much)
        kept = self._scene.engine.keep(better.select(*courses.columns(self._calendar)))
        engine.clear()
        return kept

    def _begun(self, people: Frame) -> Frame:
        """Begin with first come, first served as the floor."""
        floor = people.select("person", COURSE, _floor=nw.col("total"))
        begun = courses.begun(self._calendar, self._prospects.people.join(floor, on="person", how="inner"))
        begun = begun.join(floor.select("person", "_floor"), on="person", how="inner")
        return begun.with_columns(floor=nw.col("_floor")).select(*courses.columns(self._calendar))

    def _pruned(self, everything: Frame) -> Frame:
        """Leave courses that cannot become the best, and, of too many, those with the least hope."""
        columns = courses.columns(self._calendar)
        most = everything.group_by("person").agg(_most=nw.col("total").max())
        frame = everything.join(self._prospects.people, on="person", how="inner").join(most, on="person", how="inner")
        floor = as_expression(greatest(nw.col("floor"), nw.col("_most")))
        frame = frame.with_columns(_hope=nw.col("total") + hope(self._calendar), floor=floor)
        frame = frame.filter(nw.col("_hope") >= nw.col("floor") - _LEAST).with_columns(_order=0 - nw.col("_hope"))
        place = nw.col(COURSE).cum_count().over("person", order_by=["_order", COURSE])
        return frame.with_columns(_place=place).filter(nw.col("_place") <= self._most).select(*columns)
