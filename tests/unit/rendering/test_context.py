"""What a template knows about a person, and may know."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sendgate.model.campaigns import Incentive, Offer
from sendgate.model.categories import Assortment
from sendgate.rendering.context import NO_UNSUBSCRIBE_URL
from sendgate.rendering.vocabulary import TOP_LEVEL, WORDS

DUVET = {"category": "home/bedding/duvets", "product": "duvet-dusty-rose"}


def told(words, name):
    """Give a word, or None where it is missing."""
    try:
        return words[name]
    except KeyError:
        return None


@pytest.fixture
def life(event):
    """Five looks, a cart, and purchases from three brands, one of which keeps to itself."""
    return [
        event("purchased", "2020-03-06T13:00", "harbor", category="home/kitchen", product="board"),
        event("purchased", "2025-01-01", "lumen", category="light", product="lamp"),
        event("purchased", "2026-02-01", "harbor-kids", category="kids/room", product="star-light"),
        *(event("viewed", f"2026-03-0{day}", **DUVET) for day in range(1, 6)),
        event("viewed", "2026-03-05", category="home/kitchen", product="pan"),
        event("searched", "2026-03-01", category="home/bedding/duvets"),
        event("carted", "2026-03-03", **DUVET),
        event("clicked", "2026-03-02", **DUVET),
        event("viewed", "2026-03-07", **DUVET),
        event("purchased", "2026-03-07", category="later", product="later"),
    ]


def test_the_evidence_is_told_in_words_and_values(context_of, life):
    """What somebody did with the offer's goods can be said, and what they bought last from anybody."""
    evidence = context_of(events=life, evidence_words="viewed 5 times")["evidence"]
    assert evidence["words"] == "viewed 5 times"
    assert (evidence["viewed"], evidence["searched"], evidence["clicked"], evidence["bought"]) == (5, 1, 1, 0)
    assert evidence["viewed_at"] == datetime(2026, 3, 5, tzinfo=UTC)
    assert evidence["carted_at"] == datetime(2026, 3, 3, tzinfo=UTC)
    assert evidence["product"] == "duvet-dusty-rose"
    assert evidence["last_purchase_product"] == "star-light"
    assert evidence["last_purchase_category"] == "kids/room"
    assert evidence["last_purchase_brand"] == "Harbor Kids"
    assert evidence["recent_purchases"] == ("star-light", "board")


def test_nothing_later_than_now_is_told(context_of, life):
    """A replay of last March does not know what came after."""
    evidence = context_of(events=life)["evidence"]
    assert evidence["last_purchase_product"] != "later"
    later = context_of(events=life, now=life[-1].at)["evidence"]
    assert (later["viewed"], later["last_purchase_product"]) == (6, "later")


def test_the_cart_is_empty_after_the_purchase(context_of, event):
    """What was bought is in the cart no more; what was put there later is."""
    events = [event("carted", "2026-03-01", **DUVET), event("purchased", "2026-03-02", **DUVET)]
    assert told(context_of(events=events)["evidence"], "carted_at") is None
    events.append(event("carted", "2026-03-03", **DUVET))
    assert told(context_of(events=events)["evidence"], "carted_at") == datetime(2026, 3, 3, tzinfo=UTC)


def test_what_was_done_with_the_very_product_is_told_apart(context_of, event):
    """Views of another one in the same category are evidence for the offer, and not of this product."""
    alpaca = {**DUVET, "product": "duvet-alpaca"}
    own = [event("viewed", "2026-03-01", **DUVET), event("carted", "2026-03-02", **DUVET)]
    other = [event("viewed", "2026-03-03", **alpaca), event("carted", "2026-03-04", **alpaca)]

    def of_product(events, **more):
        evidence = context_of(events=events, **more)["evidence"]
        at = (told(evidence, name) for name in ("product_viewed_at", "product_carted_at"))
        return evidence["product_viewed"], *(moment and moment.day for moment in at)

    assert of_product([*own, *other]) == (1, 1, 2)
    assert of_product(other) == (0, None, None)
    assert of_product([*own, *other], offer=Offer("any", Assortment.of(["home/bedding/duvets"]))) == (2, 3, 4)
    assert of_product([*own, event("purchased", "2026-03-05", **alpaca)]) == (1, 1, None)


def test_what_came_back_is_no_purchase_to_speak_of(context_of, event):
    """Unless it was bought again; a return of something else changes nothing, nor one that the brand may not see."""
    bought = [event("purchased", "2026-02-01", product="pan"), event("purchased", "2026-02-02", product="board")]

    def last(*events, **more):
        evidence = context_of(events=[*bought, *events], **more)["evidence"]
        return evidence["last_purchase_product"], evidence["recent_purchases"]

    assert last() == ("board", ("board", "pan"))
    assert last(event("returned", "2026-02-03", product="board")) == ("pan", ("pan",))
    assert last(event("returned", "2026-02-02", product="board")) == ("pan", ("pan",))
    again = event("purchased", "2026-02-04", product="board")
    assert last(event("returned", "2026-02-03", product="board"), again) == ("board", ("board", "pan"))
    assert last(event("returned", "2026-02-01T00:00", product="board")) == ("board", ("board", "pan"))
    assert last(event("returned", "2026-02-03", "lumen", product="board")) == ("board", ("board", "pan"))


