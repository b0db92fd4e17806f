"""The templates that come with sendgate are usable as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sendgate.model.campaigns import Channel, Offer
from sendgate.model.categories import Assortment
from sendgate.rendering import limits
from sendgate.rendering.checking import template_mistakes
from sendgate.rendering.filters import FILTERS
from sendgate.rendering.renderer import Renderer
from sendgate.rendering.vocabulary import TOP_LEVEL, WORDS

TOP = Path(__file__).parents[3]
TEMPLATES = TOP / "templates"
DOCUMENTED = (TOP / "docs" / "templates.md").read_text(encoding="utf-8")
MAILS = ["offer.j2", "early-access.j2", "companion.j2", "thank-you.j2"]
CREATIVES = [*((mail, Channel.EMAIL) for mail in MAILS), ("offer-sms.j2", Channel.SMS), ("offer-push.j2", Channel.PUSH)]


@pytest.fixture
def renderer():
    """Render from the shipped folder."""
    return Renderer(TEMPLATES)


@pytest.fixture
def maren(event):
    """A gold customer with a phone from last month and a duvet in the cart."""
    duvet = {"category": "home/bedding/duvets", "product": "duvet-dusty-rose"}
    return (
        {"given_name": "Maren & Co", "tier": "gold", "timezone": "America/New_York"},
        [
            event("purchased", "2019-05-02", category="home/kitchen", product="carving-board"),
            event("purchased", "2026-02-20T18:00", "harbor-kids", category="phones", product="compass-phone-9"),
            *(event("viewed", f"2026-03-0{day}T10:00", **duvet) for day in range(1, 6)),
            event("carted", "2026-03-03T10:00", **duvet),
        ],
    )


@pytest.mark.parametrize(("name", "channel"), CREATIVES)
def test_a_shipped_template_has_no_mistakes(name, channel):
    """`check` has nothing to say about them."""
    assert template_mistakes(TEMPLATES, [name], channel) == []


def test_every_shipped_template_is_tested():
    """A new file in the folder is a creative, a layout, or the house's pieces."""
    names = {path.name for path in TEMPLATES.iterdir()}
    assert names == {name for name, _ in CREATIVES} | {"layout.j2", "house.j2"}


@pytest.mark.parametrize(("name", "channel"), CREATIVES)
@pytest.mark.parametrize("brand", ["harbor", "harbor-kids", "lumen"])
def test_a_shipped_template_renders(renderer, context_of, maren, name, channel, brand):
    """Each renders for a customer with a history, for each brand."""
    assert renderer.render(name, channel, context_of(*maren, brand=brand))


@pytest.mark.parametrize("name", ["offer.j2", "offer-sms.j2", "offer-push.j2"])
def test_offers_render_for_somebody_hardly_known(renderer, context_of, name):
    """Without a name, a price or a history an offer still reads well."""
    offer = Offer("plain", Assortment.of(["home/bedding"]))
    message = renderer.render(name, dict(CREATIVES)[name], context_of({}, offer=offer))
    assert not re.search(r"\bNone\b|  ,|Hi ,|\(\)", str(message))


@pytest.mark.parametrize("name", ["offer.j2", "offer-push.j2"])
def test_nobody_is_told_of_an_interest_that_they_never_showed(renderer, context_of, maren, name):
    """Where no gate asks for evidence an offer reaches people without any."""
    known = str(renderer.render(name, dict(CREATIVES)[name], context_of(*maren)))
    assert re.search("thinking about it|came back to it|another look|In your cart", known)
    message = str(renderer.render(name, dict(CREATIVES)[name], context_of({"given_name": "Bo"})))
    assert "Have a look" in message
    assert not re.search("thinking|looking|came back|another look|eye on it|Why this came", message)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("viewed", "You looked at it."), ("searched", "You searched for something like it."),
        ("clicked", "You followed a link to something like it."),
        ("purchased", "You bought something like it before."), ("redeemed", "You took an offer like it before."),
    ],
)  # fmt: skip
def test_a_mail_says_why_it_came_in_whole_sentences(renderer, context_of, event, kind, told):
    """A decision's "viewed 1 time in 4 days" is for who asks why; a customer is told what they looked at."""
    did = event(kind, "2026-03-01T10:00", category="home/bedding/duvets", product="duvet-dusty-rose")
    context = context_of({"given_name": "Bo"}, [did], evidence_words=f"{kind} 1 time in 4 days")
    assert f"Why this came to you. {told}\n" in renderer.render("offer.j2", Channel.EMAIL, context).text


