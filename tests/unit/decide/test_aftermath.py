"""What happened after a message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sendgate.audience.duck import DuckEngine
from sendgate.audience.place import connected
from sendgate.decide.aftermath import ANSWERS, CAUSED, WHATEVER, aftermath, goods_of
from sendgate.facts.engine import Tables
from sendgate.model.campaigns import Campaign, Channel, Offer, Purpose
from sendgate.model.categories import Assortment
from sendgate.model.times import DAY

COLUMNS = ("person", "kind", "at", "brand", "channel", "campaign", "category", "product")
FLAGS = (*ANSWERS, *(WHATEVER + name for name in CAUSED))


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    """Give an engine for all tests of this file."""
    with connected("1GB", lambda _: None) as place:
        yield DuckEngine(place)


def campaign(*offers: Offer, category: str = "") -> Campaign:
    """Make a campaign."""
    return Campaign("spring", "harbor", Channel.EMAIL, Purpose.PROMOTIONAL, offers or (Offer("only"),), category)


def followed(
    engine: DuckEngine, of: Campaign, *events: tuple[Any, ...], brand: str = "harbor", channel: str = "email"
) -> set[str]:
    """Tell what followed a message at time 0 within a day, of events (kind, at, and other columns by position)."""
    rows = [("ann", *event, *[""] * (len(COLUMNS) - 1 - len(event))) for event in events]
    rows.append(("somebody else", "opened", 1.0, "harbor", "email", "spring", "home", "lamp"))
    table = engine.table({name: [row[place] for row in rows] for place, name in enumerate(COLUMNS)})
    message = {"row": [7.0], "person": ["ann"], "at": [0.0], "campaign": ["spring"], "brand": [brand]}
    messages = engine.table({**message, "channel": [channel]})
    tables = Tables(engine, messages, table, None)
    ((row, *flags),) = engine.fetch(aftermath(tables, messages, of, DAY).select("row", *FLAGS))
    assert row == 7
    return {name for name, flag in zip(FLAGS, flags, strict=True) if flag}


def test_an_event_counts_from_just_after_the_message_to_the_end_of_the_window(engine: DuckEngine) -> None:
    """Not at the moment itself, still at the last one."""
    assert followed(engine, campaign(), ("opened", 0.0), ("clicked", DAY), ("complained", DAY + 1)) == {"clicked"}


def test_a_message_that_names_no_brand_is_of_its_campaigns(engine: DuckEngine) -> None:
    """Who leaves a sister brand, or another channel, did not leave because of it."""
    events = (("unsubscribed", 1.0, "kids"), ("complained", 1.0, "", "sms"), ("opened", 1.0, "harbor", "email"))
    assert followed(engine, campaign(), *events, brand="", channel="") == {"opened"}


def test_who_hears_nothing_of_it_has_no_outcomes(engine: DuckEngine) -> None:
    """A message without any event after it stays in the count."""
    assert followed(engine, campaign()) == set()


@pytest.mark.parametrize(
    ("brand", "channel", "about", "counts"),
    [
        ("harbor", "email", "spring", True), ("", "", "", True), ("kids", "email", "spring", False),
        ("harbor", "sms", "spring", False), ("harbor", "email", "winter", False),
    ],
)  # fmt: skip
def test_an_answer_is_to_the_message_that_it_names(
    engine: DuckEngine, brand: str, channel: str, about: str, *, counts: bool
) -> None:
    """What it leaves open, it leaves open."""
    assert ("opened" in followed(engine, campaign(), ("opened", 1.0, brand, channel, about))) is counts


def test_beside_a_control_group_it_does_not_matter_which_campaign_is_named(engine: DuckEngine) -> None:
    """Nobody can leave because of a message that was held back; a brand's own matters still."""
    named = followed(engine, campaign(), ("unsubscribed", 1.0, "harbor", "email", "winter"))
    assert named == {f"{WHATEVER}unsubscribed"}
    assert followed(engine, campaign(), ("unsubscribed", 1.0, "kids", "email", "winter")) == set()


BEDDING, LAMP = Offer("a", Assortment.of(["home/bedding"])), Offer("b", Assortment.of([], ["lamp"]))
MANY = Offer("many", Assortment.of([], [f"product-{n}" for n in range(30)]))


@pytest.mark.parametrize(
    ("of", "category", "product", "counts"),
    [
        (campaign(BEDDING, category="home"), "home/garden", "", True),
        (campaign(BEDDING, category="home"), "homely", "", False),
        (campaign(BEDDING, LAMP), "home/bedding/duvets", "", True),
        (campaign(BEDDING, LAMP), "light", "lamp", True),
        (campaign(BEDDING, LAMP), "home", "", False),
        (campaign(BEDDING, Offer("anything")), "food", "", True),
        (campaign(MANY), "", "product-29", True),
        (campaign(MANY), "", "product-30", False),
    ],
)
def test_a_purchase_is_of_what_the_campaign_is_about(
    engine: DuckEngine, of: Campaign, category: str, product: str, *, counts: bool
) -> None:
    """Its category, or else what its offers speak of, or else anything; of whichever brand."""
    found = followed(engine, of, ("purchased", 1.0, "kids", "", "", category, product))
    assert ("purchased" in found) is (f"{WHATEVER}purchased" in found) is counts


def test_offers_are_put_together() -> None:
    """And one that speaks of nothing opens it to everything."""
    assert goods_of(campaign(BEDDING, LAMP)) == Assortment.of(["home/bedding"], ["lamp"])
    assert goods_of(campaign(BEDDING, Offer("anything"))).empty
