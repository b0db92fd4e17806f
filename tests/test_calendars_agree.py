"""A plan of several campaigns decides for one person, step by step, what it decides for everybody; and chooses best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sendgate.audience.duck import DuckEngine
from sendgate.audience.place import connected
from sendgate.decide.arbitration import Planned, planned
from sendgate.decide.calendar import Calendar, Entry
from sendgate.decide.crowd import Bounds
from sendgate.decide.few import planned_one_by_one
from sendgate.decide.plan import Plan
from sendgate.decide.recall import Recall
from sendgate.errors import InputError
from sendgate.model.decisions import Mode
from sendgate.model.people import Profile
from sendgate.model.times import DAY, HOUR
from sendgate.policy.policy import Policy
from tests.calendars import Life, scene_of, told
from tests.test_regimes_agree import NOW, campaigns, policies, profiles


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    """Give an engine for all examples."""
    with connected("1GB", lambda _: None) as place:
        yield DuckEngine(place)


def without(policy: Policy, *names: str) -> Policy:
    """Switch off gates that would leave nothing to choose from."""
    gates = tuple(type(gate)(mode=Mode.OFF) if gate.name in names else gate for gate in policy.gates)
    return replace(policy, gates=gates)


within = st.sampled_from(["family", "brand", "channel", "brand_channel"])
tight = {
    "frequency": st.fixed_dictionaries(
        {
            "caps": st.lists(
                st.fixed_dictionaries(
                    {
                        "limit": st.sampled_from([1, 1, 2]),
                        "per": st.sampled_from(["1d", "3d", "7d"]),
                        "within": within,
                    }
                ),
                min_size=1,
                max_size=2,
            ),
            "then": st.sampled_from(["defer", "drop"]),
        }
    ),
    "fatigue": st.fixed_dictionaries({"limit": st.integers(1, 4), "within": st.just("30d")}),
    "balance": st.fixed_dictionaries(
        {"unanswered": st.integers(2, 9), "asks_per_give": st.none() | st.sampled_from([0.5, 1.0, 3.0])}
    ),
    "unsubscribe_risk": st.fixed_dictionaries({"at_most": st.none() | st.sampled_from([0.0021, 0.0025])}),
    "quiet_hours": st.sampled_from([{}, {}, {"from": "21:00", "to": "08:00"}]),
}


@st.composite
def tight_policies(draw: st.DrawFn) -> Policy:
    """Draw settings under which messages of a plan stand in each other's way: few gates, but these are tight."""
    policy = draw(policies())
    open_ = ("permission", "deliverability", "holdout", "just_bought", "intent", "fit", "recognition", "moment")
    gates = tuple(
        type(gate).of(draw(tight[gate.name])) if gate.name in tight else gate
        for gate in without(policy, *open_, "price_protection", "render", "relevance").gates
    )
    return replace(policy, gates=gates)


@st.composite
def calendars(draw: st.DrawFn, of: st.SearchStrategy[Policy], most: int, values: st.SearchStrategy[Any]) -> Calendar:
    """Draw some campaigns under one policy, close enough to stand in each other's way."""
    policy = draw(of)
    steps = st.sampled_from([0.0, HOUR, DAY, 2 * DAY, 5 * DAY]) | st.floats(0, 4 * DAY)
    at, entries = NOW + draw(steps), []
    for place in range(draw(st.integers(2, most))):
        campaign = replace(draw(campaigns()), name=draw(st.sampled_from([f"campaign-{place}"] * 4 + ["spring"])))
        value = draw(values)
        entries.append(Entry(Plan(policy, campaign), at, draw(st.sampled_from([0.5, 1.0, 3.0])), value))
        at += draw(steps)
    return Calendar(tuple(entries), entries[-1].at + draw(st.sampled_from([0.0, DAY, 10 * DAY])))


Story = tuple[list[Profile], Calendar, list[set[str]]]


