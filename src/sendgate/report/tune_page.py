"""One setting in many values as one HTML file, for a meeting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from sendgate.decide.tuning import Tally
from sendgate.model.settings import minutes, seconds
from sendgate.report.curves import Trace, curves
from sendgate.report.frame import page
from sendgate.report.phrases import count, expected, share
from sendgate.report.tune import Curve, lines

_EXPECTED = 3
"""Curves that say what is expected; what really happened is drawn under them."""


class About(NamedTuple):
    """What was tuned, in words."""

    campaign: str
    brand: str
    audience: str
    policy_file: str
    stamp: str
    """The decision time; empty where each row has its own."""


def tune_page(about: About, curve: Curve, account: str) -> str:
    """Write the page."""
    place = curve.marked if curve.marked is not None else place_of(curve.at, curve.values)
    drawn = list(_traces(curve, place))
    below_first = [trace for trace, _ in (*drawn[_EXPECTED:], *drawn[:_EXPECTED])]
    values = _with(curve.values, curve, place, curve.at or "not set")
    heads = ["sent", "of all", "evidence", "expected to leave", "avoided"]
    return page(
        "tune.html.j2",
        title=f"{curve.setting}: what each value does",
        **about._asdict(),
        headline=headline(curve),
        lede=lede(curve),
        curve=curve,
        kinds=[(trace.kind, words) for trace, words in drawn],
        drawn=curves(below_first, values, place, apart=curve.marked is None),
        heads=[*heads, *([curve.outcome, "kept", "rate"] if curve.outcome else [])],
        rows=list(lines(curve)),
        account=account,
    )


def headline(curve: Curve) -> str:
    """Say how far the setting reaches."""
    sends, now = {tally.sends for tally in curve.tallies}, curve.in_force.sends
    if len(sends) > 1:
        return f"Between {count(min(sends))} and {count(max(sends))} messages."
    where = "at every value" if len(curve.values) > 1 else f"at {curve.values[0]}"
    if sends == {now}:
        same = "It makes no difference" if all(map(curve.in_force.like, curve.tallies)) else "No more and no fewer"
        return f"{same}: {count(now)} messages {where}."
    return f"{count(*sends)} messages {where}, instead of {count(now)}."


def lede(curve: Curve) -> str:
    """Say what is in force, and what the ends of the range would give."""
    now = curve.in_force
    words = f"In force at {curve.label}: " if curve.at else "As it stands: "
    words += f"{count(now.sends)} messages, {share(now.evidence, now.evidence_of_all)} of the evidence kept, "
    words += f"{expected(now.unsubscribes)} expected to leave."
    ends = dict.fromkeys((0, len(curve.values) - 1))
    for value, tally in ((curve.values[end], curve.tallies[end]) for end in ends if end != curve.marked):
        words += f" At {value} it would be {count(tally.sends)}, {share(tally.evidence, tally.evidence_of_all)}"
        words += f" and {expected(tally.unsubscribes)}."
    return words


def place_of(value: str, values: Sequence[str]) -> int:
    """Say where a value stands among others that rise or fall; where it has no place, in front."""
    amounts = [_amount(each) for each in (value, *values)]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts):
        return 0
    own, *others = known
    if all(one <= other for one, other in pairwise(others)):
        return sum(other < own for other in others)
    return sum(other > own for other in others) if all(one >= other for one, other in pairwise(others)) else 0


def _amount(value: str) -> float | None:
    for read in (float, seconds, minutes):
        try:
            return float(read(value))
        except ValueError:
            continue
    return None


def _with(of_values: Sequence[Any], curve: Curve, place: int, in_force: Any) -> list[Any]:
    """Put what is in force where it belongs, if it is none of the values."""
    return [*of_values[:place], *([in_force] if curve.marked is None else []), *of_values[place:]]


def _traces(curve: Curve, place: int) -> Iterator[tuple[Trace, str]]:
    tallies: list[Tally] = _with(curve.tallies, curve, place, curve.in_force)

    def part(pick: Any) -> list[float]:
        return [(of / whole if whole else 0.0) for of, whole in map(pick, tallies)]

    yield Trace("send", part(lambda t: (t.sends, t.rows))), "messages"
    yield Trace("defer", part(lambda t: (t.evidence, t.evidence_of_all))), "evidence of interest (dashed)"
    yield Trace("alone", part(lambda t: (t.unsubscribes, t.unsubscribes_of_all))), "expected to leave (dotted)"
    if curve.outcome:
        yield Trace("outcome", part(lambda t: (t.results, t.results_of_all))), f"{curve.outcome}, as it really was"
