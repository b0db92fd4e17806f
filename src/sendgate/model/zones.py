"""Names of time zones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

_CLOSE = 0.8
"""As close as `Europe/Lundon` is to `Europe/London`."""


@cache
def _names() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def zone_named(text: str) -> str:
    """Give the IANA name that is meant, whatever its case. Raises ValueError where there is none."""
    name = _names().get(text.casefold())
    if name is None:
        raise ValueError("it is not the name of a time zone, such as Europe/Berlin")
    return name


def zone_meant(text: str) -> str:
    """Give the name that was probably meant, for a place without its continent too, or the empty text."""
    from difflib import get_close_matches  # noqa: PLC0415  only where something is wrong

    word = text.casefold().replace(" ", "_")
    here = [name for folded, name in _names().items() if folded.endswith(f"/{word}")]
    if len(here) == 1:
        return here[0]
    near = get_close_matches(word, _names(), n=1, cutoff=_CLOSE)
    return _names()[near[0]] if near else ""
