"""A plan of several campaigns in numbers: what each sends, when, to how many people, and what the choice gained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw

from sendgate.decide.calendar import GATE
from sendgate.model.decisions import Outcome
from sendgate.model.times import DAY

if TYPE_CHECKING:
    from sendgate.decide.arbitration import Planned
    from sendgate.decide.calendar import Calendar
    from sendgate.facts.engine import Engine

Frame = nw.LazyFrame[Any]


@dataclass(frozen=True)
class Fate:
    """What became of the messages of one campaign."""

    outcomes: Mapping[Outcome, int]
    gave_way: int
    """Of those that are dropped: to other messages of the plan."""
    worth: float
    """Of those that are sent."""
    reasons: Mapping[str, int]
    """Why the others are not sent, most rows first."""

    @property
    def dropped(self) -> int:
        """Those that would be dropped whatever else the plan held."""
        return self.outcomes[Outcome.DROP] - self.gave_way


@dataclass(frozen=True)
class Campaigns:
    """One campaign of the plan."""

    name: str
    brand: str
    at: float
    rows: int
    alone: int
    """What it would send at its time if it were the only one."""
    first: Fate
    best: Fate | None


class Told(NamedTuple):
    """One message that the choice decides otherwise than first come, first served."""

    campaign: str
    person: str
    at: float
    before: str
    before_detail: str
    after: str
    after_detail: str
    worth: float


@dataclass(frozen=True)
class Agenda:
    """A plan in numbers."""

    campaigns: tuple[Campaigns, ...]
    people: int
    meant: Mapping[int, int]
    """How many people stand in so many of the lists."""
    first: Mapping[int, int]
    """How many people get so many messages, if those that come first are sent."""
    best: Mapping[int, int] | None
    days: Mapping[tuple[float, int], int]
    """Messages that are sent, by day (epoch seconds at midnight UTC) and position of the campaign."""
    contested: int
    changed: int
    samples: tuple[Told, ...]

    def worth(self, *, best: bool) -> float:
        """Add up what all messages are worth."""
        return sum(fate.worth for fate in self._fates(best=best))

    def messages(self, *, best: bool) -> int:
        """Count all messages that are sent."""
        return sum(fate.outcomes[Outcome.SEND] for fate in self._fates(best=best))

    def _fates(self, *, best: bool) -> list[Fate]:
        return [c.best if best and c.best else c.first for c in self.campaigns]


def agenda(engine: Engine, calendar: Calendar, plan: Planned, lists: Sequence[Frame], samples: int) -> Agenda:
    """Count a plan; ``lists`` are the rows of each audience, with those that repeat a person."""
    chosen = plan.best or plan.first
    rows = [_number(engine, frame) for frame in lists]
    campaigns = [
        Campaigns(
            entry.name, entry.plan.campaign.brand, entry.at, rows[i], plan.alone[i],
            _fate(engine, plan.first[i], rows[i]), _fate(engine, plan.best[i], rows[i]) if plan.best else None,
        )
        for i, entry in enumerate(calendar.entries)
    ]  # fmt: skip
    meant = _per_person(engine, [frame.filter(nw.col("earlier") == 0).select("person") for frame in lists])
    people = sum(meant.values())
    return Agenda(
        campaigns=tuple(campaigns),
        people=people,
        meant=meant,
        first=_with_nobody(_per_person(engine, _sent(plan.first)), people),
        best=_with_nobody(_per_person(engine, _sent(plan.best)), people) if plan.best else None,
        days=_days(engine, chosen),
        contested=plan.contested,
        changed=plan.changed,
        samples=tuple(_samples(engine, calendar, plan, samples)) if plan.best and samples else (),
    )


def _number(engine: Engine, frame: Frame) -> int:
    ((rows,),) = engine.fetch(frame.select(rows=nw.len()))
    return int(rows)


def _fate(engine: Engine, records: Frame, rows: int) -> Fate:
    """Count the records of a campaign; rows beyond them repeat a person, and are dropped."""
    groups = records.group_by("outcome", "gate", "reason").agg(rows=nw.len(), worth=nw.col("worth").sum())
    found = engine.fetch(groups.select("outcome", "gate", "reason", "rows", "worth"))
    outcomes = {outcome: sum(row[3] for row in found if row[0] == outcome.value) for outcome in Outcome}
    repeated = rows - sum(outcomes.values())
    outcomes[Outcome.DROP] += repeated
    reasons = {row[2]: row[3] for row in found if row[1]}
    if repeated:
        reasons["duplicate.earlier_in_audience"] = reasons.get("duplicate.earlier_in_audience", 0) + repeated
    return Fate(
        outcomes,
        sum(row[3] for row in found if row[1] == GATE),
        sum(row[4] for row in found if row[0] == Outcome.SEND.value),
        dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
    )


def _sent(records: Sequence[Frame]) -> list[Frame]:
    return [frame.filter(nw.col("outcome") == Outcome.SEND.value).select("person") for frame in records]


def _per_person(engine: Engine, people: Sequence[Frame]) -> dict[int, int]:
    """Count how many people occur how often."""
    counted = nw.concat(list(people), how="vertical").group_by("person").agg(messages=nw.len())
    found = engine.fetch(counted.group_by("messages").agg(people=nw.len()).select("messages", "people"))
    return {int(messages): int(number) for messages, number in sorted(found)}


def _with_nobody(counts: Mapping[int, int], people: int) -> dict[int, int]:
    """Add those who get nothing."""
    return {0: people - sum(counts.values()), **counts}


def _days(engine: Engine, records: Sequence[Frame]) -> dict[tuple[float, int], int]:
    days: dict[tuple[float, int], int] = {}
    for i, frame in enumerate(records):
        sent = frame.filter(nw.col("outcome") == Outcome.SEND.value).with_columns(day=(nw.col("at") / DAY).floor())
        found = engine.fetch(sent.group_by("day").agg(rows=nw.len()).select("day", "rows"))
        days |= {(day * DAY, i): int(rows) for day, rows in found}
    return dict(sorted(days.items()))


def _samples(engine: Engine, calendar: Calendar, plan: Planned, most: int) -> list[Told]:
    """Pick some people to whom the choice makes a difference, with all their messages that change."""
    told: list[Told] = []
    columns = ("person", "at", "outcome", "detail", "worth")
    for entry, before, after in zip(calendar.entries, plan.first, plan.best or (), strict=True):
        was = before.select("person", _outcome=nw.col("outcome"), _detail=nw.col("detail"))
        moved = after.select(*columns).join(was, on="person", how="inner")
        moved = moved.filter(nw.col("outcome") != nw.col("_outcome")).sort("person").head(most * 4)
        told += [
            Told(entry.name, person, at, was_outcome, was_detail, outcome, detail, worth)
            for person, at, outcome, detail, worth, was_outcome, was_detail in engine.fetch(
                moved.select(*columns, "_outcome", "_detail")
            )
        ]
    people = list(dict.fromkeys(person for person, _ in sorted((one.person, one.at) for one in told)))[:most]
    return sorted((one for one in told if one.person in people), key=lambda one: (one.person, one.at))
