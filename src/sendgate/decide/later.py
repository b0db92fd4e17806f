"""Facts for those who wait, at the times until which they wait."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from sendgate.decide.scene import Scene, together
from sendgate.facts.arithmetic import any_of, as_expression, not_
from sendgate.facts.engine import Tables
from sendgate.facts.kinds import Now
from sendgate.facts.tables import with_facts

Frame = nw.LazyFrame[Any]

MANY = 100_000
"""Times for which events are read as they stand; for fewer, those of the people in question are brought together."""


class Later:
    """Facts of all campaigns at times that are not their own; counted once for each person and time."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._engine = scene.engine
        self._place = scene.engine.place()
        self._facts: Frame | None = None

    @property
    def any(self) -> bool:
        """Whether anybody waits."""
        return self._facts is not None

    def marked(self, acting: Frame) -> Frame:
        """Say of each whether the facts are ``known``: at a campaign's own time, or at a time that was counted."""
        own = as_expression(any_of(*((nw.col("which") == i) & (nw.col("now") == at) for i, at in self._own_times)))
        if self._facts is None:
            return acting.with_columns(known=own)
        counted = self._facts.select("person", "now", _counted=nw.lit(value=True))
        acting = acting.join(counted, on=["person", "now"], how="left")
        return acting.with_columns(known=own | ~nw.col("_counted").is_null()).drop("_counted")

    def learn(self, acting: Frame) -> None:
        """Count the facts of those who act at a time of which they are not known yet."""
        scratch = self._engine.scratch()
        unknown = self.marked(acting).filter(not_(nw.col("known")))
        moments = scratch.keep(unknown.select("person", at=nw.col("now")).unique())
        ((number,),) = scratch.fetch(moments.select(rows=nw.len()))
        if number:
            new = self._counted(moments, number)
            facts = [new] if self._facts is None else [self._facts, new]
            self._facts = self._engine.put(together(facts), self._place)
        scratch.clear()

    def _counted(self, moments: Frame, number: int) -> Frame:
        engine, scene = self._engine.scratch(), self._scene
        rows = together([rows.drop("at", "row") for rows in scene.audiences]).unique(subset=["person"])
        rows = engine.keep(rows.join(moments, on="person", how="inner")).with_columns(row=nw.lit(0.0))
        events = scene.events
        if number <= MANY:
            events = engine.keep(events.join(moments.select("person").unique(), on="person", how="semi"))
        needs = frozenset[Any]().union(*scene.needs)
        facts = with_facts(Tables(engine, rows, events, None), [*needs, Now()])
        counted = self._engine.keep(facts.with_columns(now=nw.col(Now().key)).drop("row"))
        engine.clear()
        return counted

    def known(self, i: int, due: Frame, base: Frame) -> Frame:
        """Give the facts of a campaign for people at a time (``person``, ``now``); ``base``: those at its own time."""
        names = sorted(fact.key for fact in self._scene.needs[i])
        at_own_time = nw.col("now") == self._scene.calendar.entries[i].at
        columns = [name for name in due.collect_schema().names() if name not in names]
        known = due.filter(at_own_time).join(base, on="person", how="inner").select(*columns, "known", *names)
        if self._facts is None:
            return known
        waited = due.filter(not_(at_own_time)).join(self._facts, on=["person", "now"], how="inner")
        return together([known, waited.select(*columns, "known", *names)])

    @property
    def _own_times(self) -> list[tuple[int, float]]:
        return [(i, entry.at) for i, entry in enumerate(self._scene.calendar.entries)]
