"""Addresses in one form each."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.model import addresses
from sendgate.model.addresses import normalise_email, normalise_phone, region_of


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (" Ann@X.Example ", "ann@x.example"),
        ("ann+news@x.example", "ann+news@x.example"),
        ("a@Bücher.example", "a@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("ÅNN@x.example", "ånn@x.example"),
        ("A\u030ann@x.example", "ånn@x.example"),
        ("o'brien@x.example", "o'brien@x.example"),
        ("a@b.test", "a@b.test"),
    ],
)
def test_equal_addresses_get_one_form(written, address):
    """Case, blanks, Unicode forms and internationalised domains do not make two people of one."""
    assert normalise_email(written) == address
    assert normalise_email(address) == address


@pytest.mark.parametrize("text", ["", "ann", "a@x", "a@@x.example", "a b@x.example", "a..b@x.example", "a@b.invalid"])
def test_an_address_that_is_none_is_refused_with_the_reason(text):
    """The reason can stand behind a colon: lower case, no final period."""
    with pytest.raises(ValueError, match=r"^[a-z].*[^.]$"):
        normalise_email(text)


@given(st.from_regex(re.compile(addresses.EMAIL_AS_IS), fullmatch=True))
def test_plain_email_addresses_are_what_the_library_says(text):
    """The pattern takes only addresses that the library accepts, and whose normal form is their lower case."""
    from email_validator import validate_email

    valid = validate_email(text, check_deliverability=False, test_environment=True)
    assert f"{valid.local_part.casefold()}@{valid.ascii_domain}" == text.lower() == normalise_email(text)


@given(st.from_regex(re.compile(addresses.PHONE_AS_IS), fullmatch=True))
def test_plain_phone_numbers_are_what_the_library_says(text):
    """The pattern takes only numbers that the library finds possible and writes the same."""
    import phonenumbers

    number = phonenumbers.parse(text, None)
    assert phonenumbers.is_possible_number(number)
    assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == text == normalise_phone(text)


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("+1 555 010 0199", "", "+15550100199"),
        ("0151 23456789", "DE", "+4915123456789"),
        (" tel:+49-151-23456789 ", "", "+4915123456789"),
        ("+15552345678", "", "+15552345678"),
    ],
)
def test_phone_numbers_become_e164(written, region, number):
    """However a number is written, it is one number."""
    assert normalise_phone(written, region) == number


@pytest.mark.parametrize(
    ("text", "reason"), [("0151 23456789", "country code"), ("abc", "not a phone number"), ("+112345", "digits")]
)
def test_a_phone_number_that_is_none_is_refused_with_the_reason(text, reason):
    """A national number without a region could belong to anybody."""
    with pytest.raises(ValueError, match=reason):
        normalise_phone(text)


@pytest.mark.parametrize(
    ("locale", "region"), [("de_AT", "AT"), ("de-at", "AT"), ("zh-Hans-CN", "CN"), ("de_DE.UTF-8", "DE"), ("de", "")]
)
def test_a_locale_tells_the_country(locale, region):
    """Where a locale names a country, national phone numbers can be read."""
    assert region_of(locale) == region
