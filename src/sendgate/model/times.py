"""Times and durations as numbers.

A time is a float: seconds since 1970-01-01T00:00Z. A duration is a float: seconds. "Never" and "open-ended" are
ordinary (very small, very large) numbers, so that comparisons need no third truth value and both regimes agree.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

NEVER = -1e15
"""Before everything: the time of something that did not happen."""

FOREVER = 1e15
"""After everything: the end of something that has no known end."""

UNKNOWN = -1e15
"""A number that nobody knows, such as the price of an event that has none."""

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0

EARLIEST = datetime(1970, 1, 2, tzinfo=UTC).timestamp()
LATEST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
"""Times outside EARLIEST..LATEST are typing errors (year 1, year 9999), and are rejected at the edge."""

UTMOST = 1e11
"""Beyond this, in the year 5138, no sentence speaks of a time: times plus durations stay far below."""

_UNITS = {"s": 1.0, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_DIGITS = {"s": 9, "m": 8, "h": 6, "d": 5, "w": 4}
"""How many a duration may have, by unit: some decades to some centuries, so that a time plus a duration is a time."""

_WRITTEN = "|".join(rf"[0-9]{{1,{most}}}(\.[0-9]{{1,9}})?\s*{unit}" for unit, most in _DIGITS.items())
DURATION = rf"\s*({_WRITTEN})\s*"
"""What a duration looks like; blanks of all kinds may stand in it, as pages put a no-break one before a unit."""

_DURATION = re.compile(DURATION)
_TOO_LONG = re.compile(r"\s*[0-9]+(?:\.[0-9]{1,9})?\s*([smhdw])\s*")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_duration(text: str) -> float:
    """Read ``90m``, ``12h``, ``7d`` or ``2w`` as seconds; raise ValueError otherwise."""
    if not _DURATION.fullmatch(text):
        long = _TOO_LONG.fullmatch(text)
        if long:
            raise ValueError(f"expected at most {'9' * _DIGITS[long[1]]}{long[1]}")
        raise ValueError("expected a number and a unit, such as 90m, 12h, 7d or 2w")
    written = text.strip()
    return float(written[:-1].strip()) * _UNITS[written[-1]]  # ``float`` knows fewer blanks


@lru_cache(maxsize=256)
def span(seconds: float) -> str:
    """Say a duration in its largest whole unit: ``7 days``, ``12 hours``, ``1 day``."""
    for size, noun in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= size and seconds % size == 0:
            return counted(seconds / size, noun)
    return counted(seconds, "second")


_DATE = len("2026-03-04T")
"""How far a date goes, with what parts it from the time of day."""


def counted(number: float, noun: str, plural: str = "") -> str:
    """Say a whole number with its noun: ``1 message``, ``1,204 messages``; ``1 person``, where the plural is given."""
    return f"{int(number):,} {noun if int(number) == 1 else plural or f'{noun}s'}"


def parse_time(text: str) -> float:
    """Read an ISO 8601 time (or date) as epoch seconds; without an offset it is UTC. Raise ValueError otherwise."""
    written = text.strip()
    if " " in written[_DATE:]:  # Python lets a blank stand before an offset: no table would, and no standard
        raise ValueError(f"expected no blank within the time of day, not `{written}`")
    moment = datetime.fromisoformat(written)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    seconds = (moment - _EPOCH).total_seconds()
    if not EARLIEST <= seconds < LATEST:
        raise ValueError(f"expected a time from 1970 to 2199, not `{written}`")
    return seconds


def to_datetime(seconds: float) -> datetime:
    """Turn epoch seconds into a datetime in UTC."""
    return _EPOCH + timedelta(seconds=seconds)


def iso(seconds: float) -> str:
    """Write epoch seconds as ``2026-03-04T09:12:00Z``; never and open-ended are empty."""
    if not EARLIEST <= seconds < UTMOST:
        return ""
    return to_datetime(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_end(seconds: float) -> str:
    """Write the end of a wait as ``iso`` does, by the first full second at which it is over."""
    return iso(float(math.ceil(seconds)))