@st.composite
def stories(draw: st.DrawFn, of: st.SearchStrategy[Policy], most: int, values: st.SearchStrategy[Any]) -> Story:
    """Draw people of whom nothing is known later than the start, a calendar, and for whom each campaign is meant."""
    calendar = draw(calendars(of, most, values))
    start = calendar.entries[0].at
    people = [replace(p, events=tuple(event for event in p.events if event.at <= start)) for p in draw(profiles(12))]
    names = [profile.person for profile in people]
    meant = [draw(st.sets(st.sampled_from(names), min_size=len(names) // 2)) for _ in calendar.entries]
    return people, calendar, meant


def _foreseen(story: Story) -> bool:
    """Tell whether no gate asks for what a plan refuses to foresee, such as a learnt card of messages in goods."""
    _, calendar, _ = story
    try:
        return all(calendar.needs(entry) is not None for entry in calendar.entries)
    except InputError:
        return False


any_story = stories(
    policies().map(lambda policy: without(policy, "permission", "holdout")), 4, st.none() | st.sampled_from([0.0, 7.5])
).filter(_foreseen)
worths = st.sampled_from([1.0, 2.0, 2.5, 4.0, 7.5])
tight_story = stories(tight_policies(), 6, worths)
short_story = stories(tight_policies(), 4, worths)
"""Of fewer campaigns: their questions to the tables take seconds, and the choice among more is tried one by one."""


def examples(number: int) -> settings:
    """Draw so many; building queries takes seconds for each of those in tables."""
    return settings(
        max_examples=number, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
    )


def _first_come(plan: Planned, engine: DuckEngine, story: Story) -> None:
    people, calendar, meant = story
    (first, _), life = told(engine, plan), Life(calendar)
    for profile in people:
        mine = {i for i, persons in enumerate(meant) if profile.person in persons}
        if mine:
            expected = life.lived(profile, mine)
            assert first[profile.person].records == expected.records
            assert first[profile.person].worth == pytest.approx(expected.worth, abs=1e-5)


def _best(plan: Planned, engine: DuckEngine, story: Story) -> None:
    people, calendar, meant = story
    (_, best), life = told(engine, plan), Life(calendar)
    for profile in people:
        mine = {i for i, persons in enumerate(meant) if profile.person in persons}
        if mine:
            expected, found = life.best(profile, mine), best[profile.person]
            assert found.worth == pytest.approx(expected.worth, abs=1e-5)
            assert found.sends == expected.sends
            ways = {i for i, record in found.records.items() if record[2] == "plan"}
            assert life.lived(profile, mine, ways).records == found.records


@examples(15)
@given(story=any_story | tight_story)
def test_one_by_one_everybody_lives_alone(engine: DuckEngine, story: Story) -> None:
    """Whatever the gates look at, first come, first served gives the records of a person who is alone in the world."""
    _first_come(planned_one_by_one(scene_of(engine, *story), best=False), engine, story)


@examples(15)
@given(story=tight_story)
def test_one_by_one_the_best_choice_is_as_good_as_any(engine: DuckEngine, story: Story) -> None:
    """No subset of messages that give way is worth more than the one that is chosen, tried one by one."""
    _best(planned_one_by_one(scene_of(engine, *story), best=True), engine, story)


bounds = st.sampled_from(
    [
        Bounds(rest=0, many=6),
        Bounds(rest=0, at_once=3, party=2, processes=2),
        Bounds(),
        Bounds(many=6, rest=2),
        Bounds(at_once=2, party=1, processes=2),
    ]
)
"""Who waits, waits for tables, or is remembered; some walk in processes of their own."""


@examples(3)
@given(story=any_story, bounds=bounds)
def test_in_tables_everybody_lives_alone(engine: DuckEngine, story: Story, bounds: Bounds) -> None:
    """The tables give the same records, whoever else stands in them."""
    _first_come(planned(scene_of(engine, *story), best=False, bounds=bounds), engine, story)


@examples(4)
@given(story=short_story, bounds=bounds)
def test_in_tables_the_best_choice_is_as_good_as_any(engine: DuckEngine, story: Story, bounds: Bounds) -> None:
    """The tables choose as well as trying every subset does, and know what first come, first served gives."""
    plan = planned(scene_of(engine, *story), best=True, bounds=bounds)
    _first_come(plan, engine, story)
    _best(plan, engine, story)


@examples(4)
@given(story=any_story | tight_story)
def test_what_tables_tell_of_a_message_a_profile_tells_as_well(engine: DuckEngine, story: Story) -> None:
    """Whether something firm drops a message or makes it wait, its rank, and what live questions need."""
    people, calendar, meant = story
    scene = scene_of(engine, *story)
    for i, residue in enumerate(scene.residues):
        recall = Recall(residue)
        told = {row[0]: row[1:] for row in engine.fetch(residue.of(scene.base(i), engine, "person"))}
        assert told.keys() == {profile.person for profile in people if profile.person in meant[i]}
        for profile in people:
            if profile.person in told:
                expected = recall(profile, calendar.entries[i].at)
                assert told[profile.person] == pytest.approx(expected, abs=1e-6)
