"""Facts of a time to come, if nothing happens until then."""

from __future__ import annotations

import pytest

from sendgate.facts.ahead import ahead
from sendgate.facts.kinds import (
    Attribute,
    CategoryElsewhere,
    Count,
    CountSince,
    Earliest,
    Events,
    Evidence,
    Fact,
    Highest,
    InterestElsewhere,
    Latest,
    NthLatest,
    Weight,
)
from sendgate.facts.profile import Subject, compile_fact
from sendgate.facts.sharing import visible
from sendgate.model.campaigns import Family
from sendgate.model.categories import Assortment
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.times import DAY

NOW = 1_772_625_600.25
SENT, BEDDING = Events(("sent",)), Assortment.of(["home/bedding"], [])
WEIGHTS = (Weight("viewed", 1.0, 30 * DAY), Weight("purchased", 3.0, 180 * DAY), Weight("carted", 2.0))
FACTS = [
    Count(SENT, 7 * DAY),
    Count(SENT),
    Latest(SENT, 2 * DAY),
    Earliest(SENT, 7 * DAY),
    NthLatest(SENT, 7 * DAY, n=2),
    CountSince(SENT, 7 * DAY, since=Events(("viewed",))),
    Highest(Events(("purchased",)), 7 * DAY),
    Evidence(WEIGHTS, BEDDING),
    Evidence(WEIGHTS, BEDDING, 7 * DAY),
    InterestElsewhere(WEIGHTS[2:], BEDDING, 7 * DAY),
    CategoryElsewhere(WEIGHTS[2:], BEDDING, 7 * DAY),
]
LOG = sorted(
    [
        *(Event("sent", NOW - age * DAY, "harbor") for age in (0, 1, 2, 5, 6, 7, 30)),
        *(Event("viewed", NOW - age * DAY, "harbor", category="home/bedding") for age in (3, 5.5, 40)),
        *(Event("carted", NOW - age * DAY, "harbor", category=c) for age, c in ((1, "kids"), (6, "home/bath"))),
        Event("purchased", NOW - 4 * DAY, "harbor", category="home/bedding", price=20.0),
        Event("purchased", NOW - 5 * DAY, "harbor", category="home/bedding", price=30.0),
    ],
    key=lambda event: event.at,
)
PROFILE = Profile.of("ann", events=LOG)


@pytest.mark.parametrize("wait", [0.0, 0.25, 1 * DAY, 2 * DAY, 5 * DAY, 30 * DAY])
@pytest.mark.parametrize(
    "fact", [*FACTS, *(visible(fact, "harbor", Family("Harbor")) for fact in (FACTS[0], FACTS[8]))]
)
def test_what_will_be_is_told_now(fact: Fact, wait: float) -> None:
    """Asked ahead, a fact has the value now that it will have then, at the edge of a window as well."""
    then = compile_fact(fact)(Subject(PROFILE, NOW + wait))
    assert compile_fact(ahead(fact, wait))(Subject(PROFILE, NOW)) == (
        then if isinstance(then, str) else pytest.approx(then, rel=1e-12)
    )


def test_what_does_not_fade_is_one_fact_for_all_times() -> None:
    """So that campaigns of different times share it; windows that have passed are one as well."""
    for fact in (Count(SENT), Latest(SENT), Evidence(WEIGHTS[2:], BEDDING), Attribute("tier")):
        assert ahead(fact, DAY) == fact
    assert ahead(Count(SENT, DAY), 2 * DAY) == ahead(Count(SENT, DAY), 3 * DAY)
