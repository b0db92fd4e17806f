"""Facts for scores mean the same in both regimes, and never see what came later."""

from __future__ import annotations

from collections.abc import Iterator

import narwhals as nw
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from sendgate.audience.duck import DuckEngine
from sendgate.audience.place import connected
from sendgate.facts.arithmetic import as_expression
from sendgate.facts.profile import Subject, compile_fact
from sendgate.facts.tables import with_facts
from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Offer, Purpose
from sendgate.model.categories import Assortment
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.times import DAY, UNKNOWN
from sendgate.scores.catalogue import CATALOGUE, Asked
from sendgate.scores.score_fact import About
from sendgate.scores.scorecard import Scorecard
from tests.cards import cards
from tests.regimes import Row, tables_of
from tests.test_regimes_agree import NOW, moments

FAMILY = Family("Harbor", {"harbor": Brand("harbor"), "lumen": Brand("lumen", shares_profile=False)})
OFFER = Offer("offer", Assortment.of(["home/bedding"], ["lamp"]))
ABOUT = About(FAMILY, Campaign("spring", "harbor", Channel.EMAIL, Purpose.PROMOTIONAL, (OFFER,)), OFFER)
EVERYTHING = Asked.about(CATALOGUE, ABOUT)

MON_1800_UTC = 1_772_474_400.0  # 2026-03-02


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    """Give an engine for all examples."""
    with connected("1GB", lambda _: None) as place:
        yield DuckEngine(place)


def known_of(asked: Asked, profile: Profile, at: float) -> dict[str, float]:
    """Give the numbers of one person."""
    subject = Subject(profile, at)
    return dict(asked.values({name: compile_fact(fact)(subject) for name, fact in asked.facts.items()}))


def value(name: str, *events: Event, at: float = NOW, **attributes: str) -> float:
    """Give one number of a person with some events."""
    return known_of(Asked.about([name], ABOUT), Profile.of("ann", attributes, events), at)[name]


slowly = settings(max_examples=3, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])


@slowly
@given(rows=moments(), card=cards(of_offer=True, most=8))
def test_both_regimes_know_the_same(engine: DuckEngine, rows: list[Row], card: Scorecard) -> None:
    """Every fact of the catalogue, and the score and probability of a card, are equal to 1e-9 in both regimes."""
    facts = with_facts(tables_of(engine, rows, None), EVERYTHING.facts.values())
    columns = EVERYTHING.values({name: nw.col(fact.key) for name, fact in EVERYTHING.facts.items()})
    values = facts.select("row", **{name: as_expression(column) for name, column in columns.items()})
    kept = {name: nw.col(name) for name in CATALOGUE}
    added = {"_score": card.score(kept), "_risk": card.exact_probability(kept)}
    scored = values.with_columns(**{name: as_expression(value) for name, value in added.items()})
    told = engine.fetch(scored.select("row", *CATALOGUE, "_score", "_risk"))
    for row, (_, *found) in zip(rows, sorted(told), strict=True):
        alone = known_of(EVERYTHING, row.profile, row.at)
        expected = [*(alone[name] for name in CATALOGUE), card.score(alone), card.exact_probability(alone)]
        assert found == pytest.approx(expected, abs=1e-9, rel=1e-12)


@pytest.mark.parametrize("name", CATALOGUE)
def test_nothing_is_known_of_what_comes_later(name: str) -> None:
    """A fact is the same whether or not the future has happened already."""
    past = [Event(kind, NOW - 3 * DAY, "harbor", campaign="a", category="home/bedding", price=9.0, discount=1.0)
            for kind in ("subscribed", "sent", "opened", "clicked", "purchased", "redeemed")]  # fmt: skip
    later = [event._replace(at=NOW + 1, campaign="b") for event in past]
    assert value(name, *past, *later) == value(name, *past)


@pytest.mark.parametrize("name", [name for name, fact in CATALOGUE.items() if fact.missing])
def test_a_stranger_has_unknown_values_where_words_say_so(name: str) -> None:
    """What cannot be known of a stranger is unknown, not zero."""
    assert value(name) == UNKNOWN


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_definition_is_a_digest(name: str) -> None:
    """Definitions are short, and no two facts have the same one."""
    definition = CATALOGUE[name].definition
    assert len(definition) == 12
    assert [fact.definition for fact in CATALOGUE.values()].count(definition) == 1


def mails(count: int, *, clicked: int) -> list[Event]:
    """Make messages of which some were clicked."""
    sent = [Event("sent", NOW - (k + 2) * DAY, "harbor", campaign=f"mail-{k}") for k in range(count)]
    return [*sent, *(event._replace(kind="clicked", at=event.at + 60) for event in sent[:clicked])]


def test_a_link_scanner_is_left_out_of_engagement() -> None:
    """Who clicks in more than 80 % of the messages has no click rate; who clicks in 80 % has one."""
    assert value("click_rate", *mails(10, clicked=9)) == UNKNOWN
    assert value("click_rate", *mails(10, clicked=8)) == pytest.approx((8 + 0.022) / 12)
    assert value("unopened", *mails(10, clicked=9)) == UNKNOWN


