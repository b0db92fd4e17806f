"""A calendar in both regimes: one person step by step in plain Python, and everybody in tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import Any

import narwhals as nw

from sendgate.audience.duck import DuckEngine
from sendgate.decide.arbitration import Planned
from sendgate.decide.calendar import Calendar, Entry, gave_way
from sendgate.decide.person import Decider
from sendgate.decide.scene import Scene
from sendgate.decide.telling import RECORD
from sendgate.facts.arithmetic import settle
from sendgate.model.decisions import Decision, Outcome
from sendgate.model.people import Profile
from tests.regimes import Row, as_row, tables_of


@dataclass(frozen=True)
class Course:
    """What became of the messages for one person."""

    records: dict[int, tuple[Any, ...]]
    """By entry, as the tables tell it."""
    worth: float
    sends: int


def worth_of(entry: Entry, decision: Decision) -> float:
    """Say what the message is worth that a decision speaks of."""
    ranking = next(ranking for ranking in decision.offers if ranking.offer == decision.offer)
    offer = next(offer for offer in entry.plan.campaign.offers if offer.name == decision.offer)
    return entry.worth(offer, settle(ranking.relevance * ranking.incentive_fit))


class Life:
    """A calendar that persons live through, one after the other; its plans are compiled once for all of them."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._deciders = [Decider(entry.plan) for entry in calendar.entries]

    def lived(self, profile: Profile, meant: Collection[int], ways: Collection[int] = ()) -> Course:
        """Decide each message when it is due, and remember what was sent as events."""
        due = {i: self._calendar.entries[i].at for i in meant}
        records: dict[int, tuple[Any, ...]] = {}
        worth, sends = 0.0, 0
        while due:
            now, i = min((at, i) for i, at in due.items())
            entry = self._calendar.entries[i]
            decision = self._deciders[i](profile, now)
            record = as_row(entry.plan, decision)
            del due[i]
            if decision.outcome is Outcome.DEFER and now < decision.until <= self._calendar.until:
                due[i] = decision.until
                continue
            if decision.outcome is Outcome.SEND and i in ways:
                record = _given_way(record, worth_of(entry, decision))
            elif decision.outcome is Outcome.SEND:
                worth, sends = worth + worth_of(entry, decision), sends + 1
                offer = next(offer for offer in entry.plan.campaign.offers if offer.name == decision.offer)
                sent = entry.left_behind(offer)._replace(at=now)
                events = tuple(sorted((*profile.events, sent), key=lambda event: event.at))
                profile = replace(profile, events=events)
            records[i] = (*record, now)
        return Course(records, settle(worth), sends)

    def best(self, profile: Profile, meant: Collection[int]) -> Course:
        """Try every subset of messages that may give way."""
        may = [i for i in meant if self._calendar.entries[i].gives_way]
        tried = [self.lived(profile, meant, ways) for ways in subsets(may)]
        return max(tried, key=lambda course: (course.worth, course.sends))


def _given_way(record: tuple[Any, ...], worth: float) -> tuple[Any, ...]:
    person, _, _, _, _, offer, relevance, risk, _, observed = record[0], *record[1:5], *record[6:9], "", record[-1]
    detail = str(gave_way(worth))
    return (person, "drop", "plan", "plan.gave_way", detail, -1e15, offer, relevance, risk, "plan", observed)


def subsets(entries: Collection[int]) -> Iterator[tuple[int, ...]]:
    """List every way to leave messages out."""
    return chain.from_iterable(combinations(sorted(entries), size) for size in range(len(entries) + 1))


def scene_of(
    engine: DuckEngine, people: Sequence[Profile], calendar: Calendar, meant: Sequence[Collection[str]]
) -> Scene:
    """Lay people and a calendar out as tables."""
    start = calendar.entries[0].at
    tables = tables_of(engine, [Row(profile, start) for profile in people], start)
    rows = [tables.rows.filter(nw.col("person").is_in(sorted(persons) or ["nobody"])) for persons in meant]
    return Scene(calendar, rows, tables.events.filter(nw.col("at") <= start), engine)


def told(engine: DuckEngine, plan: Planned) -> tuple[dict[str, Course], dict[str, Course]]:
    """Give the courses of first come, first served, and the chosen ones, by person."""
    first = courses_of(engine, plan.first)
    return first, first if plan.best is None else courses_of(engine, plan.best)


def courses_of(engine: DuckEngine, records: Sequence[nw.LazyFrame[Any]]) -> dict[str, Course]:
    """Gather records by person."""
    told: dict[str, dict[int, tuple[Any, ...]]] = {}
    worths: dict[str, list[float]] = {}
    for i, frame in enumerate(records):
        for row in engine.fetch(frame.select(*RECORD)):
            values = dict(zip(RECORD, row, strict=True))
            told.setdefault(values["person"], {})[i] = (*row[:11], values["at"])
            if values["outcome"] == "send":
                worths.setdefault(values["person"], []).append(values["worth"])
    return {
        person: Course(rows, settle(float(sum(worths.get(person, [])))), len(worths.get(person, [])))
        for person, rows in told.items()
    }