def test_of_a_stranger_nothing_is_told(context_of):
    """Without events there is no evidence to tell, and counts are zero."""
    words = context_of({})
    evidence, recognition = words["evidence"], words["recognition"]
    assert [name for name in sorted(WORDS["evidence"]) if told(evidence, name)] == []
    assert evidence["viewed"] == 0
    assert [told(recognition, name) for name in ("tier", "since", "years", "brands")] == [None, None, None, ()]
    assert recognition["new_here"] is True


def test_recognition_knows_the_family(context_of, life):
    """Tier, years and brands are told across the sisters that share."""
    recognition = context_of({"tier": "gold"}, life)["recognition"]
    assert recognition["tier"] == "gold"
    assert recognition["since"] == datetime(2020, 3, 6, 13, tzinfo=UTC)
    assert recognition["years"] == 5  # an hour short of the sixth anniversary
    assert recognition["brands"] == ("Harbor Home", "Harbor Kids")
    assert recognition["sister_brands"] == ("Harbor Kids",)
    assert recognition["new_here"] is False


def test_a_brand_that_does_not_share_is_known_to_itself_only(context_of, life):
    """What happened with such a brand is told there, with what its sisters share, and nowhere else."""
    assert context_of(events=life, brand="lumen")["recognition"]["brands"] == ("Harbor Home", "Harbor Kids", "lumen")
    assert "lamp" in context_of(events=life, brand="lumen")["evidence"]["recent_purchases"]
    assert "lamp" not in context_of(events=life, brand="harbor")["evidence"]["recent_purchases"]


def test_withdrawn_sharing_is_honoured(context_of, life, event):
    """Where sharing was withdrawn, only the brand's own history is told, and no tier."""
    events = [*life, event("sharing_withdrawn", "2026-03-04", "")]
    words = context_of({"tier": "gold", "given_name": "Maren"}, events, brand="harbor-kids")
    assert words["recognition"]["brands"] == ("Harbor Kids",)
    assert words["evidence"]["viewed"] == 0
    assert words["evidence"]["recent_purchases"] == ("star-light",)
    assert told(words["recognition"], "tier") is None
    assert told(words["person"], "tier") is None
    assert words["person"]["given_name"] == "Maren"


def test_sharing_counts_at_the_time(context_of, life, event):
    """A later grant restores it, and a withdrawal in the future does not count yet."""
    granted = [event("sharing_withdrawn", "2026-03-04", ""), event("sharing_granted", "2026-03-05", "")]
    assert context_of({"tier": "gold"}, [*life, *granted])["recognition"]["tier"] == "gold"
    future = event("sharing_withdrawn", "2026-03-07", "")
    assert context_of({"tier": "gold"}, [*life, future])["recognition"]["tier"] == "gold"


def test_the_offer_is_told(context_of):
    """The words of an offer; what it does not have is missing."""
    offer = context_of()["offer"]
    assert {name: told(offer, name) for name in sorted(WORDS["offer"])} == {
        "category": "home/bedding/duvets",
        "creative": "duvet-hero",
        "incentive": "early_access",
        "name": "first-in-line",
        "price": 129.0,
        "product": "duvet-dusty-rose",
        "recognises": "gold",
    }
    plain = context_of(offer=Offer("plain", incentive=Incentive.NONE))["offer"]
    assert [told(plain, name) for name in ("product", "price", "incentive", "category")] == [
        None,
        None,
        None,
        "home/bedding",
    ]


def test_brand_family_and_campaign_are_told(context_of):
    """A brand without a name goes by its key."""
    words = context_of(brand="lumen")
    assert (words["brand"]["key"], words["brand"]["name"]) == ("lumen", "lumen")
    assert words["family"]["currency"] == "USD"
    assert (words["campaign"]["purpose"], words["campaign"]["channel"]) == ("promotional", "email")


def test_the_words_are_those_of_the_vocabulary(context_of, life):
    """Every word that is documented is there, and no other one."""
    words = context_of({"tier": "gold"}, life)
    assert set(words) == TOP_LEVEL
    for name, attributes in WORDS.items():
        told(words[name], min(attributes))  # whichever it is: values are found when the first one is asked for
        assert set(words[name]._values) == attributes


def test_the_link_to_unsubscribe_leads_nowhere_in_a_preview(context_of):
    """Without a link, a reserved address stands in its place; whoever sends gives the real one."""
    assert context_of()["unsubscribe_url"] == NO_UNSUBSCRIBE_URL
    assert context_of(unsubscribe_url="https://x.example/u")["unsubscribe_url"] == "https://x.example/u"
