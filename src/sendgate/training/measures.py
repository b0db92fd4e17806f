"""How good probabilities are: whether they tell people apart, and whether they are right.

Intervals come from drawing people with all their messages again and again (a Poisson bootstrap): messages to the same
person are not independent of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sendgate.training.grids import Floats

DRAWS = 200
_SEED = 20_260_101
_TINY = 1e-9

Flags = NDArray[np.bool_]


class Interval(NamedTuple):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


class Ranked:
    """Rows from the lowest score up: with other weights, figures of ranking need no new sorting."""

    def __init__(self, score: Floats, result: Flags) -> None:
        scores, tie = np.unique(score, return_inverse=True)
        self._rows, self._ties = len(score), len(scores)
        self._place = 2 * tie + result
        """Of each row: those without the outcome are beside those with it, tie by tie."""

    def auc(self, weights: Floats | None = None) -> float:
        """Give the chance that a row with the outcome has a higher score than one without; ties count half."""
        with_, without = self._by_tie(weights)
        below = np.cumsum(without) - without
        pairs = with_.sum() * without.sum()
        return float((with_ * (below + without / 2)).sum() / pairs) if pairs else float("nan")

    def average_precision(self, weights: Floats | None = None) -> float:
        """Give the mean precision over the rows with the outcome, from the highest score down."""
        with_, without = (part[::-1] for part in self._by_tie(weights))
        hits, rows = np.cumsum(with_), np.cumsum(with_ + without)
        return float((with_ * hits / np.maximum(rows, _TINY)).sum() / hits[-1]) if hits[-1] else float("nan")

    def share_in_top(self, top: float) -> float:
        """Give the share of the outcomes that lies in the rows with the highest scores; ties are shared out evenly."""
        with_, without = (part[::-1] for part in self._by_tie(None))
        wanted, rows = top * self._rows, np.cumsum(with_ + without)
        inside = np.clip((wanted - (rows - with_ - without)) / (with_ + without), 0, 1)
        return float((with_ * inside).sum() / with_.sum()) if with_.sum() else float("nan")

    def _by_tie(self, weights: Floats | None) -> tuple[Floats, Floats]:
        found = np.bincount(self._place, weights, 2 * self._ties).astype(float).reshape(-1, 2)
        return found[:, 1], found[:, 0]


def intervals(
    person: NDArray[np.int64], *figures: Callable[[Floats | None], float], draws: int = DRAWS
) -> tuple[Interval, ...]:
    """Give figures with their intervals; they are called with a weight for each row, None for all alike."""
    _, place = np.unique(person, return_inverse=True)
    people, chance = int(place.max()) + 1, np.random.default_rng(_SEED)
    drawn = np.array([_told(figures, chance.poisson(1.0, people).astype(float)[place]) for _ in range(draws)])
    ends = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    return tuple(map(Interval, _told(figures, None), *ends.tolist()))


def _told(figures: Iterable[Callable[[Floats | None], float]], weights: Floats | None) -> list[float]:
    return [figure(weights) for figure in figures]


def log_loss(chance: Floats, result: Flags) -> float:
    """Give the mean surprise at what happened."""
    safe = np.clip(chance, _TINY, 1 - _TINY)
    return float(-np.where(result, np.log(safe), np.log1p(-safe)).mean())


def brier(chance: Floats, result: Flags) -> float:
    """Give the mean squared error of the probabilities."""
    return float(((chance - result) ** 2).mean())


def predicted_by_observed(chance: Floats, result: Flags) -> Callable[[Floats | None], float]:
    """Give the figure of outcomes predicted over outcomes observed: 1 is right, 2 is twice too many."""

    def ratio(weights: Floats | None) -> float:
        given = np.ones(len(chance)) if weights is None else weights
        observed = (given * result).sum()
        return float((given * chance).sum() / observed) if observed else float("nan")

    return ratio


class Decile(NamedTuple):
    """A tenth of the rows, by probability."""

    rows: int
    predicted: float
    observed: float


def deciles(chance: Floats, result: Flags) -> list[Decile]:
    """Compare what was predicted with what was observed, tenth by tenth, the lowest first."""
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, 10) if len(part)]
    return [Decile(len(part), float(chance[part].mean()), float(result[part].mean())) for part in parts]
