"""Whom a calendar is for, what is known of them, and what each campaign would do by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import narwhals as nw

from sendgate.decide.calendar import Calendar
from sendgate.decide.weighing import DROPPED, lean
from sendgate.facts.engine import Engine, Tables
from sendgate.facts.kinds import Fact
from sendgate.facts.outlook import Outlook
from sendgate.model.decisions import Outcome

Frame = nw.LazyFrame[Any]


@dataclass(frozen=True)
class Scene:
    """Whom a calendar is for, and what is known of them."""

    calendar: Calendar
    audiences: Sequence[Frame]
    """For each entry the rows of ``facts.engine.Tables``, each person once."""
    events: Frame
    """Until the plan begins: none is later than the first campaign."""
    engine: Engine

    @cached_property
    def needs(self) -> Sequence[frozenset[Fact]]:
        """The facts, as they are without the calendar, that each campaign needs."""
        return [self.calendar.needs(entry) for entry in self.calendar.entries]

    @cached_property
    def outlook(self) -> Outlook:
        """The facts of every campaign at its own time, counted at once."""
        entries = self.calendar.entries
        people = together([rows.select("person") for rows in self.audiences]).unique()
        tables = Tables(self.engine, people, self.events, entries[0].at)
        return Outlook.of(tables, [(entry.at, facts) for entry, facts in zip(entries, self.needs, strict=True)])

    def base(self, i: int) -> Frame:
        """Give the facts of a campaign at its own time, a row for each person."""
        return self.outlook.at(i, self.audiences[i])


@dataclass(frozen=True)
class Prospects:
    """What each campaign would do if it were the only one, and whom it may reach at all."""

    alone: Sequence[int]
    """For each entry how many messages it would send at its time."""
    reach: Sequence[Frame]
    """For each entry the facts of those whom nothing drops that does not depend on the calendar."""
    people: Frame
    """``person``, for each whom any may reach, and by entry ``ceiling0``, …: see ``weighing``, DROPPED: not reached."""

    @classmethod
    def of(cls, scene: Scene) -> Prospects:
        """Decide about everybody once for each campaign."""
        alone, reach, ceilings = [], [], []
        for i, entry in enumerate(scene.calendar.entries):
            base = scene.base(i)
            decided = lean(base.with_columns(row=nw.col("person")), scene.calendar, entry, scene.engine)
            decided = scene.engine.keep(decided.select("outcome", "ceiling", person=nw.col("row")))
            alone.append(_number(scene.engine, decided.filter(nw.col("outcome") == Outcome.SEND.value)))
            reached = decided.filter(nw.col("ceiling") > DROPPED).select("person", "ceiling")
            reach.append(scene.engine.keep(base.join(reached.select("person"), on="person", how="semi")))
            ceilings.append(reached.with_columns(_which=nw.lit(float(i))))
        each = {f"ceiling{i}": nw.when(nw.col("_which") == i).then(nw.col("ceiling")).max() for i in range(len(alone))}
        people = together(ceilings).group_by("person").agg(**each)
        known = {name: nw.coalesce(nw.col(name), nw.lit(DROPPED)) for name in each}
        return cls(alone, reach, scene.engine.keep(people.with_columns(**known)))


def together(frames: Sequence[Frame]) -> Frame:
    """Put frames under each other."""
    return nw.concat(list(frames), how="vertical") if len(frames) > 1 else frames[0]


def _number(engine: Engine, frame: Frame) -> int:
    ((rows,),) = engine.fetch(frame.select(rows=nw.len()))
    return int(rows)
