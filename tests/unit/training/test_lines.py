"""Points along the logarithm go on where bins would end, and are written down as bins."""

from __future__ import annotations

import numpy as np
import pytest

from sendgate.model.times import DAY
from sendgate.scores.catalogue import CATALOGUE
from sendgate.training.additive import Bins, Model, level, logistic, probability
from sendgate.training.grids import coded, grid_of
from sendgate.training.lines import Along, along
from sendgate.training.matrix import Matrix
from tests.unit.training.made import matrix

SOFTLY = Along(5.0)


def redeemers(rows: int = 4000, *, slope: float = 1.0, seed: int = 2) -> Matrix:
    """Make messages to people of whom few have redeemed much: each doubling makes an answer likelier."""
    rng = np.random.default_rng(seed)
    count = np.floor(rng.pareto(0.9, rows)).clip(0, 900)
    days = np.where(rng.random(rows) < 0.4, np.nan, rng.exponential(60, rows))
    score = -3.5 + slope * np.log1p(count) - 0.8 * np.isnan(days)
    names, values = ("redemptions", "days_since_purchase"), np.stack([count, days], axis=1)
    exact = np.where(np.isnan(values), -1e15, values)
    codes = np.stack([coded(exact[:, k], grid_of(CATALOGUE[name])) for k, name in enumerate(names)], axis=1)
    result = rng.random(rows) < probability(score)
    return Matrix(names, codes, values.astype(np.float32), np.arange(rows) * DAY, np.arange(rows), result)


def points_of(model: Model, name: str) -> tuple[np.ndarray, tuple[float, ...]]:
    """Give the points of a fact, the unknown first, and where its bins begin."""
    place = model.bins.names.index(name)
    return model.points[place], model.bins.bounds[place]


def test_points_go_on_rising_where_hardly_anybody_is() -> None:
    """The few with very many redemptions count for more than those with many, as the law has it."""
    made = redeemers()
    points, bounds = points_of(along(made, Bins.of(made), SOFTLY, {}), "redemptions")
    assert bounds[-1] >= 200
    assert np.diff(points[1:]).min() > 0
    nearest = dict(zip(bounds, points[2:], strict=True))
    assert nearest[200] - nearest[10] == pytest.approx(np.log(250 / 11), abs=0.6)
    coarse, ends = points_of(logistic(made, Bins.of(made), level(12), {}), "redemptions")
    assert ends[-1] < bounds[-1]
    assert points[-1] - points[1] > coarse[-1] - coarse[1]


def test_the_unknown_has_points_of_its_own() -> None:
    """Whose last purchase nobody knows is not taken for somebody who bought today or long ago."""
    made = redeemers()
    points, _ = points_of(along(made, Bins.of(made), SOFTLY, {}), "days_since_purchase")
    assert points[0] - points[1:].mean() == pytest.approx(-0.8, abs=0.35)


def test_as_many_outcomes_are_predicted_as_there_were() -> None:
    """Writing the points down as bins does not move the level."""
    made = redeemers()
    model = along(made, Bins.of(made), Along(200.0), {})
    assert probability(model.score(model.bins.codes(made))).mean() == pytest.approx(made.result.mean(), rel=1e-4)


def test_bins_that_are_hardly_told_apart_are_one() -> None:
    """Whoever reads a card need not compare what is all but the same; what says much keeps its many bins."""
    made = redeemers()
    model = along(made, Bins.of(made), Along(2000.0), {})
    for name, fewest, most in (("redemptions", 6, 18), ("days_since_purchase", 0, 3)):
        points, bounds = points_of(model, name)
        assert fewest <= len(bounds) <= most
        assert np.abs(np.diff(points[1:])).min(initial=1.0) > 0.025


def test_a_fact_that_tells_nobody_apart_is_left_out() -> None:
    """A card asks for nothing that moves nobody, but goes on showing what policy has an opinion on, or one fact."""
    made, nothing = redeemers(), {"days_since_purchase": 1}
    assert along(made, Bins.of(made), Along(1e6), {}).bins.names == ("redemptions",)
    assert along(made, Bins.of(made), Along(1e6), nothing).bins.names == ("days_since_purchase",)


@pytest.mark.parametrize(("slope", "rising"), [(-0.5, 1), (0.5, -1)])
def test_policy_holds_a_line_that_goes_the_wrong_way(slope: float, rising: int) -> None:
    """Where the law is the opposite of what policy wants, the fact adds the same for everybody."""
    made = redeemers(slope=slope)
    bins = Bins.of(made)
    free, _ = points_of(along(made, bins, SOFTLY, {}), "redemptions")
    forced, _ = points_of(along(made, bins, SOFTLY, {"redemptions": rising}), "redemptions")
    assert (free[-1] - free[1]) * slope > 0.2
    assert forced == pytest.approx(np.zeros(len(forced)))


def test_firmness_draws_points_together() -> None:
    """The firmer, the less a fact moves anybody."""
    made = matrix()
    models = [along(made, Bins.of(made), Along(firm), {"tenure": -1}) for firm in (1.0, 100.0, 1e5)]
    spans = [np.ptp(points_of(model, "tenure")[0]) for model in models]
    assert spans[0] > spans[1] > spans[2]
    assert spans[2] < 0.1
