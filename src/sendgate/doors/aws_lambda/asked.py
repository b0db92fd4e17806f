"""What a campaign system puts on the queue, read strictly. No mistake shows a value: it may be an address.

Checked by hand: there are six fields, and what a validation library writes into its errors is the very input.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from sendgate.errors import InputError, MissingExtraError
from sendgate.model.addresses import normalise_email, normalise_phone
from sendgate.policy.suggestions import suggest

WHO = ("person", "email", "phone")
FIELDS = ("campaign", *WHO, "run", "data")

LONGEST = 256
"""Characters of a name, an id or an address."""
MOST_DATA = 16_384
"""Characters of ``data`` in all: it is kept with the message in the ledger."""


@dataclass(frozen=True)
class Wanted:
    """A message that is wanted, by the words of whoever wants it."""

    campaign: str
    """Its name; never a path."""
    who: str
    """A person's id, or a normalised address."""
    run: str
    data: Mapping[str, str]


def read_object(text: str) -> dict[str, Any]:
    """Read JSON as an object. Raises InputError where it is none, or leaves open what it means."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InputError("expected a JSON object, each of its names once") from None
    return as_object(value)


def as_object(value: Any) -> dict[str, Any]:
    """Give a JSON object as what it is. Raises InputError where it is something else."""
    if not isinstance(value, dict):
        raise InputError("expected a JSON object")
    return value


def read_wanted(values: Mapping[str, Any], campaigns: Mapping[str, object]) -> Wanted:
    """Read ``{campaign, person|email|phone, run?, data?}``; raise InputError with every mistake."""
    given = {name: value for name, value in values.items() if value is not None}
    mistakes = [
        *_unknown(given),
        *_campaign_mistakes(given.get("campaign"), campaigns),
        *_text_mistakes(given, *WHO, "run"),
        *_data_mistakes(given.get("data", {})),
    ]
    named = [name for name in WHO if name in given]
    if len(named) != 1:
        mistakes.append(f"expected one of `person`, `email` and `phone`, not {len(named)} of them")
    if mistakes:
        raise InputError("; ".join(mistakes))
    who = _trimmed(given[named[0]])
    read = _ADDRESSES.get(named[0])
    return Wanted(given["campaign"], read(who) if read else who, _trimmed(given.get("run", "")), given.get("data", {}))


def _trimmed(text: str) -> str:
    """Take off what people leave around a word, and not what stands between the parts of a key."""
    return text.strip(" \t\r\n")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name stands there twice")
    return values


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _unknown(given: Mapping[str, Any]) -> Iterator[str]:
    if unknown := [name for name in given if name not in FIELDS]:
        hints = dict.fromkeys(suggest(name, FIELDS) for name in unknown)
        yield f"{len(unknown)} fields that mean nothing here: {' '.join(hints)}"


def _campaign_mistakes(campaign: Any, campaigns: Mapping[str, object]) -> Iterator[str]:
    if not isinstance(campaign, str):
        yield "expected the name of a campaign as `campaign`"
    elif campaign not in campaigns:
        hint = suggest(campaign, campaigns) if len(campaign) <= LONGEST else ""
        yield "`campaign` names none of the campaigns" + (f": {hint}" if hint else "")


def _text_mistakes(given: Mapping[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        value = given.get(name)
        if name not in given or (name == "run" and value == ""):
            continue
        if not isinstance(value, str) or not _trimmed(value):
            yield f"`{name}` has to be text, and not empty"
        elif len(value) > LONGEST or not _trimmed(value).isprintable():
            yield f"`{name}` has to be at most {LONGEST} characters that can be printed"


def _data_mistakes(data: Any) -> Iterator[str]:
    if not isinstance(data, dict):
        yield '`data` has to be an object of texts, such as {"order": "17"}'
    elif not all(isinstance(value, str) for value in data.values()):
        yield "every value in `data` has to be text: write numbers as the message is to show them"
    elif not all(_is_unicode(text) for pair in data.items() for text in pair):
        yield "`data` holds half of a character"
    elif sum(len(name) + len(value) for name, value in data.items()) > MOST_DATA:
        yield f"`data` is longer than {MOST_DATA:,} characters"


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _email(text: str) -> str:
    try:
        return normalise_email(text)
    except ValueError:
        raise InputError("`email` is not an address that mail can be sent to") from None


def _phone(text: str) -> str:
    try:
        return normalise_phone(text)
    except ValueError:
        raise InputError("`phone` is not a number with its country code, such as +4915112345678") from None
    except MissingExtraError as error:
        raise InputError(f"`phone` cannot be read: {error}") from None


_ADDRESSES = {"email": _email, "phone": _phone}
