"""Money, dates and keys as people read them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sendgate.errors import RenderError
from sendgate.rendering.missing import Words

MONEY = [
    ("129.0", "USD", "$129"),
    ("129.5", "USD", "$129.50"),
    ("1299.99", "EUR", "€1,299.99"),
    ("0", "GBP", "£0"),
    ("-5", "USD", "-$5"),
    ("129.4", "JPY", "¥129"),
    ("129", "SEK", "SEK 129"),
    ("129.9", "", "129.90"),
    ("'12.5'", "USD", "$12.50"),
]


@pytest.mark.parametrize(("amount", "currency", "text"), MONEY)
def test_money_reads_like_a_price(sms, context, amount, currency, text):
    """An amount gets its currency, thousands and decimals; a whole amount has none."""
    family = Words("family", {"name": "F", "currency": currency})
    assert sms("{{ " + amount + " | money }}", {**context, "family": family}) == text


def test_money_may_name_its_currency(sms):
    """Another currency than the family's can be given."""
    assert sms("{{ 5 | money('EUR') }} {{ offer.price | money }}") == "€5 $129"


@pytest.mark.parametrize(
    "body", ["{{ 'abc' | money }}", "{{ 'nan' | money }}", "{{ '1e400' | money }}", "{{ [] | money }}"]
)
def test_money_of_no_number_is_refused(sms, body):
    """Text, infinities and lists are not prices."""
    with pytest.raises(RenderError):
        sms(body)


def test_money_in_an_imported_macro_needs_the_words(render):
    """A macro that was imported without context cannot know the currency, and says what to do."""
    creative = "{% from 'second.j2' import price %}{% block subject %}{{ price(5) }}{% endblock %}"
    with pytest.raises(RenderError, match="with context"):
        render(creative, "{% macro price(x) %}{{ x | money }}{% endmacro %}")


DATES = [
    ("", "6 March 2026"),
    ("('short')", "6 March"),
    ("('weekday')", "Friday"),
    ("('month')", "March 2026"),
    ("('year')", "2026"),
    ("('time')", "12:00"),
    ("('iso')", "2026-03-06"),
]


@pytest.mark.parametrize(("style", "text"), DATES)
def test_dates_have_styles(sms, style, text):
    """A time is written in one of a few styles."""
    assert sms("{{ now | date" + style + " }}") == text


def test_dates_are_local(sms, context_of):
    """A time is shown as the person's own clock shows it; an unknown zone is UTC."""
    assert sms("{{ now | date('time') }}", context_of({"timezone": "Asia/Tokyo"})) == "21:00"
    assert sms("{{ now | date('time') }}", context_of({"timezone": "Mars/Olympus"})) == "12:00"


@pytest.mark.parametrize("body", ["{{ now | date('%1000000Y') }}", "{{ 'x' | date }}", "{{ 5 | date }}"])
def test_dates_have_no_other_styles(sms, body):
    """A pattern of one's own, or something that is no time, is refused."""
    with pytest.raises(RenderError, match="date"):
        sms(body)


@pytest.mark.parametrize(
    ("key", "text"),
    [("duvet-dusty-rose", "duvet dusty rose"), ("home/bedding/duvets", "duvets"), ("a_b", "a b"), ("X", "X")],
)
def test_keys_read_as_words(sms, context_of, key, text):
    """A product's key or the last part of a category path becomes words."""
    assert sms("{{ person.key | words }}", context_of({"key": key})) == text


def test_a_price_that_is_not_given_is_missing(sms, context_of):
    """An offer without a price has none to print."""
    from sendgate.model.campaigns import Offer

    offer = replace(Offer("plain"), price=None)
    with pytest.raises(RenderError) as caught:
        sms("{{ offer.price | money }}", context_of(offer=offer))
    assert caught.value.value == "offer.price"