@pytest.mark.parametrize("name", ["offer.j2", "early-access.j2", "companion.j2", "offer-push.j2"])
def test_nobody_is_told_that_they_looked_at_what_they_did_not(renderer, context_of, maren, event, name):
    """Other goods of the same category are evidence, and are not the product that the message is about."""
    attributes, life = maren
    another = {"category": "home/bedding/duvets", "product": "duvet-alpaca"}
    looked = [event("viewed", f"2026-03-0{day}", **another) for day in (3, 4)] + [
        event("carted", "2026-03-04", **another)
    ]
    events = [*(one for one in life if one.kind == "purchased"), *looked]
    words = context_of(attributes, events, evidence_words="viewed 2 times in 3 days")
    message = str(renderer.render(name, dict(CREATIVES)[name], words))
    assert not re.search("thinking|looking|looked at it|came back|eye on it|n your cart|a look at", message)


def test_only_looks_at_the_product_itself_are_counted_to_somebody(renderer, context_of, maren, event):
    """One look at another duvet, and another one in the cart, are not told as this one's."""
    attributes, life = maren
    own, another = (
        {"category": "home/bedding/duvets", "product": f"duvet-{name}"} for name in ("dusty-rose", "alpaca")
    )
    bought = [one for one in life if one.kind == "purchased"]
    looks = [event("viewed", f"2026-03-0{day}", **own) for day in (1, 2)]
    also = [event("viewed", "2026-03-03", **another), event("carted", "2026-03-04", **another)]

    def text(name, *events):
        words = context_of(attributes, [*bought, *events, *also], evidence_words="viewed 3 times in 6 days")
        return str(renderer.render(name, dict(CREATIVES)[name], words))

    for name in ("offer.j2", "early-access.j2"):
        assert "You looked at it 2 times" in text(name, *looks)
        assert not re.search("3 times|n your cart", text(name, *looks))
    assert "You looked at it." in text("offer.j2", looks[0])
    assert "You had your eye on it" in text("offer-push.j2", *looks)


@pytest.mark.parametrize("name", ["offer.j2", "offer-push.j2"])
def test_a_weekday_is_told_of_the_last_days_only(renderer, context_of, event, name):
    """What has been in the cart since last month has not been there since Wednesday."""
    duvet = {"category": "home/bedding/duvets", "product": "duvet-dusty-rose"}
    since = {"2026-03-04": "Wednesday", "2026-01-28": "28 January", "2025-01-29": "29 January 2025"}
    for day, told in since.items():
        words = context_of(events=[event("carted", day, **duvet)])
        assert f"n your cart since {told}" in str(renderer.render(name, dict(CREATIVES)[name], words))


def test_the_companion_says_what_came_after_the_purchase(renderer, context_of, maren, event):
    """Who looked before buying, or not at all, did not look since."""
    attributes, life = maren
    looked = {"category": "home/bedding/duvets", "product": "duvet-dusty-rose"}
    bought = [one for one in life if one.kind == "purchased"]
    assert (
        "and looked at duvet dusty rose since then"
        in renderer.render("companion.j2", Channel.EMAIL, context_of(*maren)).text
    )
    for events in (bought, [*bought, event("viewed", "2026-02-19", **looked)]):
        mail = renderer.render("companion.j2", Channel.EMAIL, context_of(attributes, events))
        assert "compass phone 9" in mail.text
        assert "since then" not in mail.text
        assert "had a look" not in mail.text


