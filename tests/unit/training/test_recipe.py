"""A card is learnt on earlier messages, judged on later ones, and means what the model meant."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sendgate.errors import InputError
from sendgate.model.times import DAY
from sendgate.scores.card_text import parsed, written
from sendgate.scores.catalogue import CATALOGUE
from sendgate.scores.provenance import Provenance
from sendgate.scores.scorecard import Axis, Line, Pair, Scorecard, Term
from sendgate.training.additive import Bins, boosted, level, logistic, probability, straight
from sendgate.training.cards import card_of, scores
from sendgate.training.circumstances import Circumstances
from sendgate.training.grids import chosen, coded, grid_of
from sendgate.training.history import LEAVING, Outcome
from sendgate.training.judging import Judgement, _leaks, _oddities, judge
from sendgate.training.measures import Interval
from sendgate.training.recipe import WAYS, Learnt, Periods, calibrated, knots, learn, learn_again, line, preferred
from sendgate.training.telling import page, plot, record, verdict
from tests.unit.training.made import matrix

MESSAGES = matrix()
OUTCOME = Outcome(LEAVING, 7 * DAY)
FINE = Circumstances(0.0, 0.0)


def learnt(smoothing: object = None, pressure: float = 0.0) -> Learnt:
    """Learn a model from made messages."""
    made = matrix(pressure=pressure)
    return Learnt(logistic(made, Bins.of(made), smoothing or level(12), {"messages_7d": 1}), ((-5, -5.5), (1, 1)), ())


def test_codes_begin_with_the_unknown() -> None:
    """Unknown is 0, and a value on a bound lies above it."""
    assert coded(np.array([-1e15, 0.0, 1.0, 1.5, 2.0]), (1, 2)).tolist() == [0, 1, 2, 2, 3]


def test_bins_hold_enough_rows() -> None:
    """A bound is kept where there are enough rows on both sides of it."""
    assert chosen(np.array([99, 5, 4, 30, 2]), (1, 2, 5), 8) == (2,)
    assert chosen(np.array([99, 5, 0, 0, 2]), (1, 2, 5), 8) == ()


@pytest.mark.parametrize("smoothing", [level(3), straight(3)])
def test_the_law_is_found(smoothing: object) -> None:
    """The points tell apart by what the outcome really followed, and by nothing else."""
    model = learnt(smoothing).model
    tenure = dict(zip(model.bins.names, model.points, strict=True))["tenure"]
    bounds = model.bins.bounds[model.bins.names.index("tenure")]
    young = [points for points, low in zip(tenure[1:], (0, *bounds), strict=True) if low < 21]
    old = [points for points, low in zip(tenure[1:], (0, *bounds), strict=True) if low > 60]
    assert min(young) - max(old) > 0.5
    rate = dict(zip(model.bins.names, model.points, strict=True))["open_rate"]
    assert np.abs(rate).max() < 0.6


def test_boosting_finds_it_as_well() -> None:
    """Explainable boosting gives points for the same bins, unknown first, at the right level."""
    model = boosted(MESSAGES, Bins.of(MESSAGES), {})
    codes = model.bins.codes(MESSAGES)
    assert [len(points) for points in model.points] == [len(bounds) + 2 for bounds in model.bins.bounds]
    assert probability(model.score(codes)).mean() == pytest.approx(MESSAGES.result.mean(), rel=0.01)
    tenure = model.points[model.bins.names.index("tenure")]
    assert tenure[1] - tenure[-1] > 0.7


@pytest.mark.parametrize("fit", [lambda m, b, r: logistic(m, b, level(3), r), boosted])
def test_policy_makes_points_rise(fit: object) -> None:
    """Where data says that more messages make safer, and policy says never, points do not fall."""
    made = matrix(pressure=-0.5)
    free = dict(zip(Bins.of(made).names, fit(made, Bins.of(made), {}).points, strict=True))["messages_7d"]
    model = fit(made, Bins.of(made), {"messages_7d": 1})
    forced = dict(zip(model.bins.names, model.points, strict=True))["messages_7d"]
    assert np.diff(free[1:]).min() < -0.2
    assert np.diff(forced[1:]).min(initial=0.0) >= -1e-6


def test_a_card_scores_as_its_model_did() -> None:
    """What is written down, rounded to a thousandth a fact, gives the model's score for every message."""
    found = learnt()
    card = parsed(written(card_of(found, MESSAGES, "risk", Provenance(outcome="x"), {"messages_7d": 1})))
    assert scores(card, MESSAGES) == pytest.approx(found.score(MESSAGES), abs=0.003)
    assert [term.forced for term in card.terms if term.fact == "messages_7d"] == ["rising"]


