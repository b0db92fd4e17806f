"""Times and durations as people write them."""

from __future__ import annotations

import pytest

from sendgate.model.times import DAY, FOREVER, HOUR, MINUTE, NEVER, iso, iso_end, parse_duration, parse_time, span


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90m", 90 * MINUTE),
        ("12h", 12 * HOUR),
        ("7d", 7 * DAY),
        ("2w", 14 * DAY),
        (" 1.5 d ", 1.5 * DAY),
        ("5s", 5),
        ("3\N{NO-BREAK SPACE}d", 3 * DAY),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    """A duration is a number and a unit."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "7", "d", "7 days", "-7d", "7d2h", "1e3d", "\N{ARABIC-INDIC DIGIT SEVEN}d", "inf d"]
)
def test_what_is_no_duration(text: str) -> None:
    """Anything else is refused, with what was expected."""
    with pytest.raises(ValueError, match="a number and a unit"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "most"),
    [("9999999d", "99999d"), ("100000 d", "99999d"), ("10000w", "9999w"), ("1234567890.5s", "999999999s")],
)
def test_a_duration_has_an_end(text: str, most: str) -> None:
    """A time plus a duration must stay a time that calendars have."""
    with pytest.raises(ValueError, match=f"^expected at most {most}$"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-03-04T09:12:00Z", "2026-03-04T09:12:00Z"),
        ("2026-03-04T09:12:00", "2026-03-04T09:12:00Z"),
        ("2026-03-04T09:12:00+02:00", "2026-03-04T07:12:00Z"),
        ("2026-03-04", "2026-03-04T00:00:00Z"),
        (" 2026-03-04 09:12 ", "2026-03-04T09:12:00Z"),
    ],
)
def test_times(text: str, written: str) -> None:
    """A time without an offset is UTC."""
    assert iso(parse_time(text)) == written


@pytest.mark.parametrize("text", ["", "yesterday", "04/03/2026", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_what_is_no_time(text: str) -> None:
    """Nonsense, and years that are typing errors, are refused."""
    with pytest.raises(ValueError, match=r"."):
        parse_time(text)


def test_never_and_open_ended_are_not_written() -> None:
    """What has no end has no date."""
    assert iso(NEVER) == iso(FOREVER) == iso_end(NEVER) == iso_end(FOREVER) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(7 * DAY, "7 days"), (DAY, "1 day"), (12 * HOUR, "12 hours"), (90 * MINUTE, "90 minutes"), (1, "1 second")],
)
def test_spans(seconds: float, text: str) -> None:
    """A duration is said in its largest whole unit."""
    assert span(seconds) == text
