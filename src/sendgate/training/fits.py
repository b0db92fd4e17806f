"""What a card predicts and what was observed, bin by bin: whether single habits are stated too weakly, or too strongly.

A probability can be right on the whole, and in every tenth, and wrong for those who have one strong habit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sendgate.scores.scorecard import Scorecard, Term
from sendgate.training.cards import values_of
from sendgate.training.grids import Floats
from sendgate.training.matrix import Matrix
from sendgate.training.measures import Flags

BEYOND = 2.58
"""Standard errors that one bin in a hundred is away by chance."""
ENOUGH = 5
"""Outcomes that were predicted or observed; with fewer, a standard error says little."""


class Fit(NamedTuple):
    """The messages in one bin of a term."""

    fact: str
    words: str
    rows: int
    predicted: float
    observed: float
    beyond_chance: bool
    """What was observed lies further from what was predicted than chance allows."""


def fits(card: Scorecard, chance: Floats, later: Matrix) -> tuple[Fit, ...]:
    """Compare them for each bin of each term that anybody is in, the unknown first. A line has no bins."""
    return tuple(fit for term in card.terms if term.bins for fit in _of_term(term, chance, later))


def _of_term(term: Term, chance: Floats, later: Matrix) -> Iterator[Fit]:
    values = values_of(later, term.fact)
    bounds = [np.float32(b.below) for b in term.bins if b.below is not None]  # the values are as coarse
    places = np.where(np.isnan(values), 0, 1 + np.searchsorted(bounds, np.nan_to_num(values), side="right"))
    for place, words in enumerate((term.missing_words or "unknown", *(b.words for b in term.bins))):
        inside = places == place
        if rows := int(inside.sum()):
            expected, found = chance[inside], later.result[inside]
            beyond = _beyond_chance(expected, found, later.person[inside])
            yield Fit(term.fact, words, rows, float(expected.mean()), float(found.mean()), beyond)


def _beyond_chance(chance: Floats, result: Flags, person: np.ndarray) -> bool:
    """Tell whether outcomes differ by more than chance; messages to one person are not independent of each other."""
    around = result - chance
    by_person = np.bincount(np.unique(person, return_inverse=True)[1], around)
    together = max(1.0, float((by_person**2).sum() / (around**2).sum()))
    error = (together * (chance * (1 - chance)).sum()) ** 0.5
    away = abs(around.sum()) - 0.5  # whole outcomes, against an even curve
    return bool(max(chance.sum(), result.sum()) >= ENOUGH and away > BEYOND * error)