def test_many_messages_score_as_one_does() -> None:
    """Lines, pairs and calibration included: arrays give what the card itself gives."""
    card = card_of(learnt(), MESSAGES, "risk", Provenance(outcome="x"), {})
    along = Term("open_rate", "x", line=Line(0.2, 0.7, -1.0, 1.0), missing=0.3)
    pair = Pair(Axis("tenure", (30,)), Axis("messages_7d", (2,)), ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6), (0.7, 0.8, 0.9)))
    others = tuple(term for term in card.terms if term.fact != "open_rate")
    card = Scorecard("x", "x", -3.0, (*others, along), (pair,), ((-5, -6), (-3, -3.5), (0, 0)))
    told = scores(card, MESSAGES)
    for row in range(0, len(MESSAGES), 500):
        values = zip(MESSAGES.names, MESSAGES.values[row].astype(float), strict=True)
        known = {name: -1e15 if np.isnan(value) else float(value) for name, value in values}
        assert told[row] == pytest.approx(card.calibrated(card.score(known)), abs=1e-6)


def test_periods_follow_each_other() -> None:
    """Nothing of a later period is in an earlier one, and outcomes were known when the next began."""
    periods = Periods.of(MESSAGES, 7 * DAY)
    assert periods.learn.at.max() < periods.choose.at.min() - 7 * DAY
    assert periods.choose.at.max() < periods.judge.at.min() - 7 * DAY
    assert len(periods.learn) > len(periods.judge) > 0


def test_a_few_mailings_are_divided_between_them() -> None:
    """Messages of one moment stay together, even where that leaves uneven periods."""
    made = matrix()
    at = np.repeat([0.0, 30 * DAY, 60 * DAY, 90 * DAY], [2000, 300, 2700, 1000])
    mailings = type(made)(made.names, made.codes, made.values, at, made.person, made.result)
    periods = Periods.of(mailings, 7 * DAY)
    assert [len(part) for part in (periods.learn, periods.choose, periods.judge)] == [2300, 2700, 1000]


def test_too_few_outcomes_are_no_history() -> None:
    """With a handful of outcomes there is nothing to learn, and that is said."""
    made = matrix(rows=200)
    with pytest.raises(InputError, match="longer history"):
        Periods.of(made, 7 * DAY)


def test_the_plainest_of_equals_is_taken() -> None:
    """A model that is better by less than one standard error is not better; one that is better beyond that is taken."""
    rng, days = np.random.default_rng(4), np.arange(4000.0) * DAY / 10
    plain = rng.exponential(0.1, 4000)
    assert preferred([plain, plain + rng.normal(-0.0001, 0.02, 4000)], days) == 0
    assert preferred([plain, plain + rng.normal(-0.005, 0.02, 4000)], days) == 1
    assert preferred([plain + 1, plain, plain], days) == 1


def test_a_lucky_one_of_several_has_to_be_better_beyond_doubt() -> None:
    """What is better by one and a half standard errors is taken, unless two are asked for."""
    plain, days = np.full(400, 0.1), np.arange(400.0) * DAY
    other = plain + np.where(np.arange(400) % 2, 0.02, -0.02) - 0.0015
    assert (preferred([plain, other], days), preferred([plain, other], days, 2.0)) == (1, 0)


def test_messages_of_one_day_are_no_independent_witnesses() -> None:
    """What makes a model better on one day of two says little of the next, however many messages the day had."""
    luck = np.where(np.arange(4000) < 2000, -0.03, 0.02)
    plain = np.full(4000, 0.1)
    assert preferred([plain, plain + luck], np.arange(4000.0) * DAY) == 1
    assert preferred([plain, plain + luck], np.repeat([0.0, DAY], 2000)) == 0


def test_what_was_chosen_learns_again_in_the_same_way() -> None:
    """Every kind of model is found again by its name, and the one that is taken is one of those that were tried."""
    periods = Periods.of(MESSAGES, 7 * DAY)
    found = learn(periods, {"messages_7d": 1}, lambda _stage: None)
    assert [one.model.kind for one in found.tried] == list(WAYS)
    again = learn_again(found, MESSAGES, periods.judge, {"messages_7d": 1})
    assert again.model.kind == found.model.kind
    assert again.model.points[0] != pytest.approx(found.model.points[0])


def test_a_calibration_goes_on_beyond_what_was_seen() -> None:
    """Somebody with more of everything than anybody before is still told apart from the others."""
    seen = np.array([-5.0, -2.0])
    assert np.diff(calibrated(np.array([-2.0, -1.5, -1.0]), knots(seen, 0.0, 0.8))) == pytest.approx([0.4, 0.4])


