"""The backbone: one person in plain Python, and everybody in tables, get the same answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import structs

from sendgate.audience.duck import DuckEngine
from sendgate.audience.place import connected
from sendgate.catalog import gate_classes
from sendgate.decide.plan import Plan
from sendgate.facts.kinds import Count, CountSince, Earliest, Events, Fact, Latest
from sendgate.facts.profile import Subject, compile_fact
from sendgate.facts.sharing import visible
from sendgate.facts.tables import with_facts
from sendgate.model.campaigns import Brand, Campaign, Channel, Condition, Family, Incentive, Offer, Purpose
from sendgate.model.categories import Assortment
from sendgate.model.events import KINDS, Event
from sendgate.model.people import Profile
from sendgate.model.times import DAY, UNKNOWN
from sendgate.policy.policy import Policy
from tests.cards import cards
from tests.regimes import (
    Row,
    decided_by_tables,
    decided_one_by_one,
    tables_of,
    turned_by_tables,
    turned_one_by_one,
)

NOW = 1_772_625_600.0  # 2026-03-04 12:00 UTC
BRANDS = ("harbor", "harbor-kids", "lumen")
CATEGORIES = ("", "home", "home/bed", "home/bedding", "home/bedding/duvets", "food", "food/sweets", "fashion/dresses")
PRODUCTS = ("", "duvet", "lamp", "red-dress")
TIERS = ("member", "silver", "gold")
ZONES = ("", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Australia/Lord_Howe", "No/Where")

ages = st.one_of(
    st.sampled_from([0.0, DAY, 2 * DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 60 * DAY, 90 * DAY, 180 * DAY, -1.0]),
    st.floats(-2 * DAY, 20 * DAY),
    st.floats(0, 500 * DAY),
)
kinds = st.one_of(
    st.sampled_from(["sent", "sent", "viewed", "carted", "purchased", "opened", "clicked"]),
    st.sampled_from([*sorted(KINDS), "something_else"]),
)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Draw an event that the gates may care about, some of them in the future."""
    return Event(
        kind=draw(kinds),
        at=NOW - draw(ages),
        brand=draw(st.sampled_from(["", *BRANDS])),
        channel=draw(st.sampled_from(["", "email", "sms"])),
        campaign=draw(st.sampled_from(["", "spring", "winter"])),
        creative=draw(st.sampled_from(["", "hero-a", "hero-b"])),
        purpose=draw(st.sampled_from(["", *Purpose])),
        category=draw(st.sampled_from(CATEGORIES)),
        product=draw(st.sampled_from(PRODUCTS)),
        price=draw(st.sampled_from([UNKNOWN, 0.0, 9.99, 10.0, 129.0])),
        discount=draw(st.sampled_from([0.0, 0.0, 5.0])),
        detail=draw(st.sampled_from(["", "permanent", "transient"])),
    )


attributes = st.fixed_dictionaries(
    {},
    optional={
        "email": st.just("somebody@harbor.example"),
        "phone": st.just("+4915112345678"),
        "tier": st.sampled_from([*TIERS, "platinum"]),
        "timezone": st.sampled_from(ZONES),
        "youngest_child_age": st.sampled_from(["3", "12", "12.5", "-1", "twelve", "1e3", " 7", "17"]),
        "owns_garden": st.sampled_from(["true", "no", "1", "maybe"]),
        "given_name": st.sampled_from(["Ann", "Zoë", "O'Hara", "{x}"]),
    },
)


@st.composite
def profiles(draw: st.DrawFn, most: int = 25) -> list[Profile]:
    """Draw some people; most of them have subscribed and can be reached, so that later gates are heard."""
    people = []
    for place in range(min(draw(st.integers(1, 25)), most)):
        log = draw(st.lists(events(), max_size=25))
        known = dict(draw(attributes))
        if draw(st.integers(0, 3)):
            known["email"] = "somebody@harbor.example"
            log = [e for e in log if e.kind not in {"bounced", "complained", "unsubscribed"}]
            log.append(Event("subscribed", NOW - draw(st.floats(0, 800 * DAY)), channel="email"))
        people.append(Profile.of(f"person-{place}", known, log))
    return people


@st.composite
def moments(draw: st.DrawFn) -> list[Row]:
    """Draw people at two decision times each, some of them the same."""
    shifts = st.sampled_from([0.0, 0.0, DAY / 2, 30 * DAY]) | st.floats(0, 300 * DAY)
    people = draw(profiles())
    return [Row(profile, NOW - draw(shifts)) for profile in (*people, *people)]


scalars = st.one_of(st.sampled_from(["true", "twelve"]), st.sampled_from([3.0, 12.0, 12.5]), st.booleans())
conditions = st.builds(
    Condition,
    attribute=st.sampled_from(["youngest_child_age", "owns_garden", "tier", "nobody_has_this"]),
    is_=st.none() | scalars,
    any_of=st.lists(scalars, max_size=2).map(tuple),
    at_least=st.none() | st.sampled_from([3.0, 12.0]),
    at_most=st.none() | st.sampled_from([12.0, 12.5]),
    not_=st.lists(scalars, max_size=1).map(tuple),
).filter(lambda c: c.is_ is not None or c.any_of or c.not_ or c.at_least is not None or c.at_most is not None)

