"""A small campaign under a policy of defaults, for tests that need any plan."""

from __future__ import annotations

from typing import Any

from sendgate.catalog import gate_classes
from sendgate.decide.plan import Plan
from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Offer, Purpose
from sendgate.model.categories import Assortment
from sendgate.policy.policy import Policy

FAMILY = Family("Harbor", {key: Brand(key) for key in ("harbor", "kids")}, ("member", "gold"))


def policy(**settings: dict[str, Any]) -> Policy:
    """Give a policy with some gates set."""
    return Policy(FAMILY, tuple(kind.of(settings.get(name, {})) for name, kind in gate_classes().items()))


def campaign(name: str = "spring", **more: Any) -> Campaign:
    """Give a campaign with one offer of bedding."""
    offer = Offer("duvet", Assortment.of(["home/bedding"], []), creative=f"{name}-hero")
    usual = {"brand": "harbor", "channel": Channel.EMAIL, "purpose": Purpose.PROMOTIONAL, "offers": (offer,)}
    return Campaign(name=name, **{**usual, **more})


def plan(**settings: dict[str, Any]) -> Plan:
    """Give that campaign under that policy."""
    return Plan(policy(**settings), campaign())
