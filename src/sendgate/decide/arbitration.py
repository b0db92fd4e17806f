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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import narwhals as nw

from sendgate.decide import courses
from sendgate.decide.courses import COURSE
from sendgate.decide.forward import Forward, Scene
from sendgate.decide.weighing import DROPPED
from sendgate.facts.arithmetic import as_expression, greatest, settle, when
from sendgate.model.times import FOREVER

Frame = nw.LazyFrame[Any]

MOST = 256
"""Courses of one person that are followed at a time."""
AT_ONCE = 100_000
"""People whose courses are followed at a time: with it, memory is bounded."""
_LEAST = 5e-7
"""Half of what values are rounded to."""


@dataclass(frozen=True)
class Planned:
    """What becomes of every message."""

    first: Sequence[Frame]
    """For each entry the records (``forward.RECORD``) if those that come first are sent."""
    best: Sequence[Frame] | None
    """The same if those are sent that are worth most together; None where nobody asked."""
    contested: int
    """People for whom messages stood in each other's way."""
    alone: Sequence[int]
    """For each entry how many messages it would send at its time if it were the only one."""
    changed: int
    """People who get other messages than first come, first served would send."""


def first_come(scene: Scene, people: Frame) -> tuple[Forward, Frame]:
    """Take everybody (``course``, ``person``) through the calendar, each message as it comes."""
    forward = Forward(scene, scene.base)
    return forward, forward.run(courses.begun(scene.calendar, people, scene.audiences))


def planned(scene: Scene, *, best: bool, most: int = MOST, at_once: int = AT_ONCE) -> Planned:
    """Decide about every message of a calendar; with ``best``, choose those that are worth most together."""
    people = scene.engine.keep(_numbered(scene))
    forward, ended = first_come(scene, people)
    first = [_together(pieces) for pieces in forward.records]
    alone = [forward.alone[i] for i in range(len(scene.calendar.entries))]
    if not best:
        return Planned(first, None, 0, alone, 0)
    contested = ended.filter(nw.col("troubled") & (nw.col("count") > 0)).select(COURSE, "person", "total", "count")
    contested = scene.engine.keep(contested.with_row_index("_place", order_by=COURSE))
    ((number,),) = scene.engine.fetch(contested.select(nw.len()))
    chosen = [*first]
    changed = 0
    for start in range(0, number, at_once):
        some = contested.filter((nw.col("_place") >= start) & (nw.col("_place") < start + at_once))
        better = _Arbitration(scene, some, forward.ceilings, most).better
        ((more,),) = scene.engine.fetch(better.select(nw.len()))
        if more:
            changed += more
            chosen = list(_replaced(scene, chosen, better))
    return Planned(first, chosen, number, alone, changed)


def _numbered(scene: Scene) -> Frame:
    """Number the people, with room between for every subset of messages that may give way."""
    everybody = nw.concat([rows.select("person") for rows in scene.audiences], how="vertical").unique()
    numbered = everybody.with_row_index("_number", order_by="person")
    return numbered.select("person", course=nw.col("_number").cast(nw.Float64) * float(2 ** len(scene.audiences)))


class _Arbitration:
    """The choice for some people."""

    def __init__(self, scene: Scene, people: Frame, ceilings: dict[int, Frame], most: int) -> None:
        self._engine = scene.engine.scratch()
        self._whole = scene
        self._people = people
        self._ceilings = ceilings
        self._most = most
        self._bases: dict[int, Frame] = {}

    @cached_property
    def better(self) -> Frame:
        """Give those for whom another course than first come, first served is better, and who gives way in it."""
        calendar, engine = self._whole.calendar, self._engine
        scene = replace(self._whole, engine=engine, calendar=calendar.wordless())
        scene = scene.only(self._people.select("person"))
        ended = Forward(scene, lambda i, _: self._base(scene, i), self._pruned).run(self._begun(scene))
        worth = ended.with_columns(total=settle(nw.col("total")))
        for column in ("total", "count"):
            worth = worth.filter(nw.col(column) == nw.col(column).max().over("person"))
        best = worth.filter(nw.col(COURSE) == nw.col(COURSE).min().over("person"))
        first = self._people.select("person", _course=nw.col(COURSE), _total=settle(nw.col("total")), _count="count")
        more = nw.col("total") > nw.col("_total") + _LEAST
        as_much = (nw.col("total") >= nw.col("_total") - _LEAST) & (nw.col("count") > nw.col("_count"))
        better = best.join(first, on="person", how="inner").filter(more | as_much).drop(COURSE)
        ways = [f"way{i}" for i in range(len(calendar.entries))]
        kept = self._whole.engine.keep(better.select("person", *ways, course=nw.col("_course")))
        engine.clear()
        return kept

    def _begun(self, scene: Scene) -> Frame:
        """Begin with first come, first served as the floor; what is dropped in any case is not even asked about."""
        calendar = scene.calendar
        frame = courses.begun(calendar, self._people.select(COURSE, "person"), scene.audiences)
        frame = frame.drop("floor").join(self._people.select(COURSE, floor=nw.col("total")), on=COURSE, how="inner")
        for i in range(len(calendar.entries)):
            ceiling = self._ceilings[i].select(COURSE, _ceiling=nw.col("ceiling"))
            frame = frame.join(ceiling, on=COURSE, how="left")
            known = nw.coalesce(nw.col("_ceiling"), nw.lit(DROPPED))
            due = when(known < 0, FOREVER, nw.col(f"due{i}"))
            columns = {f"due{i}": due, f"ceiling{i}": greatest(0.0, known)}
            frame = frame.with_columns(**{name: as_expression(value) for name, value in columns.items()})
            frame = frame.drop("_ceiling")
        return self._engine.keep(frame.select(*courses.columns(calendar)))

    def _base(self, scene: Scene, i: int) -> Frame:
        if i not in self._bases:
            self._bases[i] = self._engine.keep(scene.base(i, self._engine))
        return self._bases[i]

    def _pruned(self, everything: Frame) -> Frame:
        """Leave courses that cannot become the best, and, of too many, those with the least hope."""
        calendar = self._whole.calendar
        floor = greatest(nw.col("floor"), nw.col("total").max().over("person"))
        frame = everything.with_columns(_hope=nw.col("total") + courses.hope(calendar), floor=as_expression(floor))
        frame = frame.filter(nw.col("_hope") >= nw.col("floor") - _LEAST).with_columns(_order=0 - nw.col("_hope"))
        place = nw.col(COURSE).cum_count().over("person", order_by=["_order", COURSE])
        frame = frame.with_columns(_place=place).filter(nw.col("_place") <= self._most)
        return frame.select(*courses.columns(calendar))


def _replaced(scene: Scene, records: Sequence[Frame], better: Frame) -> Iterator[Frame]:
    """Decide again for some people, with the messages that give way, and put that in place of the earlier records."""
    calendar, people = scene.calendar, better.select("person")
    local = scene.only(people)
    begun = courses.begun(calendar, better.select(COURSE, "person"), local.audiences)
    ways = [f"way{i}" for i in range(len(calendar.entries))]
    begun = begun.drop(ways).join(better.select("person", *ways), on="person", how="inner")
    forward = Forward(local, local.base)
    forward.run(begun.select(*courses.columns(calendar)))
    for old, new in zip(records, forward.records, strict=True):
        kept = old.join(people, on="person", how="anti")
        yield scene.engine.keep(_together([kept, *new]))


def _together(pieces: Sequence[Frame]) -> Frame:
    return nw.concat(list(pieces), how="vertical") if len(pieces) > 1 else pieces[0]
