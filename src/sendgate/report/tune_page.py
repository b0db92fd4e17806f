"""One setting in many values as one HTML file, for a meeting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sendgate.decide.tuning import Tally
from sendgate.report.flows import Curve as Line
from sendgate.report.flows import curves
from sendgate.report.frame import page
from sendgate.report.phrases import count, expected, share
from sendgate.report.tune import OUTCOMES, REST_ON, Curve


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
    lines = list(_lines(curve))
    heads = ["sent", "of all", "evidence", "expected to leave", "avoided"]
    return page(
        "tune.html.j2",
        title=f"{curve.setting}: what each value does",
        **about._asdict(),
        headline=headline(curve),
        lede=lede(curve),
        curve=curve,
        kinds=[(line.kind, words) for line, words in lines],
        drawn=curves([line for line, _ in lines], curve.values, curve.marked),
        heads=[*heads, *([curve.outcome, "kept", "rate"] if curve.outcome else [])],
        rows=list(_rows(curve)),
        notes=[*REST_ON, *([OUTCOMES] if curve.outcome else [])],
        account=account,
    )


def headline(curve: Curve) -> str:
    """Say how far the setting reaches."""
    sends = [tally.sends for tally in curve.tallies]
    if min(sends) == max(sends):
        return f"It makes no difference: {count(sends[0])} messages at every value."
    return f"Between {count(min(sends))} and {count(max(sends))} messages."


def lede(curve: Curve) -> str:
    """Say what is in force, and what the ends of the range would give."""
    now = curve.in_force
    at = f" at {curve.at}" if curve.at else ""
    words = (
        f"In force{at}: {count(now.sends)} messages, {share(now.evidence, now.evidence_of_all)} of the evidence kept, "
    )
    words += f"{expected(now.unsubscribes)} expected to leave."
    for value, tally in ((curve.values[0], curve.tallies[0]), (curve.values[-1], curve.tallies[-1])):
        words += f" At {value} it would be {count(tally.sends)}, {share(tally.evidence, tally.evidence_of_all)}"
        words += f" and {expected(tally.unsubscribes)}."
    return words


def _lines(curve: Curve) -> Iterator[tuple[Line, str]]:
    def part(pick: Any) -> list[float]:
        return [(of / whole if whole else 0.0) for of, whole in map(pick, curve.tallies)]

    yield Line("send", part(lambda t: (t.sends, t.rows))), "messages"
    yield Line("defer", part(lambda t: (t.evidence, t.evidence_of_all))), "evidence of interest (dashed)"
    yield Line("alone", part(lambda t: (t.unsubscribes, t.unsubscribes_of_all))), "expected to leave (dotted)"
    if curve.outcome:
        yield Line("drop", part(lambda t: (t.results, t.results_of_all))), f"{curve.outcome}, as it really was"


def _rows(curve: Curve) -> Iterator[tuple[str, list[str], bool]]:
    if curve.marked is None:
        yield curve.at or "default", _cells(curve, curve.in_force), True
    for place, (value, tally) in enumerate(zip(curve.values, curve.tallies, strict=True)):
        yield value, _cells(curve, tally), place == curve.marked


def _cells(curve: Curve, tally: Tally) -> list[str]:
    cells = [
        count(tally.sends),
        share(tally.sends, tally.rows),
        share(tally.evidence, tally.evidence_of_all),
        expected(tally.unsubscribes),
        expected(tally.unsubscribes_of_all - tally.unsubscribes),
    ]
    if curve.outcome:
        cells += [
            count(tally.results),
            share(tally.results, tally.results_of_all),
            share(tally.results, tally.observed),
        ]
    return cells
