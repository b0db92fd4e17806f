"""What ``residue`` tells of messages, told of one person from a profile, at any time.

Counting facts in tables takes seconds, however few the people and moments. Where few still wait, they are remembered
one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import narwhals as nw

from sendgate.decide import incentives
from sendgate.decide.plan import Question, cells_of
from sendgate.decide.residue import Firm, Residue
from sendgate.decide.scene import Frame, Scene
from sendgate.facts.arithmetic import any_of, greatest, settle, when
from sendgate.facts.engine import PERSON
from sendgate.facts.profile import Subject, compile_fact
from sendgate.facts.sheet import Row, Sheet
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.times import NEVER

_EVENT = tuple(name for name in Event._fields if name != "id")


class Recall:
    """One campaign's ``Residue``, compiled for one person after the other."""

    def __init__(self, residue: Residue) -> None:
        sheet, plan = Sheet(), residue.entry.plan
        told = residue.summed([_asked(question, sheet) for question in residue.firm])
        suiting = incentives.suiting(plan.policy.family, cells_of(sheet, plan.incentive_facts))
        for k, candidate in enumerate(plan.candidates):
            told[f"relevance{k}"] = plan.relevance_of(candidate, cells_of(sheet, candidate.facts))
            told[f"_rank{k}"] = settle(told[f"relevance{k}"] * suiting[candidate.offer.incentive])
        told |= {fact.key: sheet.fact(fact) for fact in residue.facts}
        facts, self._work_out = sheet.answering([sheet.place(told[name]) for name in residue.columns])
        self._facts = [compile_fact(fact) for fact in facts]

    def __call__(self, profile: Profile, now: float) -> Row:
        """Give the values of ``Residue.columns``."""
        subject = Subject(profile, now)
        return self._work_out([evaluate(subject) for evaluate in self._facts])


def _asked(question: Question, sheet: Sheet) -> Firm:
    rules = question.gate.rules(question.ask, cells_of(sheet, question.facts))
    until = greatest(NEVER, *(when(rule.blocks, rule.until, NEVER) for rule in rules))
    return Firm(question, any_of(*(rule.blocks for rule in rules)), until)


def among(scene: Scene, some: Frame) -> Scene:
    """Restrict a scene to some people (``person``)."""
    rows = [scene.engine.keep(frame.join(some, on="person", how="semi")) for frame in scene.audiences]
    return replace(scene, audiences=rows, events=scene.engine.keep(scene.events.join(some, on="person", how="semi")))


def profiles(scene: Scene) -> Mapping[str, Profile]:
    """Read the people of a scene, with what happened to them until it begins."""
    people = nw.concat([rows.select("person") for rows in scene.audiences], how="vertical").unique()
    events: dict[str, list[Event]] = {}
    happened = scene.events.join(people, on="person", how="semi").select("person", *_EVENT)
    for person, *values in scene.engine.fetch(happened):
        events.setdefault(person, []).append(Event(**dict(zip(_EVENT, values, strict=True))))
    found: dict[str, Profile] = {}
    for rows in scene.audiences:
        names = [name for name in rows.collect_schema().names() if name.startswith(PERSON)]
        for person, known, *values in scene.engine.fetch(rows.select("person", "known", *names)):
            told = zip(names, values, strict=True)
            attributes = {name.removeprefix(PERSON): value for name, value in told if value}
            log = sorted(events.get(person, ()), key=lambda event: event.at)
            found[person] = Profile(person, attributes, tuple(log), bool(known))
    return found
