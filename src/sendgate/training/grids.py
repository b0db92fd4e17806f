"""Where bins may begin: at round numbers, so that a card reads like something that people would say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sendgate.scores.score_fact import ScoreFact
from sendgate.scores.scorecard import MISSING

_SERIES = tuple(step * 10.0**power for power in range(-1, 7) for step in (1, 2, 5))

GRIDS: dict[str, tuple[float, ...]] = {
    "count": (1, 2, 3, 4, 5, 7, 10, 15, 20, 25, 30, 40, 50, 75, 100, 200, 500, 1000, 5000, 20_000),
    "days": (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 545, 730, 1095),
    "share": (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    "amount": _SERIES,
    "hour": (6, 9, 12, 15, 18, 21),
    "weekday": (1, 2, 3, 4, 5, 6),
}
"""Bounds by unit."""

Codes = NDArray[np.uint8]
Floats = NDArray[np.float64]


def coded(values: Floats, bounds: Sequence[float]) -> Codes:
    """Number the bins of values: 0 is unknown, 1 is below the first bound; a value on a bound lies above it."""
    codes: Codes = np.searchsorted(np.array((MISSING, *bounds)), values, side="right").astype(np.uint8)
    return codes


def grid_of(fact: ScoreFact) -> tuple[float, ...]:
    """Give the bounds that bins of a fact may have."""
    return GRIDS[fact.unit]


def chosen(counts: NDArray[np.int64], bounds: Sequence[float], least: int) -> tuple[float, ...]:
    """Choose bounds of a grid so that every bin holds enough rows. ``counts``: rows by code, unknown first."""
    kept: list[float] = []
    left, here = int(counts[1:].sum()), 0
    for bound, count in zip(bounds, counts[1:], strict=False):
        here += int(count)
        if here >= least and left - here >= least:
            kept.append(bound)
            left, here = left - here, 0
    return tuple(kept)
