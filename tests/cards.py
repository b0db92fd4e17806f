"""Scorecards as Hypothesis draws them: over any facts of the catalogue, in every shape that a card may have."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

from sendgate.scores.catalogue import CATALOGUE
from sendgate.scores.scorecard import Axis, Bin, Line, Pair, Scorecard, Term

_BOUNDS = (0.25, 0.5, 1.0, 2.0, 5.0, 7.0, 30.0, 90.0, 365.0)
_points = st.sampled_from([-1.5, -0.2, 0.0, 0.004, 0.7, 2.25])
_rising = st.lists(st.sampled_from(_BOUNDS), max_size=4, unique=True).map(sorted)


@st.composite
def _terms(draw: st.DrawFn, name: str) -> Term:
    fact = CATALOGUE[name]
    missing, words = draw(_points), draw(st.sampled_from(["", "nobody knows"]))
    if draw(st.integers(0, 3)) == 0:
        line = Line(
            draw(st.sampled_from([0.0, 0.5])), draw(st.sampled_from([3.0, 365.0])), draw(_points), draw(_points)
        )
        return Term(name, fact.definition, line=line, missing=missing, missing_words=words, words="along")
    bounds = [None, *draw(_rising), None]
    bins = [Bin(draw(_points), high, fact.words(low, high)) for low, high in pairwise(bounds)]
    return Term(name, fact.definition, tuple(bins), missing=missing, missing_words=words)


@st.composite
def _axes(draw: st.DrawFn, name: str) -> Axis:
    bounds = draw(_rising)
    words = tuple(CATALOGUE[name].words(low, high) for low, high in pairwise([None, *bounds, None]))
    return Axis(name, tuple(bounds), draw(st.sampled_from([(), ("nobody knows", *words), ("", *words)])))


@st.composite
def _pairs(draw: st.DrawFn, names: list[str]) -> Pair:
    first, second = (draw(_axes(draw(st.sampled_from(names)))) for _ in range(2))
    rows = tuple(tuple(draw(_points) for _ in range(second.size)) for _ in range(first.size))
    return Pair(first, second, rows, words=draw(st.sampled_from(["", "together"])))


_FEW_KNOTS = ((), ((0.0, -0.5),), ((-6.0, -7.0), (-2.0, -2.5)))
_MANY_KNOTS = ((-5, -6), (-4, -4), (0, -3.5), (2, 2))
"""Each repeats the whole sum in a query: cards that are learnt have two, and one test is enough for more."""


@st.composite
def cards(draw: st.DrawFn, *, of_offer: bool, most: int = 2) -> Scorecard:
    """Draw a card of a few facts; ``of_offer``: also those that speak of an offer."""
    knots = st.sampled_from(_FEW_KNOTS if most <= 2 else (*_FEW_KNOTS, _MANY_KNOTS))
    names = sorted(name for name, fact in CATALOGUE.items() if of_offer or not fact.of_offer)
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True))
    terms = tuple(draw(_terms(name)) for name in chosen)
    pairs = tuple(draw(st.lists(_pairs(chosen), max_size=1)))
    return Scorecard("drawn", "an outcome", draw(st.sampled_from([-6.2, -1.0])), terms, pairs, draw(knots))
