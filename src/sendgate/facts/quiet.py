"""Quiet intervals in local time, as moments in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sendgate.model.times import DAY, NEVER


@lru_cache(maxsize=1024)
def zone_for(name: str, assume: str) -> ZoneInfo:
    """Give a zone by its IANA name, or the assumed one where the name is unknown or no zone."""
    try:
        return ZoneInfo(name or assume)
    except (KeyError, ValueError, OSError):  # no such zone, or no zone's name at all
        return ZoneInfo(assume)


def _moment(day: date, minutes: int, zone: ZoneInfo, *, late: bool) -> float:
    """Find when a local clock shows a time of day.

    Where the clock skips or repeats it, there are two answers; the interval takes the longer night.
    """
    wall = datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=zone)
    moments = (wall.timestamp(), wall.replace(fold=1).timestamp())
    return max(moments) if late else min(moments)


def quiet_interval(day: date, zone: ZoneInfo, start: int, end: int) -> tuple[float, float]:
    """Give the quiet interval that begins on a local day: from (inclusive) and to (exclusive), epoch seconds."""
    over_midnight = timedelta(days=1) if end <= start else timedelta()
    return _moment(day, start, zone, late=False), _moment(day + over_midnight, end, zone, late=True)


@lru_cache(maxsize=65_536)
def quiet_intervals(utc_day: int, zone: ZoneInfo, start: int, end: int) -> tuple[tuple[float, float], ...]:
    """List the quiet intervals that touch a day of UTC (days since 1970), in order of time.

    Local days differ from UTC days by up to 14 hours, and an interval may begin on the day before.
    """
    today = datetime.fromtimestamp(utc_day * DAY, UTC).date()
    near = (quiet_interval(today + timedelta(days=shift), zone, start, end) for shift in (-2, -1, 0, 1))
    return tuple((begin, stop) for begin, stop in near if begin < (utc_day + 1) * DAY and stop > utc_day * DAY)


def quiet_until(now: float, zone: ZoneInfo, start: int, end: int) -> float:
    """Give the end of the quiet interval that a moment lies in, or NEVER."""
    inside = [stop for begin, stop in quiet_intervals(int(now // DAY), zone, start, end) if begin <= now < stop]
    return max(inside, default=NEVER)