assortments = st.builds(
    Assortment.of,
    st.lists(st.sampled_from([c for c in CATEGORIES if c]), max_size=2)
    | st.just([f"aisle-{n}" for n in range(20)] + ["home/bedding"]),
    st.lists(st.sampled_from([p for p in PRODUCTS if p]), max_size=2),
)


@st.composite
def campaigns(draw: st.DrawFn) -> Campaign:
    """Draw a campaign with one to three offers."""
    offers = tuple(
        Offer(
            name=f"offer-{place}",
            assortment=draw(assortments),
            price=draw(st.none() | st.sampled_from([5.0, 9.99, 129.0])),
            incentive=draw(st.sampled_from(Incentive)),
            creative=draw(st.sampled_from(["", "hero-a", "hero-b"])),
            recognises=draw(st.sampled_from(["", *TIERS])),
            value=draw(st.none() | st.sampled_from([0.0, 1.0, 1.0, 40.0])),
            fits=tuple(draw(st.lists(conditions, max_size=1))),
            requires=tuple(draw(st.sets(st.sampled_from(["given_name", "tier"]), max_size=1))),
        )
        for place in range(draw(st.integers(1, 3)))
    )
    return Campaign(
        name="spring",
        brand=draw(st.sampled_from(BRANDS)),
        channel=draw(st.sampled_from([Channel.EMAIL, Channel.EMAIL, Channel.SMS])),
        purpose=draw(st.sampled_from([Purpose.PROMOTIONAL, Purpose.PROMOTIONAL, *Purpose])),
        offers=offers,
        category="home",
        fits=tuple(draw(st.lists(conditions, max_size=1))),
    )


