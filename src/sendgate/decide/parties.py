"""Parties of people on their walks through a calendar: what is known of them goes in, their courses come out.

A party needs no tables. So parties walk side by side, in processes of their own, where there are many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

from sendgate.decide.calendar import Calendar
from sendgate.decide.later import Waiting
from sendgate.decide.recall import Recall
from sendgate.decide.residue import Residue
from sendgate.decide.steps import Step
from sendgate.decide.walks import Course, Moment, Paths, Remember, Walk
from sendgate.facts.sheet import Row
from sendgate.model.people import Profile
from sendgate.model.times import NEVER

Trail = tuple[float, ...]
"""Of a message of a course: whose it is (by number), which campaign's, when it was decided, when it was sent (NEVER:
not) with which offer, and whether it gives way."""


@dataclass(frozen=True)
class Party:
    """Some people, by number."""

    known: Mapping[int, Mapping[Moment, Row]]
    """What ``Residue`` tells of their messages, at some moments."""
    profiles: Mapping[int, Profile] = field(default_factory=dict)
    """Of those who are remembered, and wait for nothing."""


@dataclass
class Walked:
    """What the walks of a party came to."""

    alone: list[int]
    """For each campaign how many messages would be sent if it were the only one."""
    waiting: list[Waiting] = field(default_factory=list)
    """Moments at which courses ended because nothing was known of them; of these people nothing else is told."""
    first: list[Trail] = field(default_factory=list)
    better: list[Trail] = field(default_factory=list)
    """Of those who get others than first come, first served."""
    contested: int = 0
    """People for whom messages stood in each other's way."""
    changed: int = 0
    recalled: list[Waiting] = field(default_factory=list)
    """Moments of which tables have no facts, at which a message was decided for the last time."""


class Guide:
    """Takes one party after the other through a calendar; with ``best``, to what is worth most."""

    def __init__(self, calendar: Calendar, most: int, *, best: bool) -> None:
        self._residues = [Residue(calendar, i) for i in range(len(calendar.entries))]
        steps = [Step(calendar, i, residue) for i, residue in enumerate(self._residues)]
        self._paths, self._best = Paths(calendar, steps, most), best

    def __call__(self, party: Party) -> Walked:
        """Let everybody of a party walk."""
        came = Walked([0 for _ in self._residues])
        for person, known in party.known.items():
            profile = party.profiles.get(person)
            walk = Walk(self._paths, known, self._memory(profile) if profile else None)
            first = walk.first()
            best = walk.best(first) if self._best and not walk.unknown else first
            if walk.unknown:
                came.waiting += [(person, i, now) for i, now in walk.unknown]
                continue
            _note(came, person, first, best)
            for i in walk.alone():
                came.alone[i] += 1
            if profile:
                ends = {*first.at.items(), *best.at.items()}
                came.recalled += [(person, i, now) for i, now in ends if now != self._paths.at[i]]
        return came

    def _memory(self, profile: Profile) -> Remember:
        return partial(self._recalled, profile)

    def _recalled(self, profile: Profile, i: int, now: float) -> Row:
        return self._recalls[i](profile, now)

    @cached_property
    def _recalls(self) -> list[Recall]:
        return [Recall(residue) for residue in self._residues]


def _note(came: Walked, person: int, first: Course, best: Course) -> None:
    came.contested += first.troubled and bool(first.sent)
    came.changed += best is not first
    came.first.extend(_trail(person, first))
    came.better.extend(_trail(person, best) if best is not first else ())


def _trail(person: int, course: Course) -> Iterator[Trail]:
    """Tell a course message by message."""
    sent = {message.entry: message for message in course.sent}
    for i, at in course.at.items():
        message = sent.get(i)
        told = (NEVER, -1.0) if message is None else (message.at, float(message.offer))
        yield float(person), float(i), at, *told, float(course.ways >> i & 1)
