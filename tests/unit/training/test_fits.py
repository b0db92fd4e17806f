"""Predicted and observed are compared bin by bin, and what chance does not allow is marked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sendgate.model.times import DAY
from sendgate.scores.catalogue import CATALOGUE
from sendgate.scores.scorecard import Bin, Scorecard, Term
from sendgate.training.circumstances import Circumstances
from sendgate.training.fits import fits
from sendgate.training.history import LEAVING, Outcome
from sendgate.training.judging import judge
from sendgate.training.telling import page, record
from tests.unit.training.made import matrix

FEW = matrix(600)
"""For the models beside a card, of whose figures nothing is said here."""


def card(young: float) -> Scorecard:
    """Give a card that knows the law of the messages, but for the points of who joined lately."""
    bins = (Bin(young, 30, "young"), Bin(0.0, None, "old"))
    return Scorecard("risk", "leaving", -2.5, (Term("tenure", CATALOGUE["tenure"].definition, bins),))


@pytest.mark.parametrize(("young", "marked"), [(1.5, []), (0.7, ["young"]), (2.5, ["young"])])
def test_a_habit_that_is_misstated_is_marked(young: float, marked: list[str]) -> None:
    """Points that are drawn together show where observed is above predicted; right ones are not marked."""
    judgement = judge(card(young), FEW, matrix(seed=7), Outcome(LEAVING, 7 * DAY), Circumstances(0, 0))
    assert [fit.words for fit in judgement.fits] == ["unknown", "young", "old"]
    assert sum(fit.rows for fit in judgement.fits) == 6000
    assert [fit.words for fit in judgement.fits if fit.beyond_chance] == marked
    told = page(judgement, "a.svg")
    fit = judgement.fits[1]
    mark = f"**!** {'more' if young < 1 else 'less'}" if marked else ""
    assert f"| young | {fit.rows:,} | {fit.predicted:.3%} | {fit.observed:.3%} | {mark} |" in told
    assert record(judgement)["bins"][1]["beyond_chance"] is bool(marked)


def test_outcomes_of_one_person_are_one_accident() -> None:
    """Where few people make all the messages, what chance allows is wider."""
    later = matrix(seed=7)
    chance = np.full(len(later), 0.17)
    few = replace(later, person=np.where(later.result, 0, later.person))
    assert fits(card(0.0), chance, later)[1].beyond_chance
    assert not fits(card(0.0), chance, few)[1].beyond_chance


def test_a_strong_habit_of_few_people_is_marked() -> None:
    """Eleven outcomes where three were predicted are no chance, and three where one was are too few to tell."""
    later = matrix(200)
    values = np.array(later.values)
    values[:, 0] = 5.0
    young = replace(later, values=values, person=np.arange(200), result=np.arange(200) < 11)
    assert fits(card(0.0), np.full(200, 0.016), young)[0].beyond_chance
    assert not fits(card(0.0), np.full(200, 0.005), replace(young, result=np.arange(200) < 3))[0].beyond_chance
    assert not fits(card(0.0), np.full(200, 0.05), young)[0].beyond_chance
