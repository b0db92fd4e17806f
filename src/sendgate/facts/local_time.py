"""What a local clock shows.

Clocks are set at full quarters of an hour, so that the offset at the start of a quarter holds for all of it: tables
look it up by quarter, and one person is asked about the same way.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from sendgate.model.times import DAY, HOUR, MINUTE

QUARTER = 15 * MINUTE


@lru_cache(maxsize=65_536)
def offset(quarter: int, zone: ZoneInfo) -> float:
    """Give how far a clock is ahead of UTC, in seconds, in a quarter of an hour (counted since 1970)."""
    ahead = datetime.fromtimestamp(quarter * QUARTER, UTC).astimezone(zone).utcoffset()
    return ahead.total_seconds() if ahead is not None else 0.0


def local_time(now: float, zone: ZoneInfo, part: str) -> float:
    """Give the hour or the weekday that a clock shows at a moment (epoch seconds)."""
    quarter = int(now // QUARTER)
    shown = quarter * QUARTER + offset(quarter, zone)
    return shown % DAY // HOUR if part == "hour" else (shown // DAY + 3) % 7  # 1970 began on a Thursday
