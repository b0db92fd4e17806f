"""Figures are what their definitions say, ties and weights included."""

from __future__ import annotations

from math import isnan, log

import numpy as np
import pytest

from sendgate.training.measures import Ranked, brier, deciles, intervals, log_loss, predicted_by_observed

SCORE = np.array([0.1, 0.4, 0.4, 0.8, 0.8, 0.8, 0.9])
RESULT = np.array([False, True, False, False, True, True, False])


def by_pairs(score: np.ndarray, result: np.ndarray) -> float:
    """Count pairs, as the definition of the AUC has it."""
    pairs = [(a > b) + (a == b) / 2 for a in score[result] for b in score[~result]]
    return sum(pairs) / len(pairs)


def test_the_auc_counts_pairs_and_ties_by_half() -> None:
    """It is the share of pairs in which the one with the outcome has the higher score."""
    assert Ranked(SCORE, RESULT).auc() == pytest.approx(by_pairs(SCORE, RESULT))


def test_a_weight_is_as_good_as_a_repetition() -> None:
    """A row that counts three times is three rows: the bootstrap relies on it."""
    weights = np.array([1, 3, 0, 2, 1, 1, 2])
    again = np.repeat(np.arange(7), weights)
    assert Ranked(SCORE, RESULT).auc(weights.astype(float)) == pytest.approx(by_pairs(SCORE[again], RESULT[again]))


def test_average_precision_looks_from_the_top() -> None:
    """The order true, false, true has a precision of 1 and of 2/3 where something is found."""
    ranked = Ranked(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]))
    assert ranked.average_precision() == pytest.approx((1 + 2 / 3) / 2)


@pytest.mark.parametrize(("top", "share"), [(0.25, 0.5), (0.5, 1.0), (1.0, 1.0)])
def test_the_top_holds_its_share(top: float, share: float) -> None:
    """With four rows and the outcome in the upper two, the top quarter holds half."""
    assert Ranked(np.array([1.0, 2, 3, 4]), np.array([False, False, True, True])).share_in_top(top) == share


def test_equal_scores_share_the_top_evenly() -> None:
    """Who predicts the same for everybody finds a fifth of the outcomes in the top fifth."""
    assert Ranked(np.zeros(10), np.arange(10) < 3).share_in_top(0.2) == pytest.approx(0.2)


def test_without_outcomes_there_is_nothing_to_tell() -> None:
    """Where nobody has the outcome, figures of ranking are not numbers, and nothing falls over."""
    ranked = Ranked(SCORE, np.zeros(7, dtype=bool))
    assert all(isnan(figure) for figure in (ranked.auc(), ranked.average_precision(), ranked.share_in_top(0.2)))


def test_probabilities_are_judged() -> None:
    """Log-loss, Brier and the ratio follow their formulas."""
    chance, result = np.array([0.8, 0.4]), np.array([True, False])
    assert log_loss(chance, result) == pytest.approx(-(log(0.8) + log(0.6)) / 2)
    assert brier(chance, result) == pytest.approx((0.04 + 0.16) / 2)
    assert predicted_by_observed(chance, result)(None) == pytest.approx(1.2)


def test_certain_and_wrong_is_bad_and_finite() -> None:
    """A probability of 0 for what happened costs much, not infinitely much."""
    assert 10 < log_loss(np.array([0.0]), np.array([True])) < 100


def test_an_interval_draws_people_not_rows() -> None:
    """A thousand messages to each of two people are two observations, and the interval says so."""
    rng = np.random.default_rng(1)
    result = rng.random(2000) < 0.3
    chance = np.full(2000, 0.3)
    ratio = predicted_by_observed(chance, result)
    (few,) = intervals(np.arange(2000) % 2, ratio, draws=50)
    (many,) = intervals(np.arange(2000), ratio, draws=50)
    assert many.low < many.value < many.high
    assert many.high - many.low < 0.3
    assert intervals(np.arange(2000), ratio, draws=50) == (many,)
    assert few.value == many.value


def test_figures_of_the_same_draws_are_those_of_each_by_itself() -> None:
    """Several figures at once have the intervals that each of them has alone."""
    ranked, person = Ranked(SCORE, RESULT), np.array([0, 0, 1, 2, 3, 4, 5])
    both = intervals(person, ranked.auc, ranked.average_precision)
    assert both == intervals(person, ranked.auc) + intervals(person, ranked.average_precision)
    assert [figure.value for figure in both] == [ranked.auc(), ranked.average_precision()]


def test_tenths_go_from_the_lowest_up() -> None:
    """The first tenth is the one with the lowest probabilities, and every row is in one."""
    chance = np.linspace(0, 1, 105)
    tenths = deciles(chance, chance > 0.5)
    assert len(tenths) == 10
    assert sum(tenth.rows for tenth in tenths) == 105
    assert [tenth.predicted for tenth in tenths] == sorted(tenth.predicted for tenth in tenths)
    assert (tenths[0].observed, tenths[-1].observed) == (0, 1)
