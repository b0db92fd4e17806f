"""What a brand wants to say, and the ways of saying it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from sendgate.model.categories import Assortment


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"


class Purpose(StrEnum):
    """What a message is for."""

    PROMOTIONAL = "promotional"
    """Asks for a sale."""
    RELATIONSHIP = "relationship"
    """Thanks, care, something to enjoy; no ask."""
    SERVICE = "service"
    TRANSACTIONAL = "transactional"
    """Passes every gate but deliverability."""


class Incentive(StrEnum):
    """What an offer gives."""

    NONE = "none"
    PERCENT_OFF = "percent_off"
    AMOUNT_OFF = "amount_off"
    EARLY_ACCESS = "early_access"
    GIFT = "gift"
    FREE_SHIPPING = "free_shipping"


Scalar = str | float | bool


@dataclass(frozen=True, slots=True)
class Condition:
    """What an attribute must be for an offer to fit. All that is set must hold."""

    attribute: str
    is_: Scalar | None = None
    any_of: tuple[Scalar, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    not_: tuple[Scalar, ...] = ()


@dataclass(frozen=True)
class Offer:
    """One way of saying it."""

    name: str
    assortment: Assortment = field(default_factory=Assortment)
    price: float | None = None
    incentive: Incentive = Incentive.NONE
    creative: str = ""
    recognises: str = ""
    """The tier that the message speaks to; empty: it greets everybody alike."""
    template: str = ""
    """File name below the templates folder."""
    value: float | None = None
    """What an answer is worth to the family, in its currency."""
    fits: tuple[Condition, ...] = ()
    requires: tuple[str, ...] = ()
    """Attributes that the template prints unconditionally; found in the template when the campaign is loaded."""

    @property
    def product(self) -> str:
        """The one product the offer speaks of, or empty."""
        return self.assortment.products[0] if len(self.assortment.products) == 1 else ""


@dataclass(frozen=True)
class Campaign:
    """What a brand wants to say: at least one offer."""

    name: str
    brand: str
    channel: Channel
    purpose: Purpose
    offers: tuple[Offer, ...]
    category: str = ""
    fits: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Brand:
    """One of the sister brands."""

    key: str
    name: str = ""
    sender: str = ""
    shares_profile: bool = True
    """False: what people do here is used for this brand only."""
    unsubscribe_url: str = ""
    """The https page where people leave; the family's, where the brand has none of its own."""
    unsubscribe_mailto: str = ""
    """The address that people write to, to leave; the family's, where the brand has none of its own."""


@dataclass(frozen=True)
class Family:
    """The company, its brands and the tiers of its customers, lowest first."""

    name: str
    brands: Mapping[str, Brand] = field(default_factory=lambda: MappingProxyType({}))
    tiers: tuple[str, ...] = ()
    currency: str = ""

    def tier_rank(self, tier: str) -> int:
        """Rank a tier from 1 (lowest) up; 0 for none or an unknown one."""
        return self.tiers.index(tier) + 1 if tier in self.tiers else 0
