"""Courses of one person through a calendar, decided step by step from what tables have told.

First come, first served is one course. Where it sent something and where something that depends on what is sent stood
in the way of a message, every way to leave messages out is tried: at each message that would be sent the course
branches into one that sends it and one in which it gives way. The gates decide in every branch. A branch ends where
even its highest hopes stay below what is known to be possible.

That is exact, as long as a person has no more than ``MOST`` courses at a time; beyond, those with the highest hopes go
on, which is a greedy choice that looks ahead. The outcome is never worth less than first come, first served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sendgate.decide.calendar import Calendar
from sendgate.decide.steps import Step, Verdict
from sendgate.facts.afterwards import Sent
from sendgate.facts.arithmetic import settle
from sendgate.facts.sheet import Row
from sendgate.model.decisions import Outcome

MOST = 256
"""Courses of one person that are followed at a time."""
LEAST = 5e-7
"""Half of what values are rounded to."""

_SEND, _DEFER = Outcome.SEND, Outcome.DEFER

Moment = tuple[int, float]
"""A campaign, and when it is decided."""
Remember = Callable[[int, float], Row]
"""Tells of such a moment what ``Residue`` tells."""


class Course(NamedTuple):
    """How far a person has come, and what was sent on the way."""

    due: Mapping[int, float]
    sent: tuple[Sent, ...] = ()
    ways: int = 0
    """Messages that give way, a bit for each: no two courses of a person have the same."""
    at: Mapping[int, float] = {}
    """When each message was decided for the last time."""
    total: float = 0.0
    troubled: bool = False
    """One message stood in the way of another."""

    @property
    def order(self) -> tuple[float, int]:
        """What makes a course better than others: its worth, then its messages."""
        return settle(self.total), len(self.sent)


class Paths:
    """A calendar, ready for one person after the other."""

    def __init__(self, calendar: Calendar, steps: Sequence[Step], most: int = MOST) -> None:
        self.until = calendar.until
        self.at = [entry.at for entry in calendar.entries]
        self.gives_way = [entry.gives_way for entry in calendar.entries]
        self.steps = steps
        self.most = most


class Walk:
    """One person, of whom is ``known`` what ``Residue`` tells, at some moments; who is dropped at once, is not."""

    def __init__(self, paths: Paths, known: Mapping[Moment, Row], recall: Remember | None = None) -> None:
        self._paths = paths
        self._known = dict(known)
        self._recall = recall
        self._found: dict[tuple[int, float, tuple[Sent, ...]], Verdict] = {}
        self._meant = {i: at for i, at in enumerate(paths.at) if (i, at) in known}
        self.unknown: set[Moment] = set()
        """Moments that a course came to of which nothing is known, and nobody can ``recall`` it; it ends there."""

    def alone(self) -> Iterator[int]:
        """List the messages that would be sent at their times if each were the only one."""
        return (i for i, at in self._meant.items() if self._decided(i, at, ()).outcome is _SEND)

    def first(self) -> Course:
        """Take the person through the calendar, each message as it comes, as far as is ``known``."""
        course = Course(self._meant)
        while (turn := self._next(course)) is not None:
            further = self._gone_on(course, *turn)
            if further is None:
                break
            course = further
        return course

    def best(self, first: Course) -> Course:
        """Find the course that is worth most; the first one, where none is better."""
        if not (first.troubled and first.sent):
            return first
        hopes = {i: self._paths.steps[i].ceiling(self._known[i, at], at) for i, at in self._meant.items()}
        courses, floor, ended = [Course(self._meant)], first.total, list[Course]()
        while courses:
            branches = [branch for course in courses for branch in self._branches(course, hopes)]
            floor = max([floor, *[branch.total for branch in branches]])
            hoping = [(branch.total + self._hope(branch, hopes), branch) for branch in branches]
            hoping = [pair for pair in hoping if pair[0] >= floor - LEAST]
            if len(hoping) > self._paths.most:
                hoping.sort(key=lambda pair: (-pair[0], pair[1].ways))
            courses = []
            for _, branch in hoping[: self._paths.most]:
                (courses if self._next(branch) else ended).append(branch)
        found = max(ended, key=lambda course: (*course.order, -course.ways), default=first)
        return found if found.order > first.order else first

    def _branches(self, course: Course, hopes: Mapping[int, float]) -> Iterator[Course]:
        """Go on; where a message would be sent and leaving it out may pay, also without it."""
        now, i = self._next(course) or (0.0, 0)
        went = self._gone_on(course, now, i)
        if went is None:
            return
        yield went
        if len(went.sent) > len(course.sent) and self._paths.gives_way[i]:
            without = course._replace(due=went.due, at=went.at, ways=course.ways | 1 << i, troubled=went.troubled)
            if self._hope(without, hopes) > went.total - course.total:
                yield without

    def _hope(self, course: Course, hopes: Mapping[int, float]) -> float:
        """Say what all messages that are still due may be worth together."""
        return sum([hopes[i] for i, at in course.due.items() if at <= self._paths.until])

    def _next(self, course: Course) -> tuple[float, int] | None:
        """Give the message that is due next, if it is within the horizon; of equals the first of the calendar."""
        if not course.due:
            return None
        turn = min([(at, i) for i, at in course.due.items()])
        return turn if turn[0] <= self._paths.until else None

    def _gone_on(self, course: Course, now: float, i: int) -> Course | None:
        """Take a course one message further; a message that may wait until within the horizon becomes due again."""
        if (i, now) not in self._known:
            if self._recall is None:
                self.unknown.add((i, now))
                return None
            self._known[i, now] = self._recall(i, now)
        verdict = self._decided(i, now, course.sent)
        due = {j: at for j, at in course.due.items() if j != i}
        if verdict.outcome is _DEFER and now < verdict.until <= self._paths.until:
            due[i] = verdict.until
        at, troubled = {**course.at, i: now}, course.troubled or verdict.contested
        if verdict.outcome is not _SEND:
            return course._replace(due=due, at=at, troubled=troubled)
        sent = (*course.sent, Sent(now, i, verdict.choice))
        return Course(due, sent, course.ways, at, course.total + verdict.worth, troubled)

    def _decided(self, i: int, now: float, sent: tuple[Sent, ...]) -> Verdict:
        """Decide, once for all courses in which the same was sent before."""
        key = i, now, sent
        if key not in self._found:
            self._found[key] = self._paths.steps[i](self._known[i, now], sent, now)
        return self._found[key]
