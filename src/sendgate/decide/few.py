"""A calendar for the few people of a scene, one after the other; the answer has the form of the tables'."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_type_hints

import narwhals as nw

from sendgate.decide.arbitration import Planned, over, quietly
from sendgate.decide.crowd import Progress
from sendgate.decide.lives import Course, Lives, Record
from sendgate.decide.recall import among, profiles
from sendgate.decide.scene import Scene
from sendgate.decide.telling import BRIEF, RECORD

Frame = nw.LazyFrame[Any]

FEW = 5_000
"""People up to whom this is quicker than tables."""

_TOLD = 100
"""After so many people it is told how far this is."""


def number_of_people(scene: Scene) -> int:
    """Count whom a calendar is for."""
    people = nw.concat([rows.select("person") for rows in scene.audiences], how="vertical").unique()
    ((number,),) = scene.engine.fetch(people.select(rows=nw.len()))
    return int(number)


def planned_one_by_one(scene: Scene, *, best: bool, progress: Progress = quietly) -> Planned:
    """Decide about every message as ``arbitration.planned`` does."""
    calendar, meant = scene.calendar, _meant(scene)
    for entry in calendar.entries:
        calendar.needs(entry)  # what tables refuse, is refused here as well
    lives = Lives(calendar)
    people = profiles(scene)
    first: dict[str, Course] = {}
    chosen: dict[str, Course] = {}
    alone = [0 for _ in calendar.entries]
    for done, (person, mine) in enumerate(meant.items()):
        if done % _TOLD == 0:
            progress(f"deciding: {len(meant) - done:,} people left ({done / len(meant):.0%} done)")
        first[person] = lives.first(people[person], mine)
        chosen[person] = lives.best(first[person], people[person], mine) if best else first[person]
        for i in mine:
            alone[i] += lives.alone(people[person], i)
    if not best:
        return Planned(_frames(scene, first), None, 0, alone, 0)
    contested = sum(course.troubled and course.count > 0 for course in first.values())
    changed = sum(course is not first[person] for person, course in chosen.items())
    return Planned(_frames(scene, first), _frames(scene, chosen), contested, alone, changed)


def with_words(scene: Scene, plan: Planned, people: int) -> Planned:
    """Put words to what a plan comes to for some to whom the choice makes a difference: the first by name."""
    if plan.movers is None or plan.best is None or not people:
        return plan
    some = scene.engine.keep(plan.movers.sort("person").head(people))
    told = planned_one_by_one(among(scene, some), best=True)
    first, best = ([frame.select(*BRIEF) for frame in frames] for frames in (told.first, told.best or ()))
    return replace(plan, first=over(plan.first, first), best=over(plan.best, best))


def _meant(scene: Scene) -> Mapping[str, Collection[int]]:
    """Say for whom which messages are meant."""
    meant: dict[str, list[int]] = {}
    for i, rows in enumerate(scene.audiences):
        for (person,) in scene.engine.fetch(rows.select("person")):
            meant.setdefault(person, []).append(i)
    return dict(sorted(meant.items()))


def _frames(scene: Scene, courses: Mapping[str, Course]) -> list[Frame]:
    """Write records as tables; one that is taken away again gives every column its type."""
    nobody = Record._make("" if kind is str else 0.0 for kind in get_type_hints(Record).values())
    frames = []
    for i in range(len(scene.calendar.entries)):
        records: Sequence[Record] = [nobody, *(c.records[i] for c in courses.values() if i in c.records)]
        table = scene.engine.table({name: [getattr(r, name) for r in records] for name in RECORD})
        frames.append(table.filter(nw.col("person") != ""))
    return frames
