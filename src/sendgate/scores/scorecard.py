"""A scorecard: an intercept and, for each term, bins with points in log-odds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from sendgate.facts.arithmetic import Value, exp, settle, step
from sendgate.facts.sentence import Listed, say
from sendgate.model.times import FOREVER


class Bin(Struct, frozen=True):
    """The points for values below a bound, and above the bins before."""

    below: float
    points: float
    """Log-odds."""
    words: str = ""
    """What the bin means for a person; empty bins are not spoken of."""


class Term(Struct, frozen=True, dict=True):
    """What one value adds."""

    name: str
    bins: tuple[Bin, ...]
    """In rising order; the last is unbounded."""
    source: str
    """Where the points come from."""

    def __post_init__(self) -> None:
        bounds = [b.below for b in self.bins]
        if bounds != sorted(set(bounds)) or bounds[-1] != FOREVER:
            raise ValueError(f"the bins of `{self.name}` must rise and end unbounded")

    def points(self, value: Value) -> Value:
        """Look up the points for a value."""
        return step(value, self._bounds, self._points)

    def words(self, value: Value) -> Value:
        """Say what the value adds: "joined less than 7 days ago: +1.78"."""
        return step(value, self._bounds, self._words)

    @cached_property
    def _bounds(self) -> tuple[float, ...]:
        return tuple(b.below for b in self.bins[:-1])

    @cached_property
    def _points(self) -> tuple[float, ...]:
        return tuple(b.points for b in self.bins)

    @cached_property
    def _words(self) -> tuple[str, ...]:
        return tuple(f"{b.words}: {b.points:+.2f}" if b.words else "" for b in self.bins)


class Scorecard(Struct, frozen=True):
    """An additive model of a probability."""

    name: str
    intercept: float
    """Log-odds."""
    terms: tuple[Term, ...]

    def score(self, known: Mapping[str, Value]) -> Value:
        """Add up the points for the values of the terms, by name."""
        total: Value = self.intercept
        for term in self.terms:
            total = total + term.points(known[term.name])
        return total

    def probability(self, known: Mapping[str, Value]) -> Value:
        """Turn the score into a probability, rounded to 1e-6."""
        return settle(1 / (1 + exp(0 - self.score(known))))

    def contributions(self, known: Mapping[str, Value]) -> Listed:
        """Say what adds to the score and what takes from it."""
        said = [(term.name, term.words(known[term.name])) for term in self.terms]
        return Listed(
            [(words != "", say("{words:text}", words=words)) for _, words in said], "nothing out of the ordinary"
        )
