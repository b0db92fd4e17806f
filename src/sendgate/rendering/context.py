"""What a template can say about a person, and no more than the brand that speaks may know.

Where a person withdrew sharing, only what happened with the brand itself is told, and no tier. What happened with a
brand that does not share its profile is told to that brand only. Nothing later than ``now`` is told at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sendgate.facts.profile import Subject
from sendgate.facts.quiet import zone_for
from sendgate.model.campaigns import Brand, Campaign, Family, Incentive, Offer
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.times import NEVER
from sendgate.rendering.missing import Words
from sendgate.rendering.vocabulary import (
    BrandWords,
    CampaignWords,
    EvidenceWords,
    FamilyWords,
    OfferWords,
    RecognitionWords,
)

NO_UNSUBSCRIBE_URL = "https://unsubscribe.invalid/"
"""Stands in a preview where the link will be. It leads nowhere (RFC 2606): whoever sends must give the real one."""

_NO_DATA: Mapping[str, str] = MappingProxyType({})
_MOST_RECENT = 5


def build_context(  # noqa: PLR0913  a message speaks of all of this
    profile: Profile,
    campaign: Campaign,
    offer: Offer,
    family: Family,
    now: float,
    *,
    evidence_words: str = "",
    unsubscribe_url: str = NO_UNSUBSCRIBE_URL,
    data: Mapping[str, str] = _NO_DATA,
) -> dict[str, object]:
    """Gather what the template of an offer can say to a person at a time (epoch seconds).

    ``evidence_words`` is what the decision says that the person did; ``data`` came with the request.
    Times are in the person's timezone, or UTC.
    """
    known = _Known(profile, campaign.brand, family, now)
    brand = family.brands.get(campaign.brand) or Brand(campaign.brand)
    return {
        "person": Words("person", known.attributes),
        "family": Words("family", FamilyWords(name=family.name, currency=family.currency)),
        "brand": Words("brand", BrandWords(key=brand.key, name=brand.name or brand.key, sender=brand.sender)),
        "campaign": Words("campaign", _campaign_words(campaign)),
        "offer": Words("offer", _offer_words(offer, campaign)),
        "evidence": Words("evidence", lambda: _evidence_words(known, offer, evidence_words)),
        "recognition": Words("recognition", lambda: _recognition_words(known, brand)),
        "data": Words("data", data),
        "now": known.time(now),
        "unsubscribe_url": unsubscribe_url,
    }


class _Known:
    """A profile, as far as one brand may see it at a moment."""

    def __init__(self, profile: Profile, brand: str, family: Family, now: float) -> None:
        self._subject = Subject(profile, now)
        self._brand = brand
        self._private = {key for key, sister in family.brands.items() if not sister.shares_profile} - {brand}
        self.family = family
        self.now = now

    @property
    def shares(self) -> bool:
        """Whether the brands may tell each other about this person."""
        return self._subject.shares

    @property
    def attributes(self) -> dict[str, str]:
        """The person's attributes; the tier is the family's, and is not told where sharing was withdrawn."""
        given = dict(self._subject.profile.attributes)
        if not self.shares:
            given.pop("tier", None)
        return given

    def events(self, kind: str) -> list[Event]:
        """Give the events of a kind that the brand may know of, in order of time."""
        return [event for event in self._subject.by_kind.get(kind, ()) if self._sees(event.brand)]

    def _sees(self, brand: str) -> bool:
        return brand not in self._private if self.shares else brand == self._brand

    def zone(self) -> ZoneInfo:
        """Give the person's timezone."""
        return zone_for(self._subject.profile["timezone"], "UTC")

    def time(self, at: float) -> datetime:
        """Write a moment as the person's clock shows it."""
        return datetime.fromtimestamp(at, self.zone())

    def latest(self, events: Sequence[Event]) -> datetime | None:
        """Give the time of the last event."""
        return self.time(events[-1].at) if events else None

    def brand_name(self, key: str) -> str:
        """Give the name that people know a brand by."""
        brand = self.family.brands.get(key)
        return (brand.name if brand else "") or key


def _campaign_words(campaign: Campaign) -> CampaignWords:
    return CampaignWords(
        name=campaign.name,
        brand=campaign.brand,
        channel=campaign.channel.value,
        purpose=campaign.purpose.value,
        category=campaign.category,
    )


def _offer_words(offer: Offer, campaign: Campaign) -> OfferWords:
    categories = offer.assortment.categories
    return OfferWords(
        name=offer.name,
        product=offer.product,
        category=categories[0] if len(categories) == 1 else campaign.category,
        price=offer.price,
        incentive="" if offer.incentive is Incentive.NONE else offer.incentive.value,
        creative=offer.creative,
        recognises=offer.recognises,
    )


def _evidence_words(known: _Known, offer: Offer, sentence: str) -> EvidenceWords:
    viewed, searched, clicked, carted, bought = (
        [event for event in known.events(kind) if offer.assortment.holds(event.category, event.product)]
        for kind in ("viewed", "searched", "clicked", "carted", "purchased")
    )
    purchases = _kept(known)
    last = purchases[-1] if purchases else Event("purchased", known.now)
    in_cart = carted if not bought or (carted and carted[-1].at > bought[-1].at) else []
    products = Counter(event.product for event in chain(viewed, carted) if event.product)
    own_views, own_carted = (
        [event for event in events if offer.product in {"", event.product}] for events in (viewed, in_cart)
    )
    return EvidenceWords(
        words=sentence,
        viewed=len(viewed),
        viewed_at=known.latest(viewed),
        searched=len(searched),
        clicked=len(clicked),
        carted_at=known.latest(in_cart),
        product=products.most_common(1)[0][0] if products else "",
        product_viewed=len(own_views),
        product_viewed_at=known.latest(own_views),
        product_carted_at=known.latest(own_carted),
        bought=len(bought),
        bought_at=known.latest(bought),
        last_purchase_product=last.product,
        last_purchase_category=last.category,
        last_purchase_brand=known.brand_name(last.brand),
        last_purchase_at=known.latest(purchases),
        recent_purchases=_latest_products(purchases),
    )


def _kept(known: _Known) -> list[Event]:
    """Give the purchases of goods that did not come back: nobody is asked how they like what they returned."""
    back = {event.product: event.at for event in known.events("returned")}
    return [event for event in known.events("purchased") if event.at > back.get(event.product, NEVER)]


def _latest_products(purchases: Sequence[Event]) -> tuple[str, ...]:
    once = dict.fromkeys(event.product for event in reversed(purchases) if event.product)
    return tuple(once)[:_MOST_RECENT]


def _recognition_words(known: _Known, brand: Brand) -> RecognitionWords:
    purchases = known.events("purchased")
    since = known.time(purchases[0].at) if purchases else None
    bought_from = {event.brand for event in purchases}
    brands = [key for key in known.family.brands if key in bought_from]
    return RecognitionWords(
        tier=known.attributes.get("tier", ""),
        since=since,
        years=_full_years(since, known.time(known.now)) if since else None,
        brands=tuple(map(known.brand_name, brands)),
        sister_brands=tuple(known.brand_name(key) for key in brands if key != brand.key),
        new_here=brand.key not in bought_from,
    )


def _full_years(since: datetime, now: datetime) -> int:
    early = (now.month, now.day, now.time()) < (since.month, since.day, since.time())
    return now.year - since.year - early
