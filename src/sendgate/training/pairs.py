"""A few points for two facts together, where they predict better than the facts by themselves.

Pairs are sought among the facts that move people most, in thirds of each, by what the model without them leaves
unexplained. Of those that promise most, one is taken after the other if it surprises less on the messages to choose
by, beyond doubt. On few outcomes that is seldom so, and then a card stays a plain table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from sendgate.training.additive import Bins, Model, Together, probability
from sendgate.training.grids import Codes, Floats
from sendgate.training.matrix import Matrix

MOST = 3
_PROMISING = 6
"""Pairs that are looked at on the messages to choose by."""
_FACTS = 8
"""Facts that pairs are made of."""
_FIRMNESS = 20.0
"""The points of a cell are drawn towards nothing as strongly as so many rows at even odds, times four, would."""
_STEPS = 20

Better = Callable[[Model, Model], bool]


def paired(model: Model, matrix: Matrix, rising: Mapping[str, int], better: Better) -> Model:
    """Add pairs to a model as long as it gets better; facts that policy has an opinion on are left alone."""
    codes = model.bins.codes(matrix)
    for names in _promising(model, codes, matrix, [name for name in model.bins.names if not rising.get(name)]):
        larger = with_pairs(model, matrix, [*(pair.names for pair in model.pairs), names])
        if len(larger.pairs) <= MOST and better(larger, model):
            model = larger
    return model


def with_pairs(model: Model, matrix: Matrix, names: Sequence[tuple[str, str]]) -> Model:
    """Fit pairs to what a model leaves unexplained, one after the other."""
    model, codes = replace(model, pairs=()), model.bins.codes(matrix)
    for first, second in names:
        if {first, second} <= {*model.bins.names}:
            empty = _empty(model.bins, codes, (first, second))
            fitted = replace(empty, points=_points(empty, model, codes, matrix))
            model = replace(model, pairs=(*model.pairs, fitted))
    return model


def _promising(model: Model, codes: Codes, matrix: Matrix, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """List pairs by how much of what is unexplained lies in their cells."""
    moves = {name: float(model.points[k][codes[:, k]].std()) for k, name in enumerate(model.bins.names)}
    strongest = sorted(names, key=lambda name: -moves[name])[:_FACTS]
    chance = probability(model.score(codes))
    gains = {}
    for pair in combinations(strongest, 2):
        table = _empty(model.bins, codes, pair)
        left, weight = _sums(table, model.bins, codes, matrix.result - chance, chance * (1 - chance))
        gains[pair] = float((left**2 / (weight + _FIRMNESS)).sum())
    yield from sorted(gains, key=lambda pair: -gains[pair])[:_PROMISING]


def _empty(bins: Bins, codes: Codes, names: tuple[str, str]) -> Together:
    first, second = (_thirds(bins, codes, bins.names.index(name)) for name in names)
    return Together(names, (first, second), np.zeros((len(first) + 2, len(second) + 2)))


def _thirds(bins: Bins, codes: Codes, place: int) -> tuple[float, ...]:
    """Choose the bounds of a fact that come nearest to dividing the rows where it is known into thirds."""
    bounds = bins.bounds[place]
    below = np.cumsum(np.bincount(codes[:, place], minlength=len(bounds) + 2)[1:])[:-1]
    if not len(below):
        return ()
    known = int((codes[:, place] > 0).sum())
    return tuple(sorted({bounds[int(np.abs(below - share * known).argmin())] for share in (1 / 3, 2 / 3)}))


def _sums(table: Together, bins: Bins, codes: Codes, *columns: Floats) -> tuple[Floats, ...]:
    """Sum columns by cell."""
    rows, places = table.cells(bins, codes)
    height, width = table.points.shape
    flat = rows * width + places
    found = (np.asarray(np.bincount(flat, column, height * width), dtype=float) for column in columns)
    return tuple(part.reshape(height, width) for part in found)


def _points(table: Together, model: Model, codes: Codes, matrix: Matrix) -> Floats:
    """Find the points of each cell by itself, drawn towards nothing."""
    score, points, cells = model.score(codes), table.points, table.cells(model.bins, codes)
    for _ in range(_STEPS):
        chance = probability(score + points[cells])
        left, weight = _sums(table, model.bins, codes, matrix.result - chance, chance * (1 - chance))
        points = points + np.clip((left - _FIRMNESS * points) / (weight + _FIRMNESS), -1.0, 1.0)
    return points
