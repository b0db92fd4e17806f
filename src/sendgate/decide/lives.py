"""A calendar for few people, in plain Python: each lives through it alone.

It decides what the tables and walks decide (``arbitration``, of which it is the other regime) and chooses in the same
way. Building queries takes seconds, however few the people: up to some thousands, this is quicker.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sendgate.decide.calendar import GATE, Calendar, Entry, gave_way
from sendgate.decide.person import Decider
from sendgate.decide.walks import LEAST, MOST
from sendgate.facts.arithmetic import settle
from sendgate.model.decisions import Decision, Mode, Outcome
from sendgate.model.people import Profile
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER


class Record(NamedTuple):
    """What became of one message: the columns of ``telling.RECORD``."""

    person: str
    outcome: str
    gate: str
    reason: str
    detail: str
    until: float
    offer: str
    relevance: float
    unsubscribe_risk: float
    blocked_by: str
    observed_by: str
    at: float
    choice: float
    worth: float


@dataclass(frozen=True)
class Course:
    """How far a person has come, and what was sent on the way."""

    profile: Profile
    """With the messages of the calendar that were sent."""
    due: Mapping[int, float]
    ways: frozenset[int] = frozenset()
    """Messages that give way."""
    total: float = 0.0
    count: int = 0
    troubled: bool = False
    records: Mapping[int, Record] = field(default_factory=dict)

    @property
    def order(self) -> tuple[float, int, int]:
        """What makes a course better than others: its worth, then its messages, then that fewer give way."""
        return settle(self.total), self.count, -sum(2**i for i in self.ways)


class Lives:
    """A calendar, compiled for one person after the other."""

    def __init__(self, calendar: Calendar, most: int = MOST) -> None:
        self._calendar = calendar
        self._most = most
        self._deciders = [Decider(entry.plan) for entry in calendar.entries]
        self._moved = [frozenset(_moved(calendar, entry)) for entry in calendar.entries]

    def alone(self, profile: Profile, i: int) -> bool:
        """Tell whether a message would be sent at its time if it were the only one."""
        return self._deciders[i](profile, self._calendar.entries[i].at).outcome is Outcome.SEND

    def first(self, profile: Profile, meant: Collection[int], ways: Collection[int] = ()) -> Course:
        """Take a person through the calendar, each message as it comes; some may give way."""
        course = Course(profile, {i: self._calendar.entries[i].at for i in meant}, frozenset(ways))
        while (turn := self._next(course)) is not None:
            course = self._gone_on(course, *turn)
        return course

    def best(self, first: Course, profile: Profile, meant: Collection[int]) -> Course:
        """Find the course that is worth most; the first one, where none is better."""
        if not (first.troubled and first.count):
            return first
        ceilings = {i: self._ceiling(profile, i) for i in meant}
        begun = {i: self._calendar.entries[i].at for i in meant if ceilings[i] is not None}
        hopes = {i: ceiling for i, ceiling in ceilings.items() if ceiling is not None}
        courses, floor, ended = [Course(profile, begun)], first.total, list[Course]()
        while courses:
            branches = [branch for course in courses for branch in self._branches(course, hopes)]
            floor = max([floor, *(branch.total for branch in branches)])
            branches = [b for b in branches if b.total + self._hope(b, hopes) >= floor - LEAST]
            branches.sort(key=lambda b: (-b.total - self._hope(b, hopes), sum(2**i for i in b.ways)))
            ended += [branch for branch in branches[: self._most] if self._next(branch) is None]
            courses = [branch for branch in branches[: self._most] if self._next(branch) is not None]
        found = max(ended, key=lambda course: course.order, default=first)
        return self.first(profile, meant, found.ways) if found.order[:2] > first.order[:2] else first

    def _branches(self, course: Course, hopes: Mapping[int, float]) -> Iterator[Course]:
        """Go on; where a message would be sent and leaving it out may pay, also without it."""
        turn = self._next(course)
        if turn is None:
            yield course
            return
        went = self._gone_on(course, *turn)
        yield went
        i = turn[1]
        rest = {j: at for j, at in course.due.items() if j != i}
        if went.count > course.count and self._calendar.entries[i].gives_way:
            without = replace(course, due=rest, ways=course.ways | {i})
            if self._hope(without, hopes) > went.total - course.total:
                yield without

    def _hope(self, course: Course, hopes: Mapping[int, float]) -> float:
        return sum(hopes[i] for i, at in course.due.items() if at <= self._calendar.until)

    def _next(self, course: Course) -> tuple[float, int] | None:
        """Give the message that is due next, if it is within the horizon."""
        turn = min(((at, i) for i, at in course.due.items()), default=None)
        return turn if turn is not None and turn[0] <= self._calendar.until else None

    def _gone_on(self, course: Course, now: float, i: int) -> Course:
        entry = self._calendar.entries[i]
        decision = self._deciders[i](course.profile, now)
        due = {j: at for j, at in course.due.items() if j != i}
        troubled = course.troubled or self._contested(i, decision)
        if decision.outcome is Outcome.DEFER and now < decision.until <= self._calendar.until:
            return replace(course, due=due | {i: decision.until}, troubled=troubled)
        record = self._record(i, decision, way=i in course.ways)
        gone = replace(course, due=due, troubled=troubled, records={**course.records, i: record})
        if record.outcome != Outcome.SEND.value:
            return gone
        profile = _remembering(course.profile, entry, record.choice, now)
        return replace(gone, profile=profile, total=course.total + record.worth, count=course.count + 1)

    def _record(self, i: int, decision: Decision, *, way: bool) -> Record:
        entry, offers = self._calendar.entries[i], self._calendar.entries[i].plan.campaign.offers
        choice = next(k for k, offer in enumerate(offers) if offer.name == decision.offer)
        worth = self._worths(entry, decision)[choice]
        spoken = ("", decision.offer)
        observing = {f.gate for f in decision.findings if f.blocks and f.mode is Mode.OBSERVE and f.offer in spoken}
        record = Record(
            decision.person, decision.outcome.value, decision.gate, decision.reason.value, decision.detail,
            decision.until, decision.offer, decision.relevance, decision.unsubscribe_risk,
            ";".join(decision.blocked_by), ";".join(g.name for g in entry.plan.gates if g.name in observing),
            decision.at, float(choice), worth,
        )  # fmt: skip
        if not (way and decision.outcome is Outcome.SEND):
            return record
        detail = str(gave_way(worth))
        return record._replace(
            outcome=Outcome.DROP.value, gate=GATE, reason=Reason.GAVE_WAY.value, detail=detail, until=NEVER,
            blocked_by=GATE,
        )  # fmt: skip

    @staticmethod
    def _worths(entry: Entry, decision: Decision) -> list[float]:
        ranks = (settle(ranking.relevance * ranking.incentive_fit) for ranking in decision.offers)
        return [float(entry.worth(offer, rank)) for offer, rank in zip(entry.plan.campaign.offers, ranks, strict=True)]

    def _highest(self, i: int, decision: Decision) -> float:
        return -1.0 if self._dropped(i, decision) else max(0.0, *self._worths(self._calendar.entries[i], decision))

    def _ceiling(self, profile: Profile, i: int) -> float | None:
        """Give the most that a message may be worth, whatever else is sent; None where it is dropped in any case."""
        highest = self._highest(i, self._deciders[i](profile, self._calendar.entries[i].at))
        return None if highest < 0 else highest

    def _dropped(self, i: int, decision: Decision) -> bool:
        firm = [f for f in decision.findings if f.enforced and (f.gate, f.offer) not in self._moved[i]]
        if any(f.outcome is Outcome.DROP for f in firm if not f.offer):
            return True
        gone = {f.offer for f in firm if f.offer}
        return all(ranking.offer in gone for ranking in decision.offers)

    def _contested(self, i: int, decision: Decision) -> bool:
        """Tell whether something stands in the way that depends on what the calendar sends."""
        stands = any(f.enforced and (f.gate, f.offer) in self._moved[i] for f in decision.findings)
        return stands and not self._dropped(i, decision)


def _moved(calendar: Calendar, entry: Entry) -> Iterator[tuple[str, str]]:
    """List the gates, with the offer that they are asked about, whose answer depends on what the calendar sends."""
    questions = [*entry.plan.person, *(q for candidate in entry.plan.candidates for q in candidate.questions)]
    for question in questions:
        if any(calendar.sends.read_by(fact) for fact in question.facts.values()):
            yield question.gate.name, question.offer


def _remembering(profile: Profile, entry: Entry, choice: float, now: float) -> Profile:
    """Add the message to what happened to a person."""
    sent = entry.left_behind(entry.plan.campaign.offers[int(choice)])._replace(at=now)
    return replace(profile, events=tuple(sorted((*profile.events, sent), key=lambda event: event.at)))