def test_years_are_those_with_whom_they_were_spent(renderer, context_of, maren, event):
    """Of a brand that somebody never bought from, or only after its sisters, no years are claimed."""
    attributes, life = maren
    elsewhere = [event("purchased", "2019-05-02", "harbor-kids", product="board")]

    def text(name, *events):
        return renderer.render(name, Channel.EMAIL, context_of(attributes, events)).text

    new = text("early-access.j2", *elsewhere)
    assert (
        "you are new to Harbor Home, but no stranger: our colleagues at Harbor Kids have known you for 6 years" in new
    )
    both = text("early-access.j2", *elsewhere, event("purchased", "2025-05-02", product="pan"))
    assert (
        "you have been with Harbor Home Group for 6 years, and our colleagues at Harbor Kids know you as well" in both
    )
    own = text("early-access.j2", event("purchased", "2019-05-02", product="pan"))
    assert "you have been with us for 6 years. That" in own
    assert "new to Harbor Home" not in text(
        "early-access.j2", *(one._replace(brand="harbor") for one in elsewhere), life[1]
    )


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("2026-01-03", "It is a good beginning."), ("2024-12-03", "You have been with us for more than a year."),
        ("2024-01-03", "You have been with us for 2 years."),
    ],
)  # fmt: skip
def test_thanks_call_only_the_first_year_a_beginning(renderer, context_of, event, first, told):
    """Who bought a year and a half ago began then."""
    bought = [event("purchased", first, product="board"), event("purchased", "2026-03-03", product="pan")]
    assert told in renderer.render("thank-you.j2", Channel.EMAIL, context_of(events=bought)).html


def test_thanks_name_the_sister_who_packed_it(renderer, context_of, event):
    """What was bought from a sister brand is not `ours`."""
    attributes = {"given_name": "Maren"}
    own = context_of(attributes, [event("purchased", "2026-03-03", product="pan")])
    assert "you chose our pan on Tuesday, and somebody here" in renderer.render("thank-you.j2", Channel.EMAIL, own).text
    sisters = context_of(attributes, [event("purchased", "2026-01-03", "harbor-kids", product="pan")])
    mail = renderer.render("thank-you.j2", Channel.EMAIL, sisters)
    for said in (mail.text, mail.html):
        assert "you chose the pan from Harbor Kids on 3 January, and somebody there packed it" in said


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_keeps_its_manners(renderer, context_of, maren, name):
    """Each mail says who writes, lets people leave, escapes what it prints, and is far from being cut off."""
    mail = renderer.render(name, Channel.EMAIL, context_of(*maren, unsubscribe_url="https://x.example/u?a=1&b=2"))
    assert 'href="https://x.example/u?a=1&amp;b=2"' in mail.html
    assert "https://x.example/u?a=1&b=2" in mail.text
    assert "Maren &amp; Co" in mail.html
    assert "Maren & Co" in mail.text
    assert "Harbor Home" in mail.text
    assert len(mail.html) < limits.HTML / 10
    assert "<" not in mail.text


def test_the_companion_remembers_the_phone(renderer, context_of, maren):
    """It names what was bought, where and when."""
    mail = renderer.render("companion.j2", Channel.EMAIL, context_of(*maren))
    assert mail.subject == "For your compass phone 9: duvet dusty rose"
    assert "You bought compass phone 9 from Harbor Kids on 20 February 2026" in mail.text


def test_the_thank_you_asks_for_nothing(renderer, context_of, maren):
    """There is one link in it, the one to unsubscribe."""
    mail = renderer.render("thank-you.j2", Channel.EMAIL, context_of(*maren))
    assert re.findall(r"href=\"([^\"]+)", mail.html) == ["https://unsubscribe.invalid/"]


def test_early_access_is_for_people_known_by_name(renderer):
    """It says what it needs."""
    assert renderer.required_values("early-access.j2", Channel.EMAIL) == ("given_name",)


def test_the_text_message_fits_one_segment(renderer, context_of, maren):
    """The sample is sent, and paid, as one short message."""
    assert renderer.render("offer-sms.j2", Channel.SMS, context_of(*maren)).segments == 1


@pytest.mark.parametrize("name", sorted(TOP_LEVEL | FILTERS.keys()))
def test_words_and_filters_are_documented(name):
    """Every word and filter that templates have is in the documentation."""
    assert f"`{name}`" in DOCUMENTED


@pytest.mark.parametrize("name", [f"{word}.{name}" for word, names in WORDS.items() for name in sorted(names)])
def test_attributes_are_documented(name):
    """Every attribute that templates have is in the documentation."""
    assert f"`{name}`" in DOCUMENTED


@pytest.mark.parametrize(
    "limit", ["SUBJECT", "PREHEADER", "HTML", "TEXT", "SMS_SEGMENTS", "PUSH_TITLE", "PUSH_BODY", "PUSH_LINK", "PUSH"]
)
def test_limits_are_documented(limit):
    """Every limit is in the documentation with its number."""
    assert f"{getattr(limits, limit):,}" in DOCUMENTED
