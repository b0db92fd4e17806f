"""Additive models on bins: how points are found.

Two of the ways: a logistic regression on bins, whose points are drawn towards those of the neighbouring bin (``level``)
or towards a straight line through the neighbours (``straight``), and explainable boosting (interpret-core). The third,
points along the logarithm, is in ``lines``; ``recipe`` chooses. The regression is found by Newton's method on sums over
bins, so that memory does not grow with the bins.
Where policy wants points to rise, bins that fall are joined, and the model is fitted again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

import numpy as np

from sendgate.scores.catalogue import CATALOGUE
from sendgate.training.grids import Codes, Floats, chosen, grid_of
from sendgate.training.matrix import Matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS = 30
_EXACT = 1e-7
_FEWEST = 10
"""Rows in a bin, at least."""
_FEWEST_BOOSTED = 50
_SHARE = 0.004
"""Share of all rows in a bin, at least."""

Points = tuple[Floats, ...]


@dataclass(frozen=True)
class Smoothing:
    """How points of neighbouring bins are drawn together, in units of rows with the outcome."""

    name: str
    firmness: float
    steps: float
    """Punishes steps from bin to bin."""
    bends: float
    """Punishes bends: a step that differs from the step before."""
    size: float
    """Punishes points as such."""

    @property
    def words(self) -> str:
        """Name it: "logistic regression on bins, level, firmness 12"."""
        return f"logistic regression on bins, {self.name}, firmness {self.firmness:g}"


def level(firmness: float) -> Smoothing:
    """Draw points towards those of their neighbours."""
    return Smoothing("level", firmness, 1.0, 0.0, 0.2)


def straight(firmness: float) -> Smoothing:
    """Draw points towards a straight line through their neighbours: the last bins go on as those before them."""
    return Smoothing("straight", firmness, 0.02, 1.0, 0.03)


@dataclass(frozen=True)
class Bins:
    """The facts of a model, and where the bins of each begin."""

    names: tuple[str, ...]
    bounds: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, matrix: Matrix) -> Bins:
        """Choose bins that hold enough rows; facts that tell no two rows apart are left out."""
        least = max(_FEWEST, int(_SHARE * len(matrix)))
        named: dict[str, tuple[float, ...]] = {}
        for place, name in enumerate(matrix.names):
            grid = grid_of(CATALOGUE[name])
            counts = np.bincount(matrix.codes[:, place], minlength=len(grid) + 2)
            bounds = chosen(counts, grid, least)
            if bounds or min(int(counts[0]), int(counts[1:].sum())) >= least:
                named[name] = bounds
        return cls(tuple(named), tuple(named.values()))

    def without(self, dropped: set[str]) -> Bins:
        """Leave some facts out."""
        left = [(n, b) for n, b in zip(self.names, self.bounds, strict=True) if n not in dropped]
        return Bins(tuple(n for n, _ in left), tuple(b for _, b in left))

    def codes(self, matrix: Matrix) -> Codes:
        """Give the bin of each row and fact: 0 is unknown."""
        columns = [
            self._map(name, bounds)[matrix.codes[:, matrix.names.index(name)]]
            for name, bounds in zip(self.names, self.bounds, strict=True)
        ]
        return np.stack(columns, axis=1) if columns else np.empty((len(matrix), 0), np.uint8)

    def _map(self, name: str, bounds: Sequence[float]) -> NDArray[np.uint8]:
        """Tell the bin of each code of the grid."""
        starts = np.array(grid_of(CATALOGUE[name]))
        inner = 1 + np.searchsorted(np.array(bounds), starts, side="right")
        return np.concatenate([[0, 1], inner]).astype(np.uint8)


@dataclass(frozen=True)
class Together:
    """Points for two facts together, on coarser bins of each."""

    names: tuple[str, str]
    bounds: tuple[tuple[float, ...], tuple[float, ...]]
    """Some of those that the facts have by themselves."""
    points: Floats
    """A row for each bin of the first, the unknown first; in it the bins of the second likewise."""

    def cells(self, bins: Bins, codes: Codes) -> tuple[NDArray[np.int64], ...]:
        """Tell the row and the column of the table for each message."""
        found = []
        for name, bounds in zip(self.names, self.bounds, strict=True):
            place = bins.names.index(name)
            inner = 1 + np.searchsorted(bounds, bins.bounds[place], side="right")
            found.append(np.concatenate([[0, 1], inner]).astype(np.int64)[codes[:, place]])
        return tuple(found)


@dataclass(frozen=True)
class Model:
    """Points for each bin of each fact; the first are those of the unknown."""

    kind: str
    bins: Bins
    intercept: float
    points: Points
    pairs: tuple[Together, ...] = ()

    def score(self, codes: Codes) -> Floats:
        """Add up the points of each row."""
        total = np.full(len(codes), self.intercept)
        for place, points in enumerate(self.points):
            total += points[codes[:, place]]
        for pair in self.pairs:
            total += pair.points[pair.cells(self.bins, codes)]
        return total

    @property
    def words(self) -> str:
        """Name it, with its pairs: "explainable boosting, and tenure x open_rate"."""
        return ", and ".join([self.kind, *(" x ".join(pair.names) for pair in self.pairs)])

    def centred(self, codes: Codes) -> Model:
        """Let points speak of the difference from the average row, and the intercept of that row."""
        means = [float(points[codes[:, place]].mean()) for place, points in enumerate(self.points)]
        moved = tuple(points - mean for points, mean in zip(self.points, means, strict=True))
        return replace(self, intercept=self.intercept + sum(means), points=moved)


def probability(score: Floats) -> Floats:
    """Turn log-odds into probabilities."""
    return np.asarray(1.0 / (1.0 + np.exp(-score)))


def logistic(matrix: Matrix, bins: Bins, smoothing: Smoothing, rising: Mapping[str, int]) -> Model:
    """Fit the logistic regression. ``rising``: 1 or -1 for facts whose points must rise or fall."""
    while True:
        codes = bins.codes(matrix)
        model = _fitted(codes, matrix.result, bins, smoothing)
        joined = _joined(model, rising)
        if joined == bins:
            return model.centred(codes)
        bins = joined


def _joined(model: Model, rising: Mapping[str, int]) -> Bins:
    """Join the bins of a fact whose points go the wrong way: the bound between them goes."""
    bounds = list(model.bins.bounds)
    for place, name in enumerate(model.bins.names):
        steps = np.diff(model.points[place][1:]) * rising.get(name, 0)
        bounds[place] = tuple(b for b, step in zip(bounds[place], steps, strict=True) if step >= -_EXACT)
    return replace(model.bins, bounds=tuple(bounds))


def _fitted(codes: Codes, result: NDArray[np.bool_], bins: Bins, smoothing: Smoothing) -> Model:
    sizes = [len(bounds) + 2 for bounds in bins.bounds]
    intercept, points = likeliest(codes, result, [np.eye(size) for size in sizes], _drawn_together(smoothing, sizes))
    return Model(smoothing.words, bins, intercept, points)


def likeliest(
    codes: Codes, result: NDArray[np.bool_], shapes: Sequence[Floats], penalty: Floats
) -> tuple[float, Points]:
    """Find the intercept and points that make the outcomes likeliest, by Newton's method.

    The points of a fact are a sum of its ``shapes`` (a row for each bin), each times a weight that is sought as well.
    ``penalty`` is a quadratic form over the intercept and all weights.
    """
    sizes = [len(shape) for shape in shapes]
    starts = _starts(sizes)
    spread = _spread(shapes, starts)
    weights = np.zeros(spread.shape[1])
    rate = (result.sum() + 0.5) / (len(result) + 1)
    weights[0] = np.log(rate / (1 - rate))
    columns = [codes[:, place] for place in range(codes.shape[1])]
    for _ in range(_STEPS):
        chance = probability(_total(columns, spread @ weights, starts))
        slope = spread.T @ _sums(columns, result - chance, sizes) - penalty @ weights
        bend = spread.T @ _joint_sums(columns, chance * (1 - chance), sizes, starts) @ spread + penalty
        step = np.linalg.solve(bend + 1e-9 * np.eye(len(weights)), slope)
        weights += np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < _EXACT * 100:
            break
    found = spread @ weights
    points = tuple(found[start : start + size] for start, size in zip(starts, sizes, strict=False))
    return float(found[0]), points


def _starts(sizes: Sequence[int]) -> NDArray[np.int64]:
    """Say where the bins of each fact begin, behind the intercept, and where the last ends."""
    return np.concatenate([[1], 1 + np.cumsum(sizes)]).astype(np.int64)


def _spread(shapes: Sequence[Floats], starts: NDArray[np.int64]) -> Floats:
    """Give the matrix from weights to the intercept and the points of all bins."""
    widths = _starts([shape.shape[1] for shape in shapes])
    spread = np.zeros((starts[-1], widths[-1]))
    spread[0, 0] = 1.0
    for place, shape in enumerate(shapes):
        spread[starts[place] : starts[place + 1], widths[place] : widths[place + 1]] = shape
    return spread


def _total(columns: Sequence[Codes], found: Floats, starts: NDArray[np.int64]) -> Floats:
    score = np.full(len(columns[0]) if columns else 0, found[0])
    for column, start in zip(columns, starts, strict=False):
        score += found[start:][column]
    return score


def _drawn_together(smoothing: Smoothing, sizes: Sequence[int]) -> Floats:
    """Give the matrix of the penalty; the first bin of a fact, the unknown, has no neighbours."""
    starts = _starts(sizes)
    penalty = np.zeros((starts[-1], starts[-1]))
    for size, start in zip(sizes, starts, strict=False):
        inner = np.eye(size)[1:]
        steps, bends = np.diff(inner, axis=0), np.diff(inner, n=2, axis=0)
        own = smoothing.size * np.eye(size) + smoothing.steps * steps.T @ steps + smoothing.bends * bends.T @ bends
        penalty[start : start + size, start : start + size] = smoothing.firmness * own
    return penalty


def _sums(columns: Sequence[Codes], weights: Floats, sizes: Sequence[int]) -> Floats:
    parts = [np.bincount(column, weights, size) for column, size in zip(columns, sizes, strict=True)]
    return np.concatenate([[weights.sum()], *parts])


def _joint_sums(columns: Sequence[Codes], weights: Floats, sizes: Sequence[int], starts: NDArray[np.int64]) -> Floats:
    """Sum weights over every pair of bins."""
    sums = np.zeros((starts[-1], starts[-1]))
    sums[0, :] = sums[:, 0] = _sums(columns, weights, sizes)
    for a, column in enumerate(columns):
        here = slice(starts[a], starts[a] + sizes[a])
        sums[here, here] = np.diag(sums[0, here])
        wide = column.astype(np.int32) * np.int32(max(sizes))
        for b in range(a):
            joint = np.bincount(wide + columns[b], weights, sizes[a] * max(sizes)).reshape(sizes[a], max(sizes))
            there = slice(starts[b], starts[b] + sizes[b])
            sums[here, there] = joint[:, : sizes[b]]
            sums[there, here] = joint[:, : sizes[b]].T
    return sums


_MOST_BOOSTED = 1_000_000
"""Rows that boosting learns from. Beyond, some of those without the outcome stand for others, with their weight."""


def boosted(matrix: Matrix, bins: Bins, rising: Mapping[str, int]) -> Model:
    """Fit explainable boosting without pairs, one tree at a time on one fact at a time."""
    from interpret.glassbox import ExplainableBoostingClassifier  # noqa: PLC0415  takes a second or two to load

    codes = bins.codes(matrix)
    rows, weights = _representative(matrix.result)
    known = codes[rows].astype(np.float64)
    known[known == 0] = np.nan
    booster: Any = ExplainableBoostingClassifier(
        feature_names=list(bins.names), feature_types=["continuous"] * len(bins.names), interactions=0,
        outer_bags=4, validation_size=0.15, learning_rate=0.02, max_leaves=3, min_samples_leaf=_FEWEST_BOOSTED,
        smoothing_rounds=100, early_stopping_rounds=100, n_jobs=1, random_state=1,
    )  # fmt: skip
    with catch_warnings():
        simplefilter("ignore")  # that its own drawings, which nobody looks at, would not show unknown values
        booster.fit(known, matrix.result[rows].astype(int), sample_weight=weights)
    points = tuple(_points_of(booster, place, len(bounds) + 2) for place, bounds in enumerate(bins.bounds))
    points = tuple(
        _monotone(p, np.bincount(codes[:, k], minlength=len(p)), rising.get(name, 0))
        for k, (name, p) in enumerate(zip(bins.names, points, strict=True))
    )
    model = Model("explainable boosting", bins, float(np.ravel(booster.intercept_)[0]), points)
    return levelled(model, codes, matrix.result).centred(codes)


def _representative(result: NDArray[np.bool_]) -> tuple[NDArray[np.int64], Floats]:
    """Choose rows: all with the outcome and, of the others, as many as fit, evenly over time."""
    if len(result) <= _MOST_BOOSTED:
        return np.arange(len(result)), np.ones(len(result))
    others = np.flatnonzero(~result)
    every = len(others) / max(1, _MOST_BOOSTED - int(result.sum()))
    kept = others[np.unique((np.arange(int(len(others) / every)) * every).astype(np.int64))]
    rows = np.sort(np.concatenate([np.flatnonzero(result), kept]))
    return rows, np.where(result[rows], 1.0, len(others) / len(kept))


def _points_of(booster: Any, place: int, size: int) -> Floats:
    """Read the points of each bin off the booster's own bins, of which the first is the unknown."""
    if (place,) not in booster.term_features_:
        return np.zeros(size)
    scores = np.asarray(booster.term_scores_[booster.term_features_.index((place,))], dtype=float)
    inner = 1 + np.searchsorted(np.asarray(booster.bins_[place][0]), np.arange(1, size), side="right")
    return np.concatenate([[scores[0]], scores[inner]])


def _monotone(points: Floats, rows: NDArray[np.int64], rising: int) -> Floats:
    """Join neighbours that go the wrong way at their mean (pool adjacent violators)."""
    if not rising:
        return points
    pools: list[tuple[float, int, int]] = []
    for value, weight in zip(points[1:] * rising, rows[1:], strict=True):
        pools.append((float(value), max(1, int(weight)), 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, m, i), (b, n, j) = pools[-2:]
            pools[-2:] = [((a * m + b * n) / (m + n), m + n, i + j)]
    level = np.concatenate([np.full(count, value * rising) for value, _, count in pools])
    return np.concatenate([points[:1], level])


def levelled(model: Model, codes: Codes, result: NDArray[np.bool_]) -> Model:
    """Move the intercept until as many outcomes are predicted as there were."""
    score = model.score(codes)
    shift = 0.0
    for _ in range(_STEPS):
        chance = probability(score + shift)
        shift += float((result.sum() - chance.sum()) / max((chance * (1 - chance)).sum(), 1e-9))
    return replace(model, intercept=model.intercept + shift)
