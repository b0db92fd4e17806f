"""Courses: what becomes of the messages of a calendar for one person, as rows of a table.

A course says of each message when it is due (FOREVER: decided, or not meant for this person), when it was decided (the
last time; NEVER: not yet), when it was sent (NEVER: not) and which offer it spoke of, and whether it is to give way.
Courses go forward in time, message by message.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import narwhals as nw

from sendgate.decide.calendar import Calendar
from sendgate.decide.weighing import DROPPED
from sendgate.facts.arithmetic import Value, any_of, as_expression, greatest, least, not_, when
from sendgate.model.decisions import Outcome
from sendgate.model.times import FOREVER, NEVER

Frame = nw.LazyFrame[Any]

COURSE, PERSON = "course", "person"
TOTALS = ("total", "count", "troubled", "floor")
"""What the messages sent are worth, how many they are, whether one stood in the way of another; and what the person's
best course is worth at the least, as far as is known."""


def columns(calendar: Calendar) -> list[str]:
    """List the columns of a course."""
    kinds = ("due", "at", "sent", "offer", "way")
    places = range(len(calendar.entries))
    return [COURSE, PERSON, *(f"{kind}{i}" for kind in kinds for i in places), *TOTALS]


def begun(calendar: Calendar, people: Frame) -> Frame:
    """Begin a course for each person (``course``, ``person``, and ``ceiling0``, …): all is due at its own time."""
    fresh: dict[str, Value] = {"total": 0.0, "count": 0.0, "floor": 0.0, "troubled": nw.lit(value=False)}
    for i, entry in enumerate(calendar.entries):
        due = when(nw.col(f"ceiling{i}") > DROPPED, entry.at, FOREVER)
        fresh |= {f"due{i}": due, f"at{i}": NEVER, f"sent{i}": NEVER, f"offer{i}": -1.0, f"way{i}": nw.lit(value=False)}
    return people.select(COURSE, PERSON, **{name: as_expression(value) for name, value in fresh.items()}).select(
        *columns(calendar)
    )


def is_due(calendar: Calendar) -> nw.Expr:
    """Tell whether there is a message left that is due within the horizon."""
    return as_expression(_first_due(calendar) <= calendar.until)


def _first_due(calendar: Calendar) -> Value:
    return reduce(least, (nw.col(f"due{i}") for i in range(len(calendar.entries))))


def with_next(calendar: Calendar, courses: Frame) -> Frame:
    """Add the message that is due next, ``which``, and its time, ``now``; of equals the first of the calendar."""
    courses = courses.with_columns(now=as_expression(_first_due(calendar)))
    which: Value = nw.lit(float(len(calendar.entries) - 1))
    for i in reversed(range(len(calendar.entries) - 1)):
        which = when(nw.col(f"due{i}") == nw.col("now"), float(i), which)
    return courses.with_columns(which=as_expression(which))


def gone_on(calendar: Calendar, acting: Frame) -> Frame:
    """Take each course one message further, as it was decided: ``which``, ``now`` and the columns of ``weighing``.

    A message that may wait until within the horizon becomes due again; one that is to give way is not sent.
    """
    again = waits_again(calendar)
    sent = acting.with_columns(
        _again=as_expression(again), _sent=as_expression(_is_sent() & not_(_of_next(calendar, "way")))
    )
    changes: dict[str, Value] = {}
    for i in range(len(calendar.entries)):
        here = nw.col("which") == i
        here_sent = here & nw.col("_sent")
        changes |= {
            f"due{i}": when(here, when(nw.col("_again"), nw.col("until"), FOREVER), nw.col(f"due{i}")),
            f"at{i}": when(here, nw.col("now"), nw.col(f"at{i}")),
            f"sent{i}": when(here_sent, nw.col("now"), nw.col(f"sent{i}")),
            f"offer{i}": when(here_sent, nw.col("choice"), nw.col(f"offer{i}")),
        }
    changes |= {
        "total": nw.col("total") + when(nw.col("_sent"), nw.col("worth"), 0.0),
        "count": nw.col("count") + when(nw.col("_sent"), 1.0, 0.0),
        "troubled": nw.col("troubled") | nw.col("contested"),
    }
    moved = sent.with_columns(**{name: as_expression(value) for name, value in changes.items()})
    return moved.select(*columns(calendar))


def given_way(calendar: Calendar, acting: Frame) -> Frame:
    """Branch off a course for each message that would be sent and may give way: one in which it does.

    Only where that may pay: where the messages that are still due could be worth more than this one. Needs the columns
    ``ceiling0``, … of the person.
    """
    rest = hope(calendar, but=nw.col("which"))
    may = [float(i) for i, entry in enumerate(calendar.entries) if entry.gives_way]
    branch = acting.filter(_is_sent() & nw.col("which").is_in(may) & as_expression(rest > nw.col("worth")))
    changes: dict[str, Value] = {COURSE: nw.col(COURSE) + _bit(calendar)}
    for i in range(len(calendar.entries)):
        here = nw.col("which") == i
        changes |= {
            f"due{i}": when(here, FOREVER, nw.col(f"due{i}")),
            f"at{i}": when(here, nw.col("now"), nw.col(f"at{i}")),
            f"way{i}": nw.col(f"way{i}") | here,
        }
    branch = branch.with_columns(**{name: as_expression(value) for name, value in changes.items()})
    return branch.select(*columns(calendar))


def _bit(calendar: Calendar) -> Value:
    """Give each subset of messages that give way a number of its own: the courses of a person are told apart by it."""
    bit: Value = nw.lit(0.0)
    for i in range(len(calendar.entries)):
        bit = when(nw.col("which") == i, float(2**i), bit)
    return bit


def hope(calendar: Calendar, but: Value = -1.0) -> Value:
    """Say what all messages that are still due, ``but`` one, may be worth together. Needs ``ceiling0``, …."""
    parts = []
    for i in range(len(calendar.entries)):
        still = (nw.col(f"due{i}") <= calendar.until) & (as_expression(but) != i)
        parts.append(when(still, greatest(0.0, nw.col(f"ceiling{i}")), 0.0))
    return reduce(lambda one, other: one + other, parts)


def waits_again(calendar: Calendar) -> Value:
    """Tell whether a message waits until a time at which it is decided again."""
    deferred = nw.col("outcome") == Outcome.DEFER.value
    return deferred & (nw.col("until") <= calendar.until) & (nw.col("until") > nw.col("now"))


def _is_sent() -> nw.Expr:
    return nw.col("outcome") == Outcome.SEND.value


def _of_next(calendar: Calendar, kind: str) -> Value:
    """Give a column of the message that is due next."""
    flags = [(nw.col("which") == i) & nw.col(f"{kind}{i}") for i in range(len(calendar.entries))]
    return any_of(*flags)
