"""A calendar for the few people of a scene, one after the other; the answer has the form of the tables'."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_type_hints

import narwhals as nw

from sendgate.decide.arbitration import Planned, over
from sendgate.decide.lives import Course, Lives, Record
from sendgate.decide.scene import Scene
from sendgate.decide.telling import RECORD
from sendgate.facts.engine import PERSON
from sendgate.model.events import Event
from sendgate.model.people import Profile

Frame = nw.LazyFrame[Any]

FEW = 5_000
"""People up to whom this is quicker than tables."""

_EVENT = tuple(name for name in Event._fields if name != "id")


def number_of_people(scene: Scene) -> int:
    """Count whom a calendar is for."""
    people = nw.concat([rows.select("person") for rows in scene.audiences], how="vertical").unique()
    ((number,),) = scene.engine.fetch(people.select(rows=nw.len()))
    return int(number)


def planned_one_by_one(scene: Scene, *, best: bool) -> Planned:
    """Decide about every message as ``arbitration.planned`` does."""
    calendar, meant = scene.calendar, _meant(scene)
    for entry in calendar.entries:
        calendar.needs(entry)  # what tables refuse, is refused here as well
    lives = Lives(calendar)
    profiles = _profiles(scene)
    first = {person: lives.first(profiles[person], mine) for person, mine in meant.items()}
    alone = [
        sum(lives.alone(profiles[p], i) for p, mine in meant.items() if i in mine) for i in range(len(calendar.entries))
    ]
    if not best:
        return Planned(_frames(scene, first), None, 0, alone, 0)
    chosen = {person: lives.best(course, profiles[person], meant[person]) for person, course in first.items()}
    return Planned(
        _frames(scene, first),
        _frames(scene, chosen),
        sum(course.troubled and course.count > 0 for course in first.values()),
        alone,
        sum(course is not first[person] for person, course in chosen.items()),
    )


def with_words(scene: Scene, plan: Planned, people: int) -> Planned:
    """Put words to what a plan comes to for some to whom the choice makes a difference: the first by name."""
    if plan.movers is None or plan.best is None or not people:
        return plan
    some = scene.engine.keep(plan.movers.sort("person").head(people))
    rows = [scene.engine.keep(frame.join(some, on="person", how="semi")) for frame in scene.audiences]
    events = scene.engine.keep(scene.events.join(some, on="person", how="semi"))
    told = planned_one_by_one(replace(scene, audiences=rows, events=events), best=True)
    return replace(plan, first=over(plan.first, told.first), best=over(plan.best, told.best or ()))


def _meant(scene: Scene) -> Mapping[str, Collection[int]]:
    """Say for whom which messages are meant."""
    meant: dict[str, list[int]] = {}
    for i, rows in enumerate(scene.audiences):
        for (person,) in scene.engine.fetch(rows.select("person")):
            meant.setdefault(person, []).append(i)
    return dict(sorted(meant.items()))


def _profiles(scene: Scene) -> Mapping[str, Profile]:
    """Read the people of a scene, with what happened to them until it begins."""
    people = nw.concat([rows.select("person") for rows in scene.audiences], how="vertical").unique()
    events: dict[str, list[Event]] = {}
    happened = scene.events.join(people, on="person", how="semi").select("person", *_EVENT)
    for person, *values in scene.engine.fetch(happened):
        events.setdefault(person, []).append(Event(**dict(zip(_EVENT, values, strict=True))))
    profiles: dict[str, Profile] = {}
    for rows in scene.audiences:
        names = [name for name in rows.collect_schema().names() if name.startswith(PERSON)]
        for person, known, *values in scene.engine.fetch(rows.select("person", "known", *names)):
            told = zip(names, values, strict=True)
            attributes = {name.removeprefix(PERSON): value for name, value in told if value}
            log = sorted(events.get(person, ()), key=lambda event: event.at)
            profiles[person] = Profile(person, attributes, tuple(log), bool(known))
    return profiles


def _frames(scene: Scene, courses: Mapping[str, Course]) -> list[Frame]:
    """Write records as tables; one that is taken away again gives every column its type."""
    nobody = Record._make("" if kind is str else 0.0 for kind in get_type_hints(Record).values())
    frames = []
    for i in range(len(scene.calendar.entries)):
        records: Sequence[Record] = [nobody, *(c.records[i] for c in courses.values() if i in c.records)]
        table = scene.engine.table({name: [getattr(r, name) for r in records] for name in RECORD})
        frames.append(table.filter(nw.col("person") != ""))
    return frames
