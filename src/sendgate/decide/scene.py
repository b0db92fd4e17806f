"""Whom a calendar is for, what is known of them, and whom each campaign may reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import narwhals as nw

from sendgate.decide.calendar import Calendar
from sendgate.decide.residue import DROPPED, Residue
from sendgate.facts.engine import Engine, Tables
from sendgate.facts.kinds import Fact
from sendgate.facts.outlook import Outlook

Frame = nw.LazyFrame[Any]

NUMBER = "number"
"""Whole numbers for people: quicker to join by than their names."""


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
    def residues(self) -> Sequence[Residue]:
        """For each campaign, what tables find once and what is left for every step."""
        return [Residue(self.calendar, i) for i in range(len(self.calendar.entries))]

    @cached_property
    def people(self) -> Frame:
        """``person`` and ``number`` of each whom a campaign is meant for."""
        people = together([rows.select("person") for rows in self.audiences]).unique()
        return self.engine.keep(self.engine.numbered(people, NUMBER))

    @cached_property
    def outlook(self) -> Outlook:
        """The facts of every campaign at its own time, counted at once."""
        entries = self.calendar.entries
        tables = Tables(self.engine, self.people.select("person"), self.events, entries[0].at)
        return Outlook.of(tables, [(entry.at, facts) for entry, facts in zip(entries, self.needs, strict=True)])

    def base(self, i: int) -> Frame:
        """Give the facts of a campaign at its own time, a row for each person."""
        return self.outlook.at(i, self.audiences[i])

    def reach(self, i: int) -> Frame:
        """Give what is told of a campaign's message at its own time, for those whom nothing firm drops."""
        told = self.residues[i].of(self.base(i), self.engine, "person").filter(nw.col(DROPPED) == 0)
        told = self.engine.beside(told, [self.people], "person", shared=True)
        return self.engine.keep(told.select(NUMBER, *self.residues[i].columns))


def together(frames: Sequence[Frame]) -> Frame:
    """Put frames under each other."""
    return nw.concat(list(frames), how="vertical") if len(frames) > 1 else frames[0]