modes = st.sampled_from(["enforce", "enforce", "enforce", "observe", "off"])
durations = st.sampled_from(["1d", "3d", "7d", "30d"])
caps = st.fixed_dictionaries(
    {
        "limit": st.integers(0, 4).map(lambda n: n or 3),
        "per": durations,
        "within": st.sampled_from(["family", "brand", "channel", "brand_channel"]),
    }
)
settings_of: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "permission": {
        "basis": st.sampled_from(["opt_in", "opt_out"]),
        "unsubscribe_reaches": st.sampled_from(["brand", "family"]),
    },
    "deliverability": {"transient_in_a_row": st.integers(1, 5)},
    "quiet_hours": {
        "from": st.sampled_from(["21:00", "12:00", "00:00", "03:30"]),
        "to": st.sampled_from(["08:00", "12:30", "02:15"]),
        "assume_timezone": st.sampled_from(["UTC", "Asia/Kathmandu"]),
    },
    "frequency": {"caps": st.lists(caps, max_size=3), "then": st.sampled_from(["defer", "drop"])},
    "moment": {"after_purchase": durations, "after_return": durations, "after_complaint": durations},
    "fit": {"unknown": st.sampled_from(["pass", "block"])},
    "just_bought": {
        "product_within": durations,
        "category_within": durations,
        "repeatable": st.sampled_from([[], ["food"], ["home/bedding", " food/ "], "all"]),
    },
    "price_protection": {"within": durations},
    "relevance": {"at_least": st.sampled_from([0.0, 0.1, 1.0, 3.0]), "product_factor": st.sampled_from([1.0, 2.0])},
    "intent": {"at_least": st.sampled_from([1.0, 3.0]), "ratio": st.sampled_from([0.5, 2.0]), "within": durations},
    "fatigue": {"limit": st.integers(1, 3), "within": durations},
    "recognition": {"from_tier": st.none() | st.sampled_from(TIERS)},
    "balance": {"unanswered": st.integers(1, 6), "asks_per_give": st.none() | st.sampled_from([0.5, 1.0, 3.0])},
    "unsubscribe_risk": {
        "at_most": st.none() | st.sampled_from([0.002, 0.01]),
        "permission_value": st.none() | st.sampled_from([0.5, 5.0, 5.5, 20.0, 500.0]),
        "response_rate": st.sampled_from([0.002, 0.011, 0.05, 1.0]),
    },
    "holdout": {"share": st.none() | st.sampled_from([0.0, 0.3]), "salt": st.sampled_from(["a", "b'c"])},
}


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Draw settings for every gate that there is."""
    private = draw(st.sampled_from([(), ("lumen",), ("harbor",)]))
    brands = {key: Brand(key, shares_profile=key not in private) for key in BRANDS}
    family = Family("Harbor", brands, TIERS, draw(st.sampled_from(["", "EUR"])))
    drawn = {name: draw(st.fixed_dictionaries(settings_of.get(name, {}))) for name in gate_classes()}
    learnt = {}
    if draw(st.booleans()):
        learnt["risk.json"] = draw(cards(of_offer=False))
        drawn["unsubscribe_risk"]["card"] = "risk.json"
    if draw(st.booleans()):
        learnt["wanted.json"] = draw(cards(of_offer=True))
        drawn["relevance"] |= {"card": "wanted.json", "at_least": draw(st.sampled_from([0.0, 0.01, 0.3]))}
        drawn["unsubscribe_risk"]["response_card"] = draw(st.sampled_from([None, "wanted.json"]))
    gates = tuple(gate.of({"mode": draw(modes), **drawn[name]}) for name, gate in gate_classes().items())
    return Policy(family, gates, cards=learnt)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    """Give an engine for all examples."""
    with connected("1GB", lambda _: None) as place:
        yield DuckEngine(place)


TIMES = int(os.environ.get("TIMES", "1"))
"""So many times the usual number of examples: `TIMES=50` looks for half an hour, and for what a short run misses."""

slowly = settings(
    max_examples=15 * TIMES, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)


@slowly
@given(people=profiles(), campaign=campaigns(), policy=policies(), later=st.booleans())
def test_one_decision_time(
    engine: DuckEngine, people: list[Profile], campaign: Campaign, policy: Policy, later: bool
) -> None:
    """Both regimes give the same decision, reason, sentence, offer and scores for everybody at one moment."""
    plan = Plan(policy, campaign)
    rows = [Row(profile, NOW) for profile in (*people, people[0], Profile("stranger", known=False))]
    assert decided_by_tables(engine, plan, rows, NOW, later=later) == decided_one_by_one(plan, rows)


@slowly
@given(rows=moments(), campaign=campaigns(), policy=policies(), later=st.booleans())
def test_times_of_their_own(
    engine: DuckEngine, rows: list[Row], campaign: Campaign, policy: Policy, later: bool
) -> None:
    """Both regimes agree where every row has its own decision time, and neither sees what came later."""
    plan = Plan(policy, campaign)
    assert decided_by_tables(engine, plan, rows, None, later=later) == decided_one_by_one(plan, rows)


@settings(slowly, max_examples=5 * TIMES)
@given(people=profiles(), campaign=campaigns(), policy=policies())
def test_at_the_moment_of_an_event(
    engine: DuckEngine, people: list[Profile], campaign: Campaign, policy: Policy
) -> None:
    """A replay decides at the time of an event, and sees neither it nor what came at the same moment."""
    plan = Plan(policy, campaign)
    moments = [(person, event.at) for person in people for event in person.events if event.kind == "sent"]
    rows = [Row(person, at) for person, at in moments[:40]]
    before = [Row(replace(p, events=tuple(e for e in p.events if e.at < at)), at) for p, at in moments[:40]]
    if rows:
        decided = decided_by_tables(engine, plan, rows, None, strictly=True)
        assert decided == decided_one_by_one(plan, before)


@settings(slowly, max_examples=5 * TIMES)
@given(people=profiles(), campaign=campaigns(), policy=policies())
def test_a_gate_that_alone_decides_is_told(
    engine: DuckEngine, people: list[Profile], campaign: Campaign, policy: Policy
) -> None:
    """Tables tell of each row which gates turn the answer, one alone, as switching one after the other shows."""
    plan = Plan(policy, campaign)
    rows = [Row(profile, NOW) for profile in (*people, people[0])]
    assert turned_by_tables(engine, plan, rows, NOW) == turned_one_by_one(plan, rows)


brands_of_events = st.lists(st.sampled_from(["", *BRANDS]), max_size=2, unique=True).map(tuple)
plain_selections = st.builds(
    Events,
    st.lists(st.sampled_from(["sent", "opened", "clicked", "viewed"]), min_size=1, max_size=2, unique=True).map(tuple),
    brands=brands_of_events,
    not_brands=brands_of_events,
)
selections = st.builds(structs.replace, plain_selections, also=st.none() | plain_selections)
views = st.one_of(
    st.builds(Count, selections, st.sampled_from([DAY, 30 * DAY])),
    st.builds(Latest, selections),
    st.builds(Earliest, selections),
    st.builds(CountSince, selections, since=selections),
)


@settings(slowly, max_examples=5 * TIMES)
@given(people=profiles(most=9), facts=st.lists(views, min_size=1, max_size=8), brand=st.sampled_from(BRANDS))
def test_what_a_brand_may_see(engine: DuckEngine, people: list[Profile], facts: list[Fact], brand: str) -> None:
    """A view of any selection, by brand or widened, is the same in both regimes and tells nothing private."""
    family = Family("Harbor", {key: Brand(key, shares_profile=key != "lumen") for key in BRANDS})
    seen = list(dict.fromkeys(visible(fact, brand, family) for fact in facts))
    frame = with_facts(tables_of(engine, [Row(profile, NOW) for profile in people], NOW), seen)
    told = [row[1:] for row in sorted(engine.fetch(frame.select("row", *(fact.key for fact in seen))))]
    assert told == [tuple(compile_fact(fact)(Subject(profile, NOW)) for fact in seen) for profile in people]
    hidden = {("lumen", kind) for kind in ("sent", "opened", "clicked", "viewed") if brand != "lumen"}
    without = [replace(p, events=tuple(e for e in p.events if (e.brand, e.kind) not in hidden)) for p in people]
    assert told == [tuple(compile_fact(fact)(Subject(profile, NOW)) for fact in seen) for profile in without]
