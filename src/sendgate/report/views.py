"""From counts to what a template draws: columns with their ticks, a calendar, the gates as a funnel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from itertools import accumulate, pairwise
from math import inf
from typing import Any, NamedTuple

from sendgate.model.decisions import Outcome
from sendgate.report.charts import Column, Line, Stack, Tick, heat
from sendgate.report.distributions import MOST_MESSAGES, QUARTER, Bin, Counts, Scores
from sendgate.report.phrases import count
from sendgate.report.summary import GateCount, Summary

_MOST_TICKS = 7
_HOURS_UP_TO = 16
"""Days that a calendar shows hour by hour; a longer one shows days."""


def stack(counts: Counts) -> Stack:
    """Put the outcomes in their order."""
    return [(outcome.value, counts.get(outcome, 0)) for outcome in Outcome]


class Step(NamedTuple):
    """A gate on the way from the list to those who are sent to."""

    gate: GateCount
    before: int
    after: int


def funnel(summary: Summary) -> list[Step]:
    """Let the recipients go through the gates one after the other."""
    lost = list(accumulate((gate.first for gate in summary.gates), initial=0))
    left = [summary.rows - gone for gone in lost]
    return [Step(gate, *pair) for gate, pair in zip(summary.gates, pairwise(left), strict=True)]


# Scores -----------------------------------------------------------------------------------------------------------


class Histogram(NamedTuple):
    """What is drawn of a score."""

    columns: Sequence[Column]
    ticks: Sequence[Tick]
    line: Line | None
    numbers: Sequence[tuple[Any, ...]]
    """The same as a table: a range, and the rows of each outcome."""


def histogram(scores: Scores, *, percent: bool, most: bool) -> Histogram:
    """Draw a score; ``percent``: it is a probability; ``most``: the threshold is the highest that passes."""

    def said(bound: float) -> str:
        return f"{100 * bound:.3g} %" if percent else f"{bound:.3g}"

    def between(found: Bin) -> str:
        if found.high == inf:
            return f"{said(found.low)} and more"
        return f"{said(found.low)} to {said(found.high)}" if found.low else f"up to {said(found.high)}"

    bounds = [b.low for b in scores.bins] + [b.high for b in scores.bins[-1:]]
    limit = scores.threshold
    at = min(range(len(bounds)), key=lambda place: abs(bounds[place] - limit)) if limit and bounds else 0
    ticks = _ticks([said(bound) if 0 < bound < inf else "" for bound in bounds], at, 4 if most else 2)
    words = f"{'at most' if most else 'at least'} {said(limit)}" if limit else ""
    line = Line(at, words, "right" if most else "left", dashed=scores.observed) if limit else None
    drawn = [Column([stack(b.counts)], _bin_title(b, between(b))) for b in scores.bins]
    table = [(between(b), *(rows for _, rows in stack(b.counts))) for b in scores.bins]
    nothing = [("none", *(rows for _, rows in stack(scores.nothing)))] if scores.nothing else []
    return Histogram(drawn, ticks, line, [*nothing, *table])


def _ticks(bounds: Sequence[str], at: int, doubling: int) -> list[Tick]:
    """Label every doubling or, where that is too many for a phone, every other, so that the threshold has a label."""
    while True:
        places = [place for place in range(len(bounds)) if (place - at) % doubling == 0]
        if len(places) <= _MOST_TICKS:
            return [Tick(place, bounds[place]) for place in places]
        doubling *= 2


def _bin_title(found: Bin, between: str) -> str:
    told = ", ".join(f"{count(rows)} {outcome}" for outcome, rows in stack(found.counts) if rows)
    return f"{between}: {told or 'nobody'}"


# Messages in a week -----------------------------------------------------------------------------------------------


class Week(NamedTuple):
    """How many people have so many messages in 7 days, this one included."""

    messages: int
    everybody: int
    """If it were sent to all."""
    gated: int


def weeks(messages: Mapping[int, Counts]) -> list[Week]:
    """Count people by messages, if this one were sent to all and as it was decided."""
    highest = min(max(messages, default=0) + 1, MOST_MESSAGES)
    everybody, gated = [0] * (highest + 1), [0] * (highest + 1)
    for had, counts in messages.items():
        for outcome, rows in counts.items():
            everybody[min(had + 1, highest)] += rows
            gated[min(had + (outcome is Outcome.SEND), highest)] += rows
    return [Week(number, *pair) for number, pair in enumerate(zip(everybody, gated, strict=True))]


def week_columns(found: Sequence[Week]) -> list[Column]:
    """Draw both side by side."""
    last = f"{MOST_MESSAGES}+"
    return [
        Column(
            [[("drop", week.everybody)], [("send", week.gated)]],
            f"{week.messages} messages: {count(week.everybody)} if sent to all, {count(week.gated)} as decided",
            str(week.messages) if week.messages < MOST_MESSAGES else last,
        )
        for week in found
    ]


# The calendar -----------------------------------------------------------------------------------------------------


class Cell(NamedTuple):
    """An hour of a day, or a day of a month."""

    rows: int
    heat: str
    label: str


class Row(NamedTuple):
    """A day, or a month."""

    label: str
    cells: Sequence[Cell]
    total: int


class Calendar(NamedTuple):
    """When deferred messages become free."""

    unit: str
    """``hour``: a line is a day. ``day``: a line is a month."""
    heads: Sequence[str]
    lines: Sequence[Row]

    @property
    def numbers(self) -> list[tuple[str, int]]:
        """The same as a table: when, and how many."""
        return [(cell.label, cell.rows) for line in self.lines for cell in line.cells if cell.rows]


_Moments = Sequence[tuple[datetime, int]]
"""Quarters of an hour as a clock shows them, in order, with the rows; the clock may show one twice."""


def calendar(waiting: Mapping[int, int], zone: tzinfo) -> Calendar:
    """Lay quarters of an hour (since the epoch) out by day and hour, or by month beyond a fortnight."""
    moments = [(datetime.fromtimestamp(quarter * QUARTER, zone), rows) for quarter, rows in sorted(waiting.items())]
    if moments and (moments[-1][0].date() - moments[0][0].date()).days >= _HOURS_UP_TO:
        return Calendar("day", [str(day) for day in range(1, 32)], list(_months(moments)))
    return Calendar("hour", [f"{hour:02}" for hour in range(24)], list(_days(moments)))


def _days(moments: _Moments) -> Iterator[Row]:
    cells: Counter[tuple[str, int]] = Counter()
    for moment, rows in moments:
        cells[_day(moment.date()), moment.hour] += rows
    days = (moments[-1][0].date() - moments[0][0].date()).days + 1 if moments else 0
    for label in (_day(moments[0][0].date() + timedelta(days=day)) for day in range(days)):
        yield _line(label, range(24), cells, "{label}, {place:02}:00")


def _day(date: date) -> str:
    return f"{date:%a} {date.day} {date:%b}"


def _months(moments: _Moments) -> Iterator[Row]:
    cells: Counter[tuple[str, int]] = Counter()
    for moment, rows in moments:
        cells[f"{moment:%b %Y}", moment.day] += rows
    for label in dict.fromkeys(label for label, _ in cells):
        yield _line(label, range(1, 32), cells, "{place} {label}")


def _line(label: str, places: range, cells: Mapping[tuple[str, int], int], title: str) -> Row:
    highest = max(cells.values())
    rows = [cells.get((label, place), 0) for place in places]
    told = [
        Cell(here, heat(here, highest), title.format(label=label, place=place))
        for place, here in zip(places, rows, strict=True)
    ]
    return Row(label, told, sum(rows))
