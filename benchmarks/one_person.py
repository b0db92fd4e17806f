"""One decision in plain Python against a rules engine that is given the facts.

sendgate finds the facts in 35 events, asks every gate about the person and both offers, chooses, and gives every
finding. zen-engine evaluates the conditions of the same gates: it looks at no events, ranks no offers and gives no
reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

from benchmarks.claims import Figure
from benchmarks.rules_engine import compiled, disagreements, facts
from benchmarks.someone import NOW, plan, someone
from sendgate import Decider

_PEOPLE = 2000


def _microseconds(action: Callable[[Any], object], inputs: Iterable[Any]) -> tuple[float, float]:
    """Give the median and the 95th percentile."""
    times = []
    for each in inputs:
        started = perf_counter()
        action(each)
        times.append((perf_counter() - started) * 1e6)
    cuts = quantiles(times, n=20)
    return cuts[9], cuts[18]


def run(_data: Path, _people: int, runs: int) -> list[Figure]:
    """Measure decisions about people who are new to the process: nothing about them is cached."""
    found = disagreements(_PEOPLE)
    assert not found, found[:5]
    prepared, graph = plan(), compiled()
    decider = Decider(prepared)
    given = [facts(prepared, someone(number)) for number in range(_PEOPLE)]
    rounds = []
    for _ in range(runs):
        decided = _microseconds(lambda profile: decider(profile, NOW), [*map(someone, range(_PEOPLE))])
        read = _microseconds(
            lambda profile: [finding.detail for finding in decider(profile, NOW).findings],
            [*map(someone, range(_PEOPLE))],
        )
        rounds.append((decided, read, _microseconds(graph.evaluate, given)))
    (median, late), (read_median, _), (engine, _) = (min(times) for times in zip(*rounds, strict=True))
    return [
        Figure("a decision with all findings, 35 events, median", median, "µs", 100),
        Figure("its 95th percentile", late, "µs"),
        Figure("with every sentence written out, median", read_median, "µs"),
        Figure("zen-engine, conditions only, facts given, median", engine, "µs"),
        Figure("the decision against zen-engine's conditions", median / engine, "x"),
    ]
