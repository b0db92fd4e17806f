"""Scorecards add up, and say what they added."""

from __future__ import annotations

import pytest

from sendgate.model.times import FOREVER
from sendgate.scores.scorecard import Bin, Scorecard, Term
from sendgate.scores.unsubscribing import BASE_RATE, CARD

TERM = Term("age", (Bin(0, 0.0), Bin(10, 1.0, "young"), Bin(FOREVER, -1.0, "old")), source="a test")


@pytest.mark.parametrize(("value", "points"), [(-1, 0.0), (0, 1.0), (9.99, 1.0), (10, -1.0), (1e9, -1.0)])
def test_a_bin_ends_below_its_bound(value: float, points: float) -> None:
    """A value on a bound belongs to the next bin."""
    assert TERM.points(value) == points


def test_the_probability_is_the_logistic_of_the_score() -> None:
    """Half the people at a score of zero, and the contributions are said in words."""
    card = Scorecard("test", 0.0, (TERM,))
    assert card.probability({"age": -1}) == 0.5
    assert card.probability({"age": 5}) == pytest.approx(0.731059, abs=1e-6)
    assert str(card.contributions({"age": 5})) == "young: +1.00"
    assert str(card.contributions({"age": -1})) == "nothing out of the ordinary"


@pytest.mark.parametrize(
    "bins", [(Bin(5, 0.0),), (Bin(5, 0.0), Bin(5, 1.0), Bin(FOREVER, 0.0)), (Bin(FOREVER, 0.0),) * 2]
)
def test_bins_must_rise_and_end_unbounded(bins: tuple[Bin, ...]) -> None:
    """A card with a gap would give somebody no points at all."""
    with pytest.raises(ValueError, match="must rise"):
        Term("age", bins, source="a test")


def test_the_shipped_card_says_what_was_published() -> None:
    """Unknown people have the base rate, new subscribers 1.17 %, those of a year 0.20 %."""
    unknown = {"tenure": -1.0, "unopened": -1.0, "messages": 0}
    assert CARD.probability(unknown) == pytest.approx(BASE_RATE, abs=1e-6)
    assert CARD.probability(unknown | {"tenure": 3}) == pytest.approx(0.0117, abs=1e-4)
    assert CARD.probability(unknown | {"tenure": 400}) == pytest.approx(0.0020, abs=1e-6)
    assert all(term.source for term in CARD.terms)
