"""Facts for scores about a person and an offer: what somebody did with the goods that it speaks of."""

from __future__ import annotations

from collections.abc import Callable

from sendgate.facts.arithmetic import Value, settle, when
from sendgate.facts.kinds import Count, Distinct, Events, Evidence, Fact, Facts, Latest, Listed, Now, Spend, Weight
from sendgate.model.categories import Assortment
from sendgate.model.times import DAY, UNKNOWN
from sendgate.scores.person_facts import BOUGHT, YEAR, days_since
from sendgate.scores.score_fact import About, Known, ScoreFact

QUARTER = 90 * DAY

_SIGNS = (
    Weight("viewed", 1, 30 * DAY),
    Weight("searched", 2, 30 * DAY),
    Weight("carted", 3, 30 * DAY),
    Weight("clicked", 2, 30 * DAY),
    Weight("redeemed", 10, 180 * DAY),
    Weight("purchased", 1, 30 * DAY),
)
"""As the gate `relevance` has them by default: a card goes on meaning the same when a policy sets others."""


def _here(about: About, *kinds: str) -> Events:
    return Events(kinds, inside=about.offer.assortment)


def _listed(about: About, *kinds: str) -> Events:
    """Select events on the very products that the offer lists; its categories say less."""
    return Events(kinds, inside=Assortment(products=about.offer.assortment.products))


def _seen(make: Callable[[About], Fact]) -> Callable[[About], Facts]:
    return lambda about: {"value": about.seen(make(about))}


def _as_it_is(known: Known) -> Value:
    return known["value"]


def _settled(known: Known) -> Value:
    return settle(known["value"])


def _spend(about: About) -> Facts:
    return {
        "here": about.seen(Spend(_here(about, "purchased"), YEAR)),
        "everywhere": about.seen(Spend(BOUGHT, YEAR)),
    }


def _share(known: Known) -> Value:
    spent = known["everywhere"] > 0
    return when(spent, settle(known["here"] / when(spent, known["everywhere"], 1.0)), UNKNOWN)


OFFER_FACTS = (
    ScoreFact(
        name="evidence",
        means="evidence of interest in the offer, by the default signs of the gate `relevance`",
        phrase="evidence of {range}",
        unit="amount",
        facts=_seen(lambda about: Evidence(_SIGNS, about.offer.assortment, product_factor=2.0)),
        value=_settled,
        of_offer=True,
    ),
    ScoreFact(
        name="viewed_here_30d",
        means="times that goods of the offer were viewed, searched, carted or clicked in 30 days",
        phrase="looked {range} in 30 days",
        unit="count",
        noun="time",
        facts=_seen(lambda about: Count(_here(about, "viewed", "searched", "carted", "clicked"), 30 * DAY)),
        value=_as_it_is,
        of_offer=True,
    ),
    ScoreFact(
        name="bought_here_90d",
        means="purchases of goods of the offer in 90 days",
        phrase="{range} of these goods in 90 days",
        unit="count",
        noun="purchase",
        facts=_seen(lambda about: Count(_here(about, "purchased"), QUARTER)),
        value=_as_it_is,
        of_offer=True,
    ),
    ScoreFact(
        name="bought_listed_90d",
        means="purchases of the very products that the offer lists in 90 days",
        phrase="{range} of listed products in 90 days",
        unit="count",
        noun="purchase",
        facts=_seen(lambda about: Count(_listed(about, "purchased"), QUARTER)),
        value=_as_it_is,
        of_offer=True,
    ),
    ScoreFact(
        name="products_here",
        means="different products of the offer that were ever bought",
        phrase="bought {range} of the offer",
        unit="count",
        noun="product",
        facts=_seen(lambda about: Distinct(_here(about, "purchased"), of="product")),
        value=_as_it_is,
        of_offer=True,
    ),
    ScoreFact(
        name="spend_here",
        means="what was paid for goods of the offer in a year",
        phrase="spent {range} on these goods in a year",
        unit="amount",
        facts=_seen(lambda about: Spend(_here(about, "purchased"), YEAR)),
        value=_settled,
        of_offer=True,
    ),
    ScoreFact(
        name="share_here",
        means="share of a year's spend that went into goods of the offer",
        phrase="{range} of a year's spend on these goods",
        unit="share",
        missing="bought nothing in a year",
        facts=_spend,
        value=_share,
        of_offer=True,
    ),
    ScoreFact(
        name="days_since_bought_here",
        means="days since the latest purchase of goods of the offer",
        phrase="last bought such goods {range} ago",
        unit="days",
        missing="never bought such goods",
        facts=lambda about: {"now": Now(), **_seen(lambda about: Latest(_here(about, "purchased")))(about)},
        value=lambda known: days_since(known["value"], known["now"]),
        of_offer=True,
    ),
    ScoreFact(
        name="redeemed_here",
        means="redemptions on goods of the offer so far",
        phrase="{range} on such goods",
        unit="count",
        noun="redemption",
        facts=_seen(lambda about: Count(_here(about, "redeemed"))),
        value=_as_it_is,
        of_offer=True,
    ),
    ScoreFact(
        name="redeemed_listed",
        means="redemptions on the very products that the offer lists so far",
        phrase="{range} on listed products",
        unit="count",
        noun="redemption",
        facts=_seen(lambda about: Count(_listed(about, "redeemed"))),
        value=_as_it_is,
        of_offer=True,
    ),
    ScoreFact(
        name="categories_redeemed_here",
        means="different sorts (categories) of goods of the offer that were redeemed so far",
        phrase="redeemed {range} of goods of the offer",
        unit="count",
        noun="sort",
        facts=_seen(lambda about: Distinct(_here(about, "redeemed"), of="category")),
        value=_as_it_is,
        of_offer=True,
    ),
    ScoreFact(
        name="products_offered",
        means="how many products the offer lists",
        phrase="the offer lists {range}",
        unit="count",
        noun="product",
        facts=lambda about: {"listed": Listed(len(about.offer.assortment.products))},
        value=lambda known: known["listed"],
        of_offer=True,
    ),
)
