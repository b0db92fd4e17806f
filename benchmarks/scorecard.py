"""A large learnt card for one person: as a decision works it out, compiled with its gate, and asked by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from statistics import fmean
from timeit import repeat
from typing import Any

from benchmarks.claims import Figure
from sendgate.facts.sheet import Sheet
from sendgate.scores.catalogue import CATALOGUE
from sendgate.scores.scorecard import MISSING, Axis, Bin, Line, Pair, Scorecard, Term

_TERMS, _PAIRS = 25, 3
_BOUNDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 90.0)
_PEOPLE = 2000


def _card(random: Random) -> Scorecard:
    """Make a card as large as they are learnt: most terms with eight bins, some along a line, pairs, a calibration."""
    names = list(CATALOGUE)[:_TERMS]
    bins = [tuple(Bin(random.uniform(-1, 1), below) for below in (*_BOUNDS, None)) for _ in names]
    line = Line(0.0, 90.0, -0.5, 0.5)
    terms = tuple(
        Term(name, CATALOGUE[name].definition, line=line)
        if at % 5 == 0
        else Term(name, CATALOGUE[name].definition, own)
        for at, (name, own) in enumerate(zip(names, bins, strict=True))
    )
    rows = tuple(tuple(random.uniform(-1, 1) for _ in range(5)) for _ in range(5))
    pairs = tuple(
        Pair(Axis(names[at], _BOUNDS[:3]), Axis(names[at + 5], _BOUNDS[2:5]), rows) for at in range(1, 1 + _PAIRS)
    )
    return Scorecard("large", "an outcome", -4.0, terms, pairs, ((-6.0, -7.0), (-2.0, -2.5)))


def _someone(card: Scorecard, random: Random) -> dict[str, float]:
    return {name: random.choice([MISSING * 2, 0.0, random.expovariate(0.1)]) for name in card.facts}


def _compiled(card: Scorecard) -> Callable[[dict[str, float]], float]:
    sheet = Sheet()
    place = sheet.place(card.exact_probability({name: sheet.fact(name) for name in card.facts}))
    facts, work_out = sheet.answering([place])
    return lambda known: work_out([known[name] for name in facts])[0]


def _microseconds(action: Callable[[Any], object], people: list[dict[str, float]], runs: int) -> float:
    """Give the mean over people of the best of several times: a disturbed one says nothing."""
    return fmean(min(repeat(partial(action, known), number=1, repeat=3 * runs)) for known in people) * 1e6


def run(_data: Path, _people: int, runs: int) -> list[Figure]:
    """Measure the probability of people who are all different."""
    random = Random(1)
    card = _card(random)
    people = [_someone(card, random) for _ in range(_PEOPLE)]
    compiled = _compiled(card)
    assert all(abs(compiled(known) - card.exact_probability(known)) < 1e-12 for known in people)
    what = f"the probability of a card with {_TERMS} terms and {_PAIRS} pairs"
    return [
        Figure(f"{what}, as a decision works it out", _microseconds(compiled, people, runs), "µs", 10),
        Figure("the same, asked by itself", _microseconds(card.exact_probability, people, runs), "µs"),
    ]
