"""Names of time zones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones


@cache
def _names() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def zone_named(text: str) -> str:
    """Give the IANA name that is meant, whatever its case. Raises ValueError where there is none."""
    name = _names().get(text.casefold())
    if name is None:
        raise ValueError("it is not the name of a time zone, such as Europe/Berlin")
    return name
