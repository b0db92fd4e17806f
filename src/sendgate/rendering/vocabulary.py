"""The words that templates have, with what they mean. ``docs/templates.md`` tells them to marketers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypedDict

# Every value may be None or empty; in a template it is missing then.


class FamilyWords(TypedDict):
    """The family."""

    name: str
    currency: str


class BrandWords(TypedDict):
    """The brand that speaks."""

    key: str
    name: str
    """Its key where it has no name."""
    sender: str


class CampaignWords(TypedDict):
    """What the brand wants to say."""

    name: str
    brand: str
    channel: str
    purpose: str
    category: str


class OfferWords(TypedDict):
    """The offer that was chosen."""

    name: str
    product: str
    """The one product it speaks of; missing where it speaks of none or several."""
    category: str
    price: float | None
    incentive: str
    """Missing where it gives nothing."""
    creative: str
    recognises: str


class EvidenceWords(TypedDict):
    """Why this person: what they did with the offer's goods, and what they bought last from anybody."""

    words: str
    """One plain sentence."""
    viewed: int
    viewed_at: datetime | None
    searched: int
    clicked: int
    carted_at: datetime | None
    """When something of the offer was last put in the cart; missing once any of it was bought."""
    product: str
    """What they looked at or put in the cart most, of the offer's goods."""
    product_viewed: int
    """Views of the very product that the offer names; of all its goods, where it names none. So are the next two."""
    product_viewed_at: datetime | None
    product_carted_at: datetime | None
    bought: int
    bought_at: datetime | None
    last_purchase_product: str
    last_purchase_category: str
    last_purchase_brand: str
    """The brand's name."""
    last_purchase_at: datetime | None
    recent_purchases: tuple[str, ...]
    """Up to five products, the latest first."""


class RecognitionWords(TypedDict):
    """How the family knows this person."""

    tier: str
    since: datetime | None
    """The first purchase."""
    years: int | None
    """Full years since then; 0 in the first year, missing before the first purchase."""
    brands: tuple[str, ...]
    """Names of the brands they bought from, in the family's order."""
    sister_brands: tuple[str, ...]
    """The same without the brand that speaks."""
    new_here: bool
    """They never bought from the brand that speaks."""


WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "family": frozenset(FamilyWords.__annotations__),
        "brand": frozenset(BrandWords.__annotations__),
        "campaign": frozenset(CampaignWords.__annotations__),
        "offer": frozenset(OfferWords.__annotations__),
        "evidence": frozenset(EvidenceWords.__annotations__),
        "recognition": frozenset(RecognitionWords.__annotations__),
    }
)
"""The names whose attributes are known beforehand."""

TOP_LEVEL = frozenset({*WORDS, "person", "data", "now", "unsubscribe_url"})
"""Everything that a template may name."""
