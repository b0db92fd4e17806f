"""How well incentives suit a person, by the figures of the formula that the module tells."""

from __future__ import annotations

import pytest

from sendgate.decide.incentives import suiting
from sendgate.model.campaigns import Brand, Family, Incentive
from sendgate.model.times import NEVER

FAMILY = Family("Harbor", {"harbor": Brand("Harbor Home")}, ("member", "silver", "gold", "platinum"))
UNKNOWN = {"bought": 0, "cheaper": 0, "tier": "", "granted": NEVER, "withdrawn": NEVER}


@pytest.mark.parametrize(
    ("known", "money_off", "exclusive"),
    [
        ({}, 1.0, 1.0),
        ({"bought": 3, "cheaper": 3}, 1.6, 0.4),  # s = 4/5
        ({"bought": 3}, 0.4, 1.6),  # s = 1/5
        ({"tier": "member"}, 1.0, 1.125),  # t = 1/4
        ({"tier": "gold"}, 1.0, 1.375),
        ({"tier": "platinum"}, 1.0, 1.5),
        ({"tier": "brass"}, 1.0, 1.0),
        ({"tier": "platinum", "withdrawn": 0.0}, 1.0, 1.0),
        ({"bought": 3, "tier": "platinum"}, 0.4, 2.4),
    ],
)
def test_discounts_and_tiers_speak_for_incentives(known: dict, money_off: float, exclusive: float) -> None:
    """Of whom nothing is known all incentives suit alike; no incentive is always neutral."""
    suits = suiting(FAMILY, UNKNOWN | known)
    assert suits[Incentive.PERCENT_OFF] == suits[Incentive.AMOUNT_OFF] == suits[Incentive.FREE_SHIPPING] == money_off
    assert suits[Incentive.EARLY_ACCESS] == suits[Incentive.GIFT] == exclusive
    assert set(suits.values()) - {money_off, exclusive} <= {1.0}
    assert suits[Incentive.NONE] == 1.0
