"""Which incentive suits whom.

With ``s`` the smoothed share of discounted purchases, (discounted + 1) / (purchases + 2), and ``t`` the person's tier
from 0 (none) to 1 (the highest): money off counts 2 s; early access and a gift count 2 (1 - s) (1 + t / 2); an offer
without an incentive counts 1. Somebody of whom nothing is known has s = 1/2, so that all count alike.
"""

from __future__ import annotations

from collections.abc import Mapping

from sendgate.facts.arithmetic import Value, settle, when
from sendgate.facts.kinds import Attribute, Count, Events, Facts
from sendgate.facts.sharing import SHARING, shares, visible
from sendgate.model.campaigns import Campaign, Family, Incentive

MONEY_OFF = frozenset({Incentive.PERCENT_OFF, Incentive.AMOUNT_OFF, Incentive.FREE_SHIPPING})
EXCLUSIVE = frozenset({Incentive.EARLY_ACCESS, Incentive.GIFT})


def facts(campaign: Campaign, family: Family) -> Facts:
    """Ask for how the person buys, as far as the brand may see it, and for the tier."""
    bought, cheaper = Count(Events(("purchased",))), Count(Events(("purchased",), discounted=True))
    return {
        "bought": visible(bought, campaign.brand, family),
        "cheaper": visible(cheaper, campaign.brand, family),
        "tier": Attribute("tier"),
        **SHARING,
    }


def suiting(family: Family, known: Mapping[str, Value]) -> Mapping[Incentive, Value]:
    """Say how well each incentive suits a person: 1 is neutral."""
    share = (known["cheaper"] + 1) / (known["bought"] + 2)
    money_off = settle(2 * share)
    exclusive = settle(2 * (1 - share) * (1 + _tier(family, known) / 2))
    return {
        incentive: money_off if incentive in MONEY_OFF else exclusive if incentive in EXCLUSIVE else 1.0
        for incentive in Incentive
    }


def _tier(family: Family, known: Mapping[str, Value]) -> Value:
    """Place a tier between 0 and 1; a tier that the brand may not know is none."""
    place: Value = 0.0
    for rank, tier in enumerate(family.tiers, start=1):
        place = when(known["tier"] == tier, rank / len(family.tiers), place)
    return when(shares(known), place, 0.0)