def test_many_clicks_in_one_message_are_one() -> None:
    """A reader who clicks five links of one message is no scanner."""
    again = [event for event in mails(6, clicked=1) for _ in range(5 if event.kind == "clicked" else 1)]
    assert value("click_rate", *again) == pytest.approx((1 + 0.022) / 8)


def test_four_messages_are_too_few_to_tell_a_scanner() -> None:
    """Somebody new who clicked in everything so far may just like it."""
    assert value("click_rate", *mails(4, clicked=4)) > 0.6


def test_the_clock_is_that_of_the_person() -> None:
    """In Kiritimati it is Tuesday morning while London has Monday evening; unknown zones have UTC."""
    assert value("message_hour", at=MON_1800_UTC) == 18
    assert value("message_weekday", at=MON_1800_UTC) == 0
    assert value("message_hour", at=MON_1800_UTC, timezone="Pacific/Kiritimati") == 8
    assert value("message_weekday", at=MON_1800_UTC, timezone="Pacific/Kiritimati") == 1
    assert value("message_hour", at=MON_1800_UTC, timezone="No/Where") == 18


def test_a_brand_that_does_not_share_is_not_seen() -> None:
    """Purchases at a sister that keeps its customers to itself count for nothing here."""
    bought = Event("purchased", NOW - DAY, "lumen", category="home/bedding", price=10.0)
    assert value("spend_here", bought) == 0.0
    assert value("spend_here", bought._replace(brand="harbor")) == 10.0
    withdrawn = [bought._replace(brand="harbor"), bought._replace(brand="sister"), Event("sharing_withdrawn", NOW - 9)]
    assert value("brands_bought", *withdrawn) == 1


def test_what_is_listed_says_more_than_its_shelf() -> None:
    """A redemption on the listed lamp is one on a listed product; one on other bedding is only of the offer's goods."""
    goods = [("home", "lamp"), ("home/bedding", "duvet"), ("food", "jam")]
    redeemed = [Event("redeemed", NOW - DAY, "harbor", category=category, product=name) for category, name in goods]
    assert value("redeemed_listed", *redeemed) == 1
    assert value("redeemed_here", *redeemed) == 2
    assert value("categories_redeemed_here", *redeemed) == 2
    bought = [event._replace(kind="purchased") for event in redeemed]
    assert value("bought_listed_90d", *bought, bought[0]._replace(at=NOW - 90 * DAY)) == 1
    nothing = About(FAMILY, ABOUT.campaign, Offer("bedding", Assortment.of(["home/bedding"])))
    asked = Asked.about(["redeemed_listed", "bought_listed_90d"], nothing)
    assert known_of(asked, Profile.of("ann", {}, [*redeemed, *bought]), NOW) == dict.fromkeys(asked.names, 0)


def test_a_basket_is_one_purchase_and_one_redemption() -> None:
    """Three goods bought at one moment, two of them with a coupon, are one time that something was redeemed."""
    basket = [Event("purchased", NOW - DAY, "harbor", product=product, price=1.0) for product in ("a", "b", "c")]
    coupons = [event._replace(kind="redeemed") for event in basket[:2]]
    assert value("redeemed_share", *basket, *coupons) == pytest.approx((1 + 0.1) / (1 + 2))
    earlier = [event._replace(at=NOW - 9 * DAY) for event in basket]
    assert value("redeemed_share", *basket, *coupons, *earlier) == pytest.approx((1 + 0.1) / (2 + 2))


def test_prices_that_nobody_knows_add_nothing() -> None:
    """Spend is what was paid, as far as that is known."""
    bought = Event("purchased", NOW - DAY, "harbor", category="home/bedding", price=10.0)
    assert value("spend_365d", bought, bought._replace(price=UNKNOWN, at=NOW - 5)) == 10.0
    assert value("share_here", bought, bought._replace(category="food", price=30.0, at=NOW - 5)) == 0.25


@pytest.mark.parametrize(
    ("name", "low", "high", "words"),
    [
        ("tenure", None, 7, "joined less than 7 days ago"),
        ("tenure", None, 1, "joined less than 1 day ago"),
        ("tenure", 1, None, "joined 1 day or more ago"),
        ("tenure", 0, None, "joined 0 days or more ago"),
        ("days_since_click", None, None, "last clicked some time ago"),
        ("messages_30d", None, None, "any number of messages in 30 days"),
        ("open_rate", None, None, "opened any share of a year's messages"),
        ("tenure", 7, 30, "joined 7 to 30 days ago"),
        ("tenure", 365, None, "joined 365 days or more ago"),
        ("messages_7d", None, 1, "no message in 7 days"),
        ("messages_7d", 1, 2, "1 message in 7 days"),
        ("messages_7d", 4, 7, "4 to 6 messages in 7 days"),
        ("messages_7d", 2.5, None, "3 or more messages in 7 days"),
        ("open_rate", 0.1, 0.25, "opened 10 % to 25 % of a year's messages"),
        ("message_hour", 6, 12, "sent 06:00 to 11:59"),
        ("message_weekday", 5, None, "sent on Saturday to Sunday"),
    ],
)
def test_bins_are_named_in_words(name: str, low: float | None, high: float | None, words: str) -> None:
    """A bin says which values it holds, whole numbers as people count."""
    assert CATALOGUE[name].words(low, high) == words
