"""Points along the logarithm: each fact adds points that grow with the logarithm of its value, and go on growing.

Bins need rows. Where few people have redeemed twenty coupons, or been written to forty times, bins end before, and
everybody beyond counts alike. Here each fact has one weight for the logarithm of its value and one for being unknown,
found for all facts together and drawn towards nothing. What comes of it is written down as points on all bins of the
grid that anybody is in, so that a card reads, explains and is evaluated as any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sendgate.scores.catalogue import CATALOGUE
from sendgate.training.additive import Bins, Model, levelled, likeliest
from sendgate.training.grids import Codes, Floats, chosen, grid_of
from sendgate.training.matrix import Matrix

_TOLD_APART = 0.05
"""Points: neighbouring bins that differ by less are one bin. It leaves a card with half the lines."""
_NONE = 1e-9


@dataclass(frozen=True)
class Along:
    """How strongly the weights are drawn towards nothing, in units of rows with the outcome."""

    firmness: float

    @property
    def words(self) -> str:
        """Name it: "points along the logarithm, firmness 200"."""
        return f"points along the logarithm, firmness {self.firmness:g}"


def along(matrix: Matrix, bins: Bins, how: Along, rising: Mapping[str, int]) -> Model:
    """Fit it for the facts of ``bins``, on finer ones. ``rising``: 1 or -1 for facts that must not do the opposite."""
    fine = _fine(matrix, bins)
    codes = fine.codes(matrix)
    shapes = [_shapes(matrix, name, codes[:, place], len(fine.bounds[place])) for place, name in enumerate(fine.names)]
    while True:
        penalty = how.firmness * np.eye(1 + sum(shape.shape[1] for shape in shapes))
        penalty[0, 0] = 0.0
        intercept, points = likeliest(codes, matrix.result, shapes, penalty)
        wrong = {
            k for k, name in enumerate(fine.names) if (points[k][-1] - points[k][1]) * rising.get(name, 0) < -_NONE
        }
        if not wrong:
            model = _joined(_spare(Model(how.words, fine, intercept, points), {*rising}), matrix)
            codes = model.bins.codes(matrix)
            return levelled(model, codes, matrix.result).centred(codes)
        shapes = [shape[:, :0] if place in wrong else shape for place, shape in enumerate(shapes)]


def _fine(matrix: Matrix, bins: Bins) -> Bins:
    """Take all bounds of the grid between which there is anybody."""
    bounds = []
    for name in bins.names:
        grid = grid_of(CATALOGUE[name])
        counts = np.bincount(matrix.codes[:, matrix.names.index(name)], minlength=len(grid) + 2)
        bounds.append(chosen(counts, grid, 1))
    return Bins(bins.names, tuple(bounds))


def _shapes(matrix: Matrix, name: str, codes: Codes, bounds: int) -> Floats:
    """Give the mean logarithm of a fact in each bin, and whether it is unknown, where they vary: with deviation 1."""
    rows = np.bincount(codes, minlength=bounds + 2)
    values = np.nan_to_num(matrix.values[:, matrix.names.index(name)].astype(float))
    sums = np.bincount(codes, np.log1p(np.maximum(values, 0.0)), minlength=len(rows))
    shapes = np.stack([sums / np.maximum(rows, 1), np.arange(len(rows)) == 0], axis=1)
    shapes -= np.average(shapes, axis=0, weights=rows)
    deviations = np.average(shapes**2, axis=0, weights=rows) ** 0.5
    return shapes[:, deviations > _NONE] / deviations[deviations > _NONE]


def _spare(model: Model, kept: set[str]) -> Model:
    """Leave out facts that tell nobody apart: a card then asks for less, and is sooner evaluated. But one stays."""
    named = dict(zip(model.bins.names, model.points, strict=True))
    spare = {name for name, points in named.items() if np.ptp(points) < _TOLD_APART} - kept
    if len(spare) == len(named):
        spare.remove(max(named, key=lambda name: float(np.ptp(named[name]))))
    points = tuple(points for name, points in named.items() if name not in spare)
    return replace(model, bins=model.bins.without(spare), points=points)


def _joined(model: Model, matrix: Matrix) -> Model:
    """Join neighbouring bins that are hardly told apart, at the mean of their rows."""
    codes, bounds, points = model.bins.codes(matrix), [], []
    for place, found in enumerate(model.points):
        rows = np.bincount(codes[:, place], minlength=len(found))
        firsts = _firsts(found[1:])
        sums = [np.add.reduceat(part[1:], firsts) for part in (found * rows, rows)]
        points.append(np.concatenate([found[:1], sums[0] / sums[1]]))
        bounds.append(tuple(model.bins.bounds[place][first - 1] for first in firsts[1:]))
    return replace(model, bins=Bins(model.bins.names, tuple(bounds)), points=tuple(points))


def _firsts(points: Floats) -> list[int]:
    """Say where groups of neighbours begin whose points are within TOLD_APART of the first one's."""
    firsts = [0]
    for place, value in enumerate(points[1:], start=1):
        if abs(value - points[firsts[-1]]) >= _TOLD_APART:
            firsts.append(place)
    return firsts
