"""Facts for those who wait, at the times until which they wait."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import narwhals as nw

from sendgate.decide.scene import NUMBER, Scene, together
from sendgate.facts.arithmetic import not_
from sendgate.facts.engine import Engine, Tables
from sendgate.facts.kinds import Fact, Now
from sendgate.facts.tables import with_facts

Frame = nw.LazyFrame[Any]

Waiting = tuple[int, int, float]
"""Whose message (by number), of which campaign, and when."""


class Later:
    """Facts of all campaigns at times that are not their own; counted once for each person and time."""

    def __init__(self, scene: Scene, many: int) -> None:
        self._scene = scene
        self._many = many
        """Moments for which events are read as they stand; for fewer, those of the people in question are gathered."""
        self._engine = scene.engine
        self._place = scene.engine.place()
        self._events = scene.events
        self._excerpt = False
        self._facts: Frame | None = None
        self._told: dict[int, Frame] = {}
        self._places: dict[int, str] = {}

    def learn(self, moments: Sequence[Waiting]) -> None:
        """Count the facts of people at moments of which they are not known yet, and tell what is firm then.

        Whoever is asked about was asked about before, the first time excepted.
        """
        scratch = self._engine.scratch()
        asked = self.count(moments, scratch)
        assert self._facts is not None  # noqa: S101  they have just been counted
        for i in sorted({place for _, place, _ in moments}):
            mine = asked.filter(nw.col("which") == i).select(NUMBER, "now")
            self._tell(i, self._engine.beside(self._facts, [mine], NUMBER, "now", shared=True))
        scratch.clear()

    def count(self, moments: Sequence[Waiting], scratch: Engine) -> Frame:
        """Count the facts of people at moments of which they are not known yet; gives the moments as a table."""
        numbers, which, times = (list(map(float, column)) for column in zip(*moments, strict=True))
        asked = scratch.table({NUMBER: numbers, "which": which, "now": times})
        new = asked.select(NUMBER, "now").unique()
        if self._facts is not None:
            new = new.join(self._facts.select(NUMBER, "now"), on=[NUMBER, "now"], how="anti")
        new = scratch.keep(new)
        ((number,),) = scratch.fetch(new.select(rows=nw.len()))
        if number:
            self._bring_together(asked, len(moments))
            counted = self._counted(new)
            facts = [counted] if self._facts is None else [self._facts, counted]
            self._facts = self._engine.put(together(facts), self._place)
        return asked

    def _bring_together(self, asked: Frame, number: int) -> None:
        """Once those who wait are few, go on with what happened to them: nobody joins them later.

        All of them, also those of whom nothing has to be counted this time.
        """
        if number <= self._many and not self._excerpt:
            few = self._scene.people.join(asked.select(NUMBER).unique(), on=NUMBER, how="semi").select("person")
            self._events, self._excerpt = self._engine.keep(self._events.join(few, on="person", how="semi")), True

    def _tell(self, i: int, facts: Frame) -> None:
        told = self._scene.residues[i].of(facts, self._engine, NUMBER, "now")
        if i in self._told:
            told = together([self._told[i], told])
        self._told[i] = self._engine.put(told, self._places.setdefault(i, self._engine.place()))

    def told(self, i: int) -> Frame | None:
        """Give what is told of a campaign's messages (``number``, ``now``, and ``Residue.columns``); None: nothing."""
        return self._told.get(i)

    def _counted(self, moments: Frame) -> Frame:
        engine = self._engine.scratch()
        rows = engine.beside(self._rows, [moments], NUMBER, shared=True).with_columns(at=nw.col("now"))
        rows = engine.keep(rows)
        facts = with_facts(Tables(engine, rows.drop("now"), self._events, None), [*self._needs, Now()])
        counted = facts.with_columns(now=nw.col(Now().key)).drop("row")
        kept = self._engine.keep(engine.beside(counted, [self._scene.people], "person", shared=True))
        engine.clear()
        return kept

    @cached_property
    def _needs(self) -> frozenset[Fact]:
        return frozenset[Fact]().union(*self._scene.needs)

    @cached_property
    def _rows(self) -> Frame:
        """Everybody once, with what the lists know of them."""
        rows = together([rows.drop("at", "row") for rows in self._scene.audiences]).unique(subset=["person"])
        rows = self._engine.beside(rows, [self._scene.people], "person", shared=True)
        return self._engine.keep(rows.with_columns(row=nw.lit(0.0)))

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
