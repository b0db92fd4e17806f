"""Facts for those who wait, at the times until which they wait."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from sendgate.decide.scene import Scene, together
from sendgate.facts.arithmetic import any_of, not_
from sendgate.facts.engine import Tables
from sendgate.facts.kinds import Now
from sendgate.facts.tables import with_facts

Frame = nw.LazyFrame[Any]


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

    def learn(self, acting: Frame) -> None:
        """Count the facts of those who act at a time that is not their campaign's own, and are not known yet."""
        scratch = self._engine.scratch()
        own = any_of(*((nw.col("which") == i) & (nw.col("now") == at) for i, at in enumerate(self._own_times)))
        moments = acting.filter(not_(own)).select("person", at=nw.col("now")).unique()
        if self._facts is not None:
            known = self._facts.select("person", at=nw.col("now"))
            moments = moments.join(known, on=["person", "at"], how="anti")
        moments = scratch.keep(moments)
        ((number,),) = scratch.fetch(moments.select(rows=nw.len()))
        if number:
            new = self._counted(moments)
            self._facts = self._engine.put(
                together([self._facts, new] if self._facts is not None else [new]), self._place
            )
        scratch.clear()

    def _counted(self, moments: Frame) -> Frame:
        engine, scene = self._engine.scratch(), self._scene
        rows = together([rows.drop("at", "row") for rows in scene.audiences]).unique(subset=["person"])
        rows = engine.keep(rows.join(moments, on="person", how="inner")).with_columns(row=nw.lit(0.0))
        events = engine.keep(scene.events.join(moments.select("person").unique(), on="person", how="semi"))
        needs = frozenset[Any]().union(*scene.needs)
        facts = with_facts(Tables(engine, rows, events, None), [*needs, Now()])
        counted = self._engine.keep(facts.with_columns(now=nw.col(Now().key)).drop("row"))
        engine.clear()
        return counted

    def known(self, i: int, due: Frame, base: Frame) -> Frame:
        """Give the facts of a campaign for people at a time (``person``, ``now``); ``base``: those at its own time."""
        names = sorted(fact.key for fact in self._scene.needs[i])
        at_own_time = nw.col("now") == self._own_times[i]
        columns = [name for name in due.collect_schema().names() if name not in names]
        known = due.filter(at_own_time).join(base, on="person", how="inner").select(*columns, "known", *names)
        if self._facts is None:
            return known
        waited = due.filter(not_(at_own_time)).join(self._facts, on=["person", "now"], how="inner")
        return together([known, waited.select(*columns, "known", *names)])

    @property
    def _own_times(self) -> list[float]:
        return [entry.at for entry in self._scene.calendar.entries]
