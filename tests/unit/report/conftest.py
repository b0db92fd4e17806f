"""A plan, an engine without files, and some people to decide about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MappingProxyType

import pytest

from sendgate.audience import open_run
from sendgate.catalog import gate_classes
from sendgate.decide.plan import Plan
from sendgate.facts.engine import Engine
from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Offer, Purpose
from sendgate.model.categories import Assortment
from sendgate.model.decisions import Mode
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.times import DAY
from sendgate.policy.policy import Policy

NOW = 1_772_625_600.0


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine without files."""
    with open_run(now=NOW) as run:
        yield run.engine


@pytest.fixture
def make_plan() -> Callable[..., Plan]:
    """Make a plan of two offers, with settings for some gates."""

    def make(**settings: dict[str, object]) -> Plan:
        told = {"frequency": {"caps": [{"limit": 3, "per": "7d"}]}, "balance": {"mode": Mode.OBSERVE}} | settings
        gates = tuple(kind.of(told.get(name, {})) for name, kind in gate_classes().items())
        brands = {"harbor": Brand("harbor", "Harbor"), "kids": Brand("kids", "Kids"),
                  "lumen": Brand("lumen", "Lumen", shares_profile=False)}  # fmt: skip
        family = Family("x", MappingProxyType(brands), ("member", "gold"))
        offers = tuple(Offer(name, Assortment.of([category])) for name, category in (("a", "home"), ("b", "toys")))
        return Plan(Policy(family, gates), Campaign("c", "harbor", Channel.EMAIL, Purpose.PROMOTIONAL, offers))

    return make


@pytest.fixture
def person() -> Callable[..., Profile]:
    """Make somebody who subscribed long ago and looked at things for the home."""

    def make(name: str, **attributes: str) -> Profile:
        events = [
            Event("subscribed", NOW - 400 * DAY),
            *(Event("viewed", NOW - day * DAY, brand="harbor", category="home/beds") for day in (1, 2, 3)),
        ]
        return Profile.of(name, {"email": f"{name}@x.example", **attributes}, events)

    return make
