"""What a brand may see of a person whose profile, or whose other brands' profiles, are not shared.

A brand with ``shares_profile: false``, and a person who withdrew sharing, contribute to relevance, intent, recognition
and risk of their own brand only.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import (
    CountSince,
    EventFact,
    Events,
    Evidence,
    Fact,
    Facts,
    InterestElsewhere,
    Latest,
    Visible,
)
from sendgate.model.campaigns import Family
from sendgate.model.times import NEVER

GRANTED = Latest(Events(("sharing_granted",)))
WITHDRAWN = Latest(Events(("sharing_withdrawn",)))

SHARING: Facts = {"granted": GRANTED, "withdrawn": WITHDRAWN}
"""What ``shares`` needs."""


def shares(known: Mapping[str, Value]) -> Value:
    """Tell whether the person shares the profile; the latest word counts, a withdrawal at the same moment wins."""
    return (known["granted"] > known["withdrawn"]) | (known["withdrawn"] == NEVER)


def _narrowed(fact: Fact, brands: tuple[str, ...], not_brands: tuple[str, ...]) -> Fact:
    """Narrow every selection of a fact to some brands, or to all but some."""

    def narrowed(events: Events) -> Events:
        return replace(events, brands=brands, not_brands=not_brands)

    if isinstance(fact, CountSince):
        return replace(fact, events=narrowed(fact.events), since=narrowed(fact.since))
    if isinstance(fact, EventFact):
        return replace(fact, events=narrowed(fact.events))
    if isinstance(fact, Evidence | InterestElsewhere):
        return replace(fact, brands=brands, not_brands=not_brands)
    raise TypeError(f"{type(fact).__name__} does not read events of brands")


def visible(fact: Fact, brand: str, family: Family) -> Visible:
    """Narrow a fact to what ``brand`` may see: its own events, and those of sisters that share, if the person does."""
    private = tuple(key for key, sister in family.brands.items() if not sister.shares_profile and key != brand)
    return Visible(_narrowed(fact, (), private), _narrowed(fact, (brand,), ()))
