"""Shares of messages with intervals that know that the messages of one person are not independent.

Each message of an arm has a weight, 1 where nothing else is said. With w and y the weights and weighted hits of one
person, and W and Y their sums, the share is p = Y / W and its variance that of a ratio of sums over people drawn at
random (linearised, cluster-robust)::

    v = people / (people - 1) x sum over people of (y - p w)^2 / W^2

The interval of a share is Wilson's (1927) at the effective number of messages p (1 - p) / v, as Korn and Graubard
(1998) use it: it stays between 0 and 1 and means something where nothing happened. That number is never above what the
weights leave, (sum of weights)^2 / sum of squared weights, and where the data shows no variance (nothing happened, or
always) not above the number of people. The interval of a difference combines those of both shares with their
correlation, because people stand in both arms (Newcombe 1998; Zou and Donner 2008).
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

Z = 1.959964
"""Of a confidence of 95 %."""


class Sums(NamedTuple):
    """An arm and one outcome, added up over people."""

    people: int
    messages: int
    hits: int
    weight: float
    """W"""
    message_squares: float
    """The squared weights of messages."""
    ww: float
    """w x w over people, and so on."""
    y: float
    yy: float
    yw: float


class Cross(NamedTuple):
    """Products of two arms, added up over people."""

    ww: float
    yy: float
    yw: float
    """Hits of the one, weight of the other."""
    wy: float


class Rate(NamedTuple):
    """A share of messages with its interval (95 %); all of it between 0 and 1."""

    messages: int
    hits: int
    share: float
    low: float
    high: float


class Difference(NamedTuple):
    """One share less another, with its interval (95 %)."""

    share: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def rate(sums: Sums) -> Rate | None:
    """Estimate a share; None where there are no messages."""
    if not sums.messages or not sums.weight:
        return None
    share = min(1.0, max(0.0, sums.y / sums.weight))
    return Rate(sums.messages, sums.hits, share, *wilson(share, _effective(sums, share)))


def difference(one: Sums, other: Sums, cross: Cross) -> Difference | None:
    """Estimate how much higher the share of one arm is than that of another; None where either is empty."""
    a, b = rate(one), rate(other)
    if a is None or b is None:
        return None
    towards = 2 * _correlation(one, other, cross, a.share, b.share)

    def reach(of_a: float, of_b: float) -> float:
        return sqrt(max(0.0, of_a**2 + of_b**2 - towards * of_a * of_b))

    apart = a.share - b.share
    low = apart - reach(a.share - a.low, b.high - b.share)
    return Difference(apart, low, apart + reach(a.high - a.share, b.share - b.low))


def wilson(share: float, number: float) -> tuple[float, float]:
    """Give Wilson's interval (95 %) of a share of a number of independent trials."""
    square = Z * Z / number
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / number + square / (4 * number)) / (1 + square)
    # Rounding must not leave the share itself out.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def _effective(sums: Sums, share: float) -> float:
    most = sums.weight**2 / sums.message_squares
    spread = _variance(sums, share)
    if spread <= 0:
        return max(1.0, min(most, sums.people))
    return max(1.0, min(most, share * (1 - share) / spread))


def _variance(sums: Sums, share: float) -> float:
    """Give the variance of a share; 0 where the data shows none."""
    if sums.people < 2 or not 0 < share < 1:  # noqa: PLR2004  of one person nothing can be said
        return 0.0
    return _residual(sums, share) / sums.weight**2 * sums.people / (sums.people - 1)


def _residual(sums: Sums, share: float) -> float:
    return max(0.0, sums.yy - 2 * share * sums.yw + share**2 * sums.ww)


def _correlation(one: Sums, other: Sums, cross: Cross, p: float, q: float) -> float:
    if not _variance(one, p) or not _variance(other, q):
        return 0.0
    together = cross.yy - q * cross.yw - p * cross.wy + p * q * cross.ww
    return min(1.0, max(-1.0, together / sqrt(_residual(one, p) * _residual(other, q))))
