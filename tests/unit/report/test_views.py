"""From counts to what is drawn."""

from __future__ import annotations

from math import inf
from zoneinfo import ZoneInfo

import pytest

from sendgate.gates.frequency import Cap, Frequency
from sendgate.model.campaigns import Family
from sendgate.model.decisions import Mode, Outcome
from sendgate.model.times import parse_time
from sendgate.policy.policy import Policy
from sendgate.report.distributions import QUARTER, Bin, Scores, weekly_limit
from sendgate.report.summary import GateCount, Summary
from sendgate.report.views import calendar, funnel, histogram, weeks

SEND, DROP = Outcome.SEND, Outcome.DROP
BINS = [Bin(low, low * 2, {SEND: 3, DROP: 1}) for low in (0.25, 0.5, 1.0, 2.0)]


def quarters(*times: str) -> dict[int, int]:
    """Count one message for each time."""
    return {int(parse_time(time) // QUARTER): 1 for time in times}


def test_the_funnel_ends_with_those_who_are_left() -> None:
    """Each gate takes those whom it is the first to stop."""
    gates = [GateCount(name, Mode.ENFORCE, 9, 0, 0, 0, first=first) for name, first in (("a", 2), ("b", 0), ("c", 5))]
    steps = funnel(Summary(10, {}, tuple(gates), {}, ()))
    assert [(step.before, step.after) for step in steps] == [(10, 8), (8, 8), (8, 3)]


def test_a_threshold_lies_between_two_columns() -> None:
    """A low score is blocked on the left, a high risk on the right."""
    drawn = histogram(Scores(1.0, observed=False, nothing={}, bins=BINS), percent=False, most=False)
    assert drawn.line is not None
    assert (drawn.line.place, drawn.line.blocked, drawn.line.label) == (2, "left", "at least 1")
    drawn = histogram(Scores(0.5, observed=True, nothing={DROP: 7}, bins=BINS), percent=True, most=True)
    assert drawn.line is not None
    assert (drawn.line.place, drawn.line.blocked, drawn.line.dashed) == (1, "right", True)
    assert drawn.numbers[0] == ("none", 0, 0, 7)
    assert drawn.columns[0].title == "25 % to 50 %: 3 send, 1 drop"


def test_a_score_that_no_gate_reads_has_no_line() -> None:
    """It is told all the same."""
    assert histogram(Scores(None, observed=False, nothing={}, bins=BINS), percent=False, most=False).line is None
    assert histogram(Scores(None, observed=False, nothing={}, bins=[]), percent=False, most=False).columns == []


def test_ticks_are_few_and_the_threshold_has_one() -> None:
    """A phone has room for seven."""
    bins = [Bin(2.0**at, 2.0 ** (at + 1), {}) for at in range(-10, 15)]
    drawn = histogram(Scores(1.0, observed=False, nothing={}, bins=bins), percent=False, most=False)
    assert len(drawn.ticks) <= 7
    assert "1" in {tick.label for tick in drawn.ticks}
    bins = [Bin(2.0**at, 2.0 ** (at + 1), {}) for at in range(-4, 2)]
    drawn = histogram(Scores(1.0, observed=False, nothing={}, bins=bins), percent=False, most=False)
    assert [tick.label for tick in drawn.ticks] == ["0.0625", "0.25", "1", "4"], (
        "a label is not rounded to another place"
    )


def test_weeks_compare_sending_to_all_with_the_decisions() -> None:
    """Who is not sent to keeps the number of messages that they had."""
    found = weeks({0: {SEND: 2, DROP: 1}, 3: {DROP: 4}})
    assert [(week.messages, week.everybody, week.gated) for week in found] == [
        (0, 0, 1), (1, 3, 2), (2, 0, 0), (3, 0, 4), (4, 4, 0),
    ]  # fmt: skip


def test_a_great_many_messages_are_counted_together() -> None:
    """The last column is open."""
    assert [(week.everybody, week.gated) for week in weeks({12: {SEND: 1, DROP: 1}})][-1] == (2, 2)


@pytest.mark.parametrize(
    ("caps", "limit"),
    [
        ((), 3),
        ((Cap(limit=5, per="7d"), Cap(limit=4, per="7d"), Cap(limit=1, per="1d")), 4),
        ((Cap(limit=1, per="7d", within="brand"),), 3),
    ],
)
def test_the_weekly_limit_is_that_of_the_family(caps: tuple[Cap, ...], limit: int) -> None:
    """Or a usual one, where there is no such cap."""
    assert weekly_limit(Policy(Family("x"), (Frequency(caps=caps),))) == limit


def test_a_short_calendar_shows_hours_of_the_local_clock() -> None:
    """Days without a message in between are shown."""
    found = calendar(quarters("2026-03-05T04:30:00Z", "2026-03-07T12:00:00Z"), ZoneInfo("America/New_York"))
    assert found.unit == "hour"
    assert [(line.label, line.total) for line in found.lines] == [
        ("Wed 4 Mar", 1), ("Thu 5 Mar", 0), ("Fri 6 Mar", 0), ("Sat 7 Mar", 1),
    ]  # fmt: skip
    assert found.numbers == [("Wed 4 Mar, 23:00", 1), ("Sat 7 Mar, 07:00", 1)]


@pytest.mark.parametrize(
    ("zone", "until"),
    [("Asia/Kolkata", "02:30"), ("Asia/Kathmandu", "02:15"), ("Australia/Adelaide", "21:30"), ("UTC", "08:00")],
)
def test_a_clock_that_is_half_an_hour_off_shows_the_hour_that_it_shows(zone: str, until: str) -> None:
    """Quiet hours that end at 8 in the morning end at 8, wherever they do."""
    found = calendar(quarters(f"2026-03-05T{until}:00Z"), ZoneInfo(zone))
    assert [label.partition(", ")[2] for label, _ in found.numbers] == ["08:00"]


def test_the_outermost_columns_say_that_they_hold_the_rest() -> None:
    """A score far beyond is in no range that ends before it."""
    bins = [Bin(0.0, 0.5, {DROP: 1}), Bin(0.5, 1.0, {}), Bin(1.0, inf, {SEND: 2})]
    drawn = histogram(Scores(1.0, observed=False, nothing={}, bins=bins), percent=False, most=False)
    assert [name for name, *_ in drawn.numbers] == ["up to 0.5", "0.5 to 1", "1 and more"]
    assert drawn.columns[2].title == "1 and more: 2 send"
    assert drawn.line is not None
    assert drawn.line.place == 2
    assert [tick.label for tick in drawn.ticks] == ["", "1"]


def test_an_hour_that_the_clock_shows_twice_counts_twice() -> None:
    """When summer time ends."""
    found = calendar(quarters("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"), ZoneInfo("Europe/Berlin"))
    assert [cell.rows for cell in found.lines[0].cells if cell.rows] == [2]


def test_a_long_calendar_shows_days() -> None:
    """A line is a month then."""
    found = calendar(quarters("2026-03-05T04:30:00Z", "2026-04-07T12:00:00Z"), ZoneInfo("UTC"))
    assert (found.unit, [line.label for line in found.lines]) == ("day", ["Mar 2026", "Apr 2026"])
    assert [at for at, cell in enumerate(found.lines[1].cells, start=1) if cell.rows] == [7]


def test_nobody_waits_in_an_empty_calendar() -> None:
    """It has no lines."""
    assert calendar({}, ZoneInfo("UTC")).lines == []
