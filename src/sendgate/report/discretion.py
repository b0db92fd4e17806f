"""Addresses stay out of what people look at, unless they are asked for.

Whatever is printed on a page goes through ``without_addresses``: an address may stand in a person's id, in a rejected
row, in the name of a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from sendgate.model.people import ADDRESS_OF, Profile

_PART = r"[^\s@<>(){}\[\],;:\"'`|=&?/\\%]"
_EMAIL = re.compile(rf"({_PART}){_PART}*(?:@|%40)({_PART}+)", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w+])\+(\d)[\d\s().-]{5,18}(\d{2})(?!\w)")
_WITHHELD = "address-withheld"


def without_addresses(text: str) -> str:
    """Shorten e-mail addresses to ``a…@…`` and international phone numbers to ``+4…07``.

    Beginning and end of an address are kept, so that somebody who knows the list can still tell people apart.
    """
    text = _EMAIL.sub("\\1…@…", text) if "@" in text or "%40" in text else text
    return _PHONE.sub("+\\1…\\2", text) if "+" in text else text


def anonymous(profile: Profile) -> Profile:
    """Put a placeholder in place of every address, for a message that others will look at."""
    withheld: Mapping[str, str] = dict.fromkeys(set(ADDRESS_OF.values()) & set(profile.attributes), _WITHHELD)
    return replace(profile, attributes={**profile.attributes, **withheld})