def test_calibration_mends_level_and_slope() -> None:
    """Scores that are too sure of themselves are drawn in; a straight line between the ends says how."""
    rng = np.random.default_rng(3)
    truth = rng.normal(-2, 1, 20_000)
    result = (rng.random(20_000) < probability(truth)).astype(float)
    boastful = 2 * truth + 1
    start, slope = line(boastful, result)
    assert slope == pytest.approx(0.5, abs=0.05)
    assert calibrated(boastful, knots(boastful, start, slope)) == pytest.approx(truth, abs=0.3)


@cache
def judged(*, leak: bool = False, odd: Circumstances = FINE) -> Judgement:
    """Judge a card that knows the law on messages of their own."""
    card = card_of(learnt(), MESSAGES, "risk", Provenance(outcome="leaving"), {})
    return judge(card, MESSAGES, matrix(seed=7, leak=leak), OUTCOME, odd)


def test_a_judgement_compares() -> None:
    """The card stands beside the base rate and the models on the same facts."""
    judgement = judged()
    names = [figures.model for figures in judgement.figures]
    assert names[:2] == ["risk", "base rate of earlier messages"]
    assert judgement.figures[0].auc.value > 0.55 > judgement.figures[1].auc.value
    assert judgement.figures[0].log_loss < judgement.figures[1].log_loss
    assert not judgement.warnings
    told = record(judgement)
    assert told["models"][0]["auc"]["low"] < told["models"][0]["auc"]["value"]
    assert "Warning" not in page(judgement, "a.svg")
    assert verdict(judgement) in page(judgement, "a.svg")
    assert plot(judgement).count("<circle") == 10


def test_a_leak_is_shouted_about() -> None:
    """A fact that knows the outcome makes a score too good to be true, and is named."""
    warnings = " ".join(judged(leak=True).warnings)
    assert "`open_rate` has an AUC" in warnings


@pytest.mark.parametrize("leak", [False, True])
def test_few_outcomes_are_enough_for_a_leak_and_too_few_for_a_false_alarm(leak: bool) -> None:
    """Of a dozen outcomes any fact with many bins explains a part; only one that knows them is told."""
    alarms = [name for seed in range(20) for name in _alarms(seed, leak=leak)]
    assert alarms == (["open_rate"] * 20 if leak else [])


def _alarms(seed: int, *, leak: bool) -> list[str]:
    """Name the facts that are told as a leak, on messages whose outcome is chance."""
    rows, rng = 3000, np.random.default_rng(seed)
    result = np.zeros(rows, np.bool_)
    result[rng.choice(rows, 12, replace=False)] = True
    made = matrix(rows, seed=seed)
    rate = grid_of(CATALOGUE["open_rate"])
    codes = rng.integers(0, 20, made.codes.shape, np.uint8)
    if leak:
        codes[:, 2] = coded(np.where(result, 0.95, rng.random(rows) * 0.5), rate)
    figures = replace(judged().figures[0], auc=Interval(0.5, 0.4, 0.6))
    told = _leaks(figures, replace(made, codes=codes, result=result), OUTCOME)
    return [warning.split("`")[1] for warning in told]


def test_odd_times_are_shouted_about() -> None:
    """Exits that changed nothing, and outcomes without a message or just before one, put the log in doubt."""
    judgement = judged(odd=Circumstances(0.15, 0.5, 0.6))
    assert "after 15% of the unsubscribes the brand wrote again" in judgement.warnings[0]
    assert "50% of the outcomes have no message" in judgement.warnings[1]
    assert "60% of the outcomes that name no campaign come just before" in judgement.warnings[2]
    assert "> **Warning:**" in page(judgement, "a.svg")


@pytest.mark.parametrize("kinds", [("unsubscribed",), ("complained",), LEAVING[::-1]])
def test_leaving_in_any_way_is_a_risk(kinds: tuple[str, ...]) -> None:
    """What would be fine for redemptions is too good to be true for leaving, and says so for each way to leave."""
    assert "is more than the field sees (0.75)" in warned(0.8, kinds)
    assert "50% of the outcomes have no message" in warned(0.6, kinds)
    assert not warned(0.8, ("redeemed",))


def warned(auc: float, kinds: tuple[str, ...]) -> str:
    """Warn about a card with some AUC, on a log of which half of the outcomes have no message."""
    outcome = Outcome(kinds, 3 * DAY)
    figures = replace(judged().figures[0], auc=Interval(auc, auc, auc))
    leaks = _leaks(figures, matrix(seed=7), outcome)
    return " ".join([*leaks, *_oddities(outcome, Circumstances(0.0, 0.5))])
