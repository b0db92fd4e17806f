"""Addresses stay out of what people look at."""

from __future__ import annotations

import pytest

from sendgate.model.people import Profile
from sendgate.report.discretion import anonymous, without_addresses


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ann@x.example", "a…@…"),
        ("`email` is not an email address: `ann.b+c@x`", "`email` is not an email address: `a…@…`"),
        ("Ann <ann@x.example>, bob@y.example;", "Ann <a…@…>, b…@…;"),
        ("https://x.example/u?to=ann%40x.example&a=1", "https://x.example/u?to=a…@…&a=1"),
        ("mailto:änn@bücher.example", "mailto:ä…@…"),
        ("+4915112345678 rang", "+4…78 rang"),
        ("call +1 212 555 0199", "call +1…99"),
    ],
)
def test_addresses_are_shortened(text: str, shown: str) -> None:
    """Wherever they stand in a text, in whatever writing."""
    assert without_addresses(text) == shown


@pytest.mark.parametrize(
    "text",
    ["p0001", "@media (max-width: 600px) {a{}}", "risk 1.17 %: joined less than 7 days ago: +1.78", "10000001", "a @ b",
     "2026-03-04T17:00:00+01:00", "a}@media print"],
)  # fmt: skip
def test_other_text_stays(text: str) -> None:
    """Ids, style sheets, times and sums of points are no addresses."""
    assert without_addresses(text) == text


def test_an_anonymous_profile_has_no_address() -> None:
    """Its other attributes are there, and an address that was unknown stays so."""
    whom = anonymous(Profile("ann", {"email": "ann@x.example", "given_name": "Ann"}))
    assert dict(whom.attributes) == {"email": "address-withheld", "given_name": "Ann"}
