"""From a model to a card that people can read, and from a card to the scores of many messages."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from sendgate.scores.catalogue import CATALOGUE
from sendgate.scores.provenance import Provenance
from sendgate.scores.scorecard import MISSING, Axis, Bin, Pair, Scorecard, Term
from sendgate.training.additive import Model, Together
from sendgate.training.grids import Floats
from sendgate.training.matrix import Matrix
from sendgate.training.recipe import Learnt, calibrated

_FORCED = {1: "rising", -1: "falling"}


def card_of(learnt: Learnt, matrix: Matrix, name: str, provenance: Provenance, rising: Mapping[str, int]) -> Scorecard:
    """Write a model down as a card, with the rows that each bin was learnt from."""
    model = learnt.model
    codes = model.bins.codes(matrix)
    terms = tuple(
        _term(model, place, np.bincount(codes[:, place], minlength=len(model.points[place])).tolist(), rising)
        for place in range(len(model.bins.names))
    )
    terms = tuple(sorted(terms, key=lambda term: -_weight(term)))
    return Scorecard(
        name,
        provenance.outcome,
        round(model.intercept, 4),
        terms,
        tuple(_pair(pair) for pair in model.pairs),
        calibration=learnt.calibration,
        provenance=provenance,
    )


def _term(model: Model, place: int, rows: list[int], rising: Mapping[str, int]) -> Term:
    fact, bounds = CATALOGUE[model.bins.names[place]], model.bins.bounds[place]
    missing, *points = (round(float(value), 3) for value in model.points[place])
    ends = [None, *bounds, None]
    bins = tuple(
        Bin(value, high, fact.words(low, high), count)
        for value, low, high, count in zip(points, ends[:-1], ends[1:], rows[1:], strict=True)
    )
    return Term(
        fact.name, fact.definition, bins, missing=missing if rows[0] else 0.0,
        missing_words=fact.missing if rows[0] else "", forced=_FORCED.get(rising.get(fact.name, 0), ""),
        source="learnt", missing_rows=rows[0] or None,
    )  # fmt: skip


def _pair(pair: Together) -> Pair:
    first, second = (_axis(name, bounds) for name, bounds in zip(pair.names, pair.bounds, strict=True))
    return Pair(first, second, tuple(tuple(round(float(value), 3) for value in row) for row in pair.points))


def _axis(name: str, bounds: tuple[float, ...]) -> Axis:
    return Axis(name, bounds, words_of(name, bounds))


def words_of(name: str, bounds: tuple[float, ...]) -> tuple[str, ...]:
    """Say what the bins of a fact mean, the unknown first."""
    fact, ends = CATALOGUE[name], (None, *bounds, None)
    return (fact.missing, *(fact.words(low, high) for low, high in pairwise(ends)))


def _weight(term: Term) -> float:
    """Say how much a term moves people: the standard deviation of its points over the rows."""
    points, rows = [b.points for b in term.bins], [b.rows or 0 for b in term.bins]
    mean = np.average(points, weights=rows)
    return float(np.average((np.array(points) - mean) ** 2, weights=rows) ** 0.5)


def scores(card: Scorecard, matrix: Matrix) -> Floats:
    """Give the calibrated log-odds of each message."""
    total = np.full(len(matrix), card.intercept)
    columns = {name: values_of(matrix, name) for name in card.facts}
    for term in card.terms:
        total += _points(term, columns[term.fact])
    for pair in card.pairs:
        table = np.array(pair.points)
        total += table[_places(pair.first, columns), _places(pair.second, columns)]
    return calibrated(total, card.calibration)


def values_of(matrix: Matrix, name: str) -> Floats:
    """Give the values of a fact, not a number where it is unknown."""
    return np.asarray(matrix.values[:, matrix.names.index(name)], dtype=float)


def _points(term: Term, values: Floats) -> Floats:
    known = ~np.isnan(values)
    if term.line:
        ends = [term.line.start, term.line.end], [term.line.at_start, term.line.at_end]
        return np.where(known, np.interp(np.nan_to_num(values), *ends), term.missing)
    bounds = [np.float32(b.below) for b in term.bins if b.below is not None]  # the values are as coarse
    points = np.array([b.points for b in term.bins])
    return np.where(known, points[np.searchsorted(bounds, np.nan_to_num(values), side="right")], term.missing)


def _places(axis: Axis, columns: Mapping[str, Floats]) -> np.ndarray:
    values = np.where(np.isnan(columns[axis.fact]), 2 * MISSING, columns[axis.fact])
    bounds = np.array([MISSING, *axis.below], np.float32)  # the values are as coarse
    return np.searchsorted(bounds, values, side="right")
