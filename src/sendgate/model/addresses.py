"""Email addresses and phone numbers in one form each, so that equal addresses compare equal.

The libraries that know the rules are imported when they are needed: a decision about one person seldom needs them.
The two ``AS_IS`` patterns describe, in syntax that Python and RE2 share, addresses that need no library at all.
"""

from __future__ import annotations

import re
import unicodedata

from sendgate.errors import MissingExtraError

_ENDINGS = (
    "com", "net", "org", "edu", "gov", "info", "biz", "name", "app", "dev", "shop", "store", "online", "cloud",
    "email", "example",
)  # fmt: skip


def _any_case(word: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" for letter in word)


_ATOM = "[A-Za-z0-9_+-]{1,20}"
_LABEL = "[A-Za-z0-9]{1,20}(?:-[A-Za-z0-9]{1,10}){0,2}"
EMAIL_AS_IS = (
    f"{_ATOM}(?:[.]{_ATOM}){{0,2}}@{_LABEL}(?:[.]{_LABEL}){{0,2}}"
    f"[.](?:[A-Za-z]{{2}}|{'|'.join(map(_any_case, _ENDINGS))})"
)
"""Addresses that are valid beyond doubt and whose normal form is their lower case."""

PHONE_AS_IS = "[+](?:1[2-9][0-9]{9}|49[1-9][0-9]{8,9}|44[1-9][0-9]{9}|33[1-9][0-9]{8})"
"""Numbers that are possible beyond doubt and already in E.164."""

E164 = re.compile("[+][1-9][0-9]{6,14}")
"""What every number in E.164 looks like, whether there is such a number or not."""

_email_as_is = re.compile(EMAIL_AS_IS).fullmatch
_phone_as_is = re.compile(PHONE_AS_IS).fullmatch


def normalise_email(text: str) -> str:
    """Trim, check the syntax, write the domain in ASCII (IDNA) and fold case and Unicode forms.

    Nothing is looked up in the DNS. The folding takes ``Ann@x.example`` and ``ann@x.example`` for one person, which
    RFC 5321 leaves to the receiving host and which every large mailbox provider does.
    Raises ValueError with the reason where the address is not valid.
    """
    text = text.strip()
    if _email_as_is(text):
        return text.lower()
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  slow to import, seldom needed

    try:
        valid = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        raise ValueError(reason[:1].lower() + reason[1:]) from None
    local = unicodedata.normalize("NFC", valid.local_part.casefold())
    return f"{local}@{valid.ascii_domain.lower()}"


def normalise_phone(text: str, region: str = "") -> str:
    """Write a phone number in E.164: ``+4915112345678``.

    ``region`` (``DE``) says how to read a number without a country code; without it such numbers are refused.
    Raises ValueError with the reason, and MissingExtraError where the library for phone numbers is not installed.
    """
    text = text.strip()
    if _phone_as_is(text):
        return text
    try:
        import phonenumbers  # noqa: PLC0415  an optional part
    except ImportError as error:
        raise MissingExtraError("reading phone numbers", "audience") from error
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException as error:
        raise ValueError(_PHONE_REASONS.get(error.error_type, "it is not a phone number")) from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("it has too few or too many digits")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


_PHONE_REASONS = {0: "it needs a country code, such as +49"}
"""Reasons by the error type of phonenumbers; 0 is INVALID_COUNTRY_CODE."""


def region_of(locale: str) -> str:
    """Find the country in a locale: ``de_AT`` and ``de-AT`` give ``AT``, ``de`` gives the empty text."""
    parts = re.split("[-_.@]", locale)
    return next((part.upper() for part in parts[1:] if len(part) == 2 and part.isalpha()), "")  # noqa: PLR2004


def addresses_in(who: str) -> dict[str, str]:
    """Give the address that names somebody whom no file knows, by its people column; nothing where it is none."""
    for column, normalise in (("email", normalise_email), ("phone", normalise_phone)):
        try:
            return {column: normalise(who)}
        except (ValueError, MissingExtraError):
            continue
    return {}
