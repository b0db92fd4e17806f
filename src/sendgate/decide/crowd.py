"""Everybody's walks through a calendar, some thousand people at a time.

Where a course comes to a moment of which nothing is known, the person waits; when all are through, the facts of all
such moments are counted at once, and those who waited walk again: that is a wave. Once those who wait are few, they are
remembered one by one (``recall``) and wait no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import narwhals as nw

from sendgate.decide.later import Later, Waiting
from sendgate.decide.recall import Recall, among, profiles
from sendgate.decide.scene import NUMBER, Scene, together
from sendgate.decide.steps import Step
from sendgate.decide.walks import MOST, Course, Moment, Paths, Remember, Walk
from sendgate.facts.sheet import Row
from sendgate.model.times import NEVER

Frame = nw.LazyFrame[Any]

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Bounds:
    """What bounds time and memory."""

    most: int = MOST
    """Courses of one person that are followed at a time."""
    at_once: int = 20_000
    """People of whom what is known is in memory at a time."""
    many: int = 100_000
    """Moments for which events are read as they stand; for fewer, those of the people in question are gathered."""
    rest: int = 50_000
    """People who wait, up to whom facts are told from their profiles: counting takes seconds, however few they are."""


_TRAIL = (NUMBER, "which", "at", "sent", "offer", "way")
"""Of each message of a course: when it was decided, when it was sent (NEVER: not), and whether it gives way."""

Trail = tuple[float, ...]
_Memory = Callable[[int], Remember]
"""Of whom (by number)."""


@dataclass
class Found:
    """What the walks of everybody came to."""

    scene: Scene
    alone: list[int]
    contested: int = 0
    changed: int = 0
    first: list[Frame] = field(default_factory=list)
    better: list[Frame] = field(default_factory=list)
    """Tables of _TRAIL, of those who get others than first come, first served."""

    def ended(self, trails: Sequence[Frame]) -> Frame:
        """Give the courses in a row each: ``person``, and by campaign ``at0``, ``sent0``, ``offer0``, ``way0``, …."""
        trail = together(trails or [self.scene.engine.table({name: [] for name in _TRAIL})])
        told = {
            f"{name}{i}": nw.when(nw.col("which") == i).then(nw.col(name)).max()
            for name in _TRAIL[2:]
            for i in range(len(self.alone))
        }
        rows = trail.group_by(NUMBER).agg(**told).join(self.scene.people, on=NUMBER, how="inner")
        flags = {f"way{i}": nw.col(f"way{i}") > 0 for i in range(len(self.alone))}
        return self.scene.engine.keep(rows.drop(NUMBER).with_columns(**flags))


class Crowd:
    """Everybody's walks, some thousand people at a time."""

    def __init__(self, scene: Scene, later: Later, bounds: Bounds, *, best: bool) -> None:
        self._scene, self._later, self._bounds = scene, later, bounds
        self._engine = scene.engine
        steps = [Step(scene.calendar, i, residue) for i, residue in enumerate(scene.residues)]
        self._paths = Paths(scene.calendar, steps, bounds.most)
        self._best = best
        self._reach = [scene.reach(i) for i in range(len(steps))]
        self._found = Found(scene, [0 for _ in steps])
        self._recalled: list[Waiting] = []
        """Moments of which tables have no facts, at which a message was decided for the last time."""

    def walked(self, progress: Progress) -> Found:
        """Let everybody walk until nobody waits any more."""
        people, wave = sorted(int(number) for (number,) in self._engine.fetch(self._scene.people.select(NUMBER))), 1
        while people:
            few = wave > 1 and len(people) <= self._bounds.rest
            waiting: list[Waiting] = []
            for start in range(0, len(people), self._bounds.at_once):
                progress(f"deciding: wave {wave}, {len(people) - start:,} people left ({start / len(people):.0%} done)")
                some = people[start : start + self._bounds.at_once]
                waiting += self._walked(some, self._memory(some) if few else None, everybody=wave == 1)
            if waiting:
                progress(f"deciding: wave {wave}, counting what {len(waiting):,} messages that wait will know")
                self._later.learn(waiting)
            people, wave = sorted({person for person, _, _ in waiting}), wave + 1
        if self._recalled:
            self._later.count(self._recalled, self._engine)
        return self._found

    def _memory(self, people: Sequence[int]) -> _Memory:
        """Remember some people: who waits then, need not."""
        some = self._scene.people.join(self._table(people), on=NUMBER, how="semi")
        names = {int(number): person for person, number in self._engine.fetch(some.select("person", NUMBER))}
        scratch = self._engine.scratch()
        known = profiles(among(replace(self._scene, engine=scratch), scratch.keep(some.select("person"))))
        scratch.clear()
        return lambda number: lambda i, now: self._recalls[i](known[names[number]], now)

    @cached_property
    def _recalls(self) -> list[Recall]:
        return [Recall(residue) for residue in self._scene.residues]

    def _walked(self, people: Sequence[int], memory: _Memory | None, *, everybody: bool) -> list[Waiting]:
        """Let some people walk; gives the moments for which they wait."""
        waiting: list[Waiting] = []
        trails: tuple[list[Trail], list[Trail]] = [], []
        for person, known in self._known(people, everybody=everybody).items():
            walk = Walk(self._paths, known, memory(person) if memory else None)
            first = walk.first()
            best = walk.best(first) if self._best and not walk.unknown else first
            if walk.unknown:
                waiting += [(person, i, now) for i, now in walk.unknown]
                continue
            self._count(walk, first, best)
            trails[0].extend(_trail(person, first))
            trails[1].extend(_trail(person, best) if best is not first else ())
            if memory:
                ends = {*first.at.items(), *best.at.items()}
                self._recalled += [(person, i, now) for i, now in ends if now != self._paths.at[i]]
        for kept, trail in zip((self._found.first, self._found.better), trails, strict=True):
            if trail:
                columns = zip(*trail, strict=True)
                kept.append(self._engine.table(dict(zip(_TRAIL, map(list, columns), strict=True))))
        return waiting

    def _count(self, walk: Walk, first: Course, best: Course) -> None:
        for i in walk.alone():
            self._found.alone[i] += 1
        self._found.contested += first.troubled and bool(first.sent)
        self._found.changed += best is not first

    def _known(self, people: Sequence[int], *, everybody: bool) -> Mapping[int, Mapping[Moment, Row]]:
        """Bring into memory what is told of some people's messages, at the times that are known."""
        known: dict[int, dict[Moment, Row]] = {}
        these = self._among(people, everybody=everybody)
        for i, entry in enumerate(self._scene.calendar.entries):
            columns = self._scene.residues[i].columns
            for person, *row in self._engine.fetch(these(self._reach[i]).select(NUMBER, *columns)):
                known.setdefault(int(person), {})[i, entry.at] = tuple(row)
            if not everybody and (told := self._later.told(i)) is not None:
                for person, now, *row in self._engine.fetch(these(told).select(NUMBER, "now", *columns)):
                    known.setdefault(int(person), {})[i, now] = tuple(row)
        return known

    def _among(self, people: Sequence[int], *, everybody: bool) -> Callable[[Frame], Frame]:
        """Restrict tables to some people; they are sorted."""
        number = nw.col(NUMBER)
        near = (number >= people[0]) & (number <= people[-1])
        if everybody:
            return lambda frame: frame.filter(near)
        some = self._table(people)
        return lambda frame: frame.filter(near).join(some, on=NUMBER, how="semi")

    def _table(self, people: Sequence[int]) -> Frame:
        return self._engine.table({NUMBER: list(map(float, people))})


def _trail(person: int, course: Course) -> Iterator[tuple[float, ...]]:
    """Tell a course message by message."""
    sent = {message.entry: message for message in course.sent}
    for i, at in course.at.items():
        message = sent.get(i)
        told = (NEVER, -1.0) if message is None else (message.at, float(message.offer))
        yield float(person), float(i), at, *told, float(course.ways >> i & 1)
