"""What a brand may see of a person whose profile, or whose other brands' profiles, are not shared.

A brand with ``shares_profile: false``, and a person who withdrew sharing, contribute to relevance, intent, recognition
and risk of their own brand only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

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
        also = narrowed(events.also) if events.also else None
        return replace(_limited(events, brands, not_brands), also=also)

    if isinstance(fact, CountSince):
        return replace(fact, events=narrowed(fact.events), since=narrowed(fact.since))
    if isinstance(fact, EventFact):
        return replace(fact, events=narrowed(fact.events))
    if isinstance(fact, Evidence | InterestElsewhere):
        return _limited(fact, brands, not_brands)
    raise TypeError(f"{type(fact).__name__} does not read events of brands")


_OfBrands = TypeVar("_OfBrands", bound=Events | Evidence | InterestElsewhere)


def _limited(selection: _OfBrands, brands: tuple[str, ...], not_brands: tuple[str, ...]) -> _OfBrands:
    """Limit to some brands, or to all but some, what may be limited to brands already."""
    allowed = brands or selection.brands
    refused = (*selection.not_brands, *not_brands)
    if selection.brands:
        # Without a brand that both allow, what the one allows is refused: no brands at all would stand for any.
        refused += tuple(brand for brand in brands if brand not in selection.brands)
        allowed = tuple(brand for brand in selection.brands if brand in allowed) or allowed
    return replace(selection, brands=allowed, not_brands=tuple(dict.fromkeys(refused)))


def visible(fact: Fact, brand: str, family: Family) -> Visible:
    """Narrow a fact to what ``brand`` may see: its own events, and those of sisters that share, if the person does.

    What the fact says of brands itself still holds: it is never widened.
    """
    private = tuple(key for key, sister in family.brands.items() if not sister.shares_profile and key != brand)
    return Visible(_narrowed(fact, (), private), _narrowed(fact, (brand,), ()))
