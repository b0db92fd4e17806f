"""Quiet hours on ordinary nights, and on the nights when clocks change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.facts.quiet import quiet_until, zone_for
from sendgate.model.times import NEVER

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = (21 * 60, 8 * 60)


def at(text: str) -> float:
    """Read a time with its offset."""
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-10T21:00+01:00", "2026-01-11T08:00+01:00"),
        ("2026-01-10T20:59+01:00", None),
        ("2026-01-11T07:59+01:00", "2026-01-11T08:00+01:00"),
        ("2026-01-11T08:00+01:00", None),
        ("2026-01-11T00:00+01:00", "2026-01-11T08:00+01:00"),
        # The clock goes forward at 02:00 on 29 March, and back at 03:00 on 25 October.
        ("2026-03-28T22:00+01:00", "2026-03-29T08:00+02:00"),
        ("2026-10-24T22:00+02:00", "2026-10-25T08:00+01:00"),
    ],
)
def test_the_night_ends_by_the_local_clock(now: str, until: str | None) -> None:
    """The interval is half open, goes over midnight, and follows the local clock through a change of time."""
    assert quiet_until(at(now), BERLIN, *NIGHT) == (at(until) if until else NEVER)


def test_an_hour_that_the_clock_skips_keeps_the_longer_night() -> None:
    """An end at 02:30 on the night without a 02:30 is taken where the clock has certainly passed it."""
    assert quiet_until(at("2026-03-29T01:30+01:00"), BERLIN, 60, 150) == at("2026-03-29T03:30+02:00")


def test_an_hour_that_the_clock_repeats_keeps_the_longer_night() -> None:
    """An end at 02:30 on the night with two of them is the second."""
    assert quiet_until(at("2026-10-25T02:10+02:00"), BERLIN, 60, 150) == at("2026-10-25T02:30+01:00")


def test_an_interval_within_a_day() -> None:
    """From noon to two is the same day."""
    assert quiet_until(at("2026-01-10T13:00+01:00"), BERLIN, 720, 840) == at("2026-01-10T14:00+01:00")
    assert quiet_until(at("2026-01-10T11:59+01:00"), BERLIN, 720, 840) == NEVER


@pytest.mark.parametrize("name", ["", "No/Where", "../etc/passwd", "\0"])
def test_what_is_no_zone_gives_the_assumed_one(name: str) -> None:
    """An unknown, misspelt or malicious zone is nobody's home."""
    assert zone_for(name, "Asia/Kathmandu").key == "Asia/Kathmandu"


@given(
    now=st.floats(0, 4e9),
    zone=st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Niue", "Australia/Lord_Howe", "America/St_Johns"]),
    start=st.integers(0, 1439),
    end=st.integers(0, 1439),
)
def test_wherever_one_lives_the_local_clock_decides(now: float, zone: str, start: int, end: int) -> None:
    """Away from changes of the clock, it is quiet exactly when the local clock lies between the two times."""
    home = ZoneInfo(zone)
    local = datetime.fromtimestamp(now, home)
    around = {datetime.fromtimestamp(now + shift, home).utcoffset() for shift in (-90_000, 0, 90_000)}
    minutes = local.hour * 60 + local.minute
    inside = start <= minutes < end if start < end else minutes >= start or minutes < end
    if len(around) == 1:
        assert (quiet_until(now, home, start, end) > NEVER) == inside
