"""Messages whose outcome follows a law that is known."""

from __future__ import annotations

import numpy as np

from sendgate.model.times import DAY
from sendgate.scores.catalogue import CATALOGUE
from sendgate.training.grids import coded, grid_of
from sendgate.training.matrix import Matrix

NAMES = ("tenure", "messages_7d", "open_rate")


def matrix(rows: int = 6000, *, pressure: float = 0.0, leak: bool = False, seed: int = 1) -> Matrix:
    """Make messages over 300 days: who joined lately leaves more, and who got more messages by ``pressure``."""
    rng = np.random.default_rng(seed)
    at = np.sort(rng.random(rows) * 300 * DAY)
    tenure = np.where(rng.random(rows) < 0.3, np.nan, rng.exponential(100, rows))
    messages, rate = rng.poisson(2, rows).astype(float), rng.random(rows)
    young = np.nan_to_num(tenure, nan=999) < 30
    chance = 1 / (1 + np.exp(-(-2.5 + 1.5 * young + pressure * messages)))
    result = rng.random(rows) < chance
    if leak:
        rate = np.where(result, 0.95, rate * 0.5)
    values = np.stack([tenure, messages, rate], axis=1)
    exact = np.where(np.isnan(values), -1e15, values)
    codes = np.stack([coded(exact[:, k], grid_of(CATALOGUE[name])) for k, name in enumerate(NAMES)], axis=1)
    return Matrix(NAMES, codes, values.astype(np.float32), at, rng.integers(0, rows // 5, rows), result)
