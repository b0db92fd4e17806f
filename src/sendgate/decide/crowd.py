"""Everybody's walks through a calendar, some thousand people at a time.

Where a course comes to a moment of which nothing is known, the person waits; when all are through, the facts of all
such moments are counted at once, and those who waited walk again: that is a wave. Once those who wait are few, they are
remembered one by one (``recall``) and wait no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw

from sendgate.decide.abreast import walking
from sendgate.decide.later import Later, Waiting
from sendgate.decide.parties import Party, Trail, Walked
from sendgate.decide.recall import among, profiles
from sendgate.decide.scene import NUMBER, Scene, together
from sendgate.decide.walks import MOST, Moment
from sendgate.facts.engine import Engine
from sendgate.facts.sheet import Row
from sendgate.model.people import Profile

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
    party: int = 1_000
    """People who walk together, in one of the processes."""
    processes: int = 1
    """Processes in which people walk, where there are more than are in memory at a time."""


_TRAIL = (NUMBER, "which", "at", "sent", "offer", "way")
"""The columns of trails (``parties.Trail``)."""


class Trails:
    """Courses message by message, put away in tables as they become many."""

    def __init__(self, engine: Engine, many: int = 100_000) -> None:
        self._engine, self._many = engine, many
        self._here: list[Trail] = []
        self._away: list[Frame] = []

    def add(self, trails: Sequence[Trail]) -> None:
        """Take more of them."""
        self._here += trails
        if len(self._here) >= self._many:
            self._put_away()

    def all(self) -> Frame:
        """Give all in one table."""
        if self._here or not self._away:
            self._put_away()
        return together(self._away)

    def _put_away(self) -> None:
        columns = zip(*self._here, strict=True) if self._here else [()] * len(_TRAIL)
        self._away.append(self._engine.table(dict(zip(_TRAIL, columns, strict=True))))
        self._here = []


@dataclass
class Found:
    """What the walks of everybody came to."""

    scene: Scene
    alone: list[int]
    first: Trails
    better: Trails
    """Of those who get others than first come, first served."""
    contested: int = 0
    changed: int = 0

    def ended(self, trails: Trails) -> Frame:
        """Give the courses in a row each: ``person``, and by campaign ``at0``, ``sent0``, ``offer0``, ``way0``, …."""
        trail = trails.all()
        told = {
            f"{name}{i}": nw.when(nw.col("which") == i).then(nw.col(name)).max()
            for name in _TRAIL[2:]
            for i in range(len(self.alone))
        }
        trail = trail.group_by(NUMBER).agg(**told)
        rows = self.scene.engine.beside(trail, [self.scene.people], NUMBER, shared=True)
        flags = {f"way{i}": nw.col(f"way{i}") > 0 for i in range(len(self.alone))}
        return self.scene.engine.keep(rows.drop(NUMBER).with_columns(**flags))


class Crowd:
    """Everybody's walks, some thousand people at a time."""

    def __init__(self, scene: Scene, later: Later, bounds: Bounds, *, best: bool) -> None:
        self._scene, self._later, self._bounds = scene, later, bounds
        self._engine = scene.engine
        self._best = best
        self._reach = [scene.reach(i) for i in range(len(scene.calendar.entries))]
        self._found = Found(scene, [0 for _ in self._reach], Trails(self._engine), Trails(self._engine))
        self._recalled: list[Waiting] = []

    def walked(self, progress: Progress) -> Found:
        """Let everybody walk until nobody waits any more."""
        people, wave = sorted(int(number) for (number,) in self._engine.fetch(self._scene.people.select(NUMBER))), 1
        bounds = self._bounds
        processes = bounds.processes if len(people) > bounds.at_once else 1
        with walking(self._scene.calendar, bounds.most, best=self._best, processes=processes) as walked:
            while people:
                waiting: list[Waiting] = []
                for came in walked(self._parties(people, wave, progress)):
                    self._take(came)
                    waiting += came.waiting
                if waiting:
                    progress(f"deciding: wave {wave}, counting what {len(waiting):,} messages that wait will know")
                    self._later.learn(waiting)
                people, wave = sorted({person for person, _, _ in waiting}), wave + 1
        if self._recalled:
            self._later.count(self._recalled, self._engine)
        return self._found

    def _parties(self, people: Sequence[int], wave: int, progress: Progress) -> Iterator[Party]:
        """Bring people into memory and part them; the few of a later wave with what they are remembered by."""
        few = wave > 1 and len(people) <= self._bounds.rest
        for start in range(0, len(people), self._bounds.at_once):
            progress(f"deciding: wave {wave}, {len(people) - start:,} people left ({start / len(people):.0%} done)")
            some = people[start : start + self._bounds.at_once]
            known = self._known(some, everybody=wave == 1)
            profiles = self._profiles(some) if few else {}
            here = list(known)
            for at in range(0, len(here), self._bounds.party):
                party = here[at : at + self._bounds.party]
                yield Party({one: known[one] for one in party}, {one: profiles[one] for one in party if few})

    def _profiles(self, people: Sequence[int]) -> Mapping[int, Profile]:
        """Remember some people: who waits then, need not."""
        some = self._scene.people.join(self._table(people), on=NUMBER, how="semi")
        numbers = {person: int(number) for person, number in self._engine.fetch(some.select("person", NUMBER))}
        scratch = self._engine.scratch()
        known = profiles(among(replace(self._scene, engine=scratch), scratch.keep(some.select("person"))))
        scratch.clear()
        return {numbers[person]: profile for person, profile in known.items()}

    def _take(self, came: Walked) -> None:
        """Add what a party came to."""
        found = self._found
        found.alone = [one + other for one, other in zip(found.alone, came.alone, strict=True)]
        found.contested += came.contested
        found.changed += came.changed
        self._recalled += came.recalled
        found.first.add(came.first)
        found.better.add(came.better)

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
