"""Two facts together add points where they say more than each by itself, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs

from sendgate.model.times import DAY
from sendgate.scores.card_text import parsed, written
from sendgate.scores.provenance import Provenance
from sendgate.training.additive import Bins, Model, level, logistic, probability
from sendgate.training.cards import card_of, scores
from sendgate.training.circumstances import Circumstances
from sendgate.training.history import LEAVING, Outcome
from sendgate.training.judging import judge
from sendgate.training.matrix import Matrix
from sendgate.training.pairs import MOST, paired, with_pairs
from sendgate.training.recipe import Learnt, Periods, learn, learn_again
from sendgate.training.telling import page
from tests.unit.training.made import matrix


def tangled(rows: int = 12_000, seed: int = 11) -> Matrix:
    """Make messages that only those leave who are new and open little, or old and open much."""
    made = matrix(rows, seed=seed)
    tenure, rate = made.values[:, 0], made.values[:, 2]
    either = (np.nan_to_num(tenure, nan=999) < 50) != (rate > 0.5)
    chance = probability(np.where(either, -1.0, -4.0))
    return replace(made, result=np.random.default_rng(seed).random(rows) < chance)


MESSAGES = tangled()
LATER = tangled(seed=12)
FEW = tangled(600)
"""For the models beside a card, of whose figures nothing is said here."""


def additive(made: Matrix) -> Model:
    """Fit a model without pairs."""
    return logistic(made, Bins.of(made), level(12), {})


def surprise(model: Model, made: Matrix) -> float:
    """Give the log-loss of a model."""
    score = model.score(model.bins.codes(made))
    return float(np.logaddexp(0.0, np.where(made.result, -score, score)).mean())


def sooner(one: Model, other: Model) -> bool:
    """Prefer what surprises less on later messages."""
    return surprise(one, LATER) < surprise(other, LATER) - 0.001


def test_a_pair_is_found_where_two_facts_say_more_together() -> None:
    """The two facts of the law are paired, and predict later messages better than each by itself."""
    plain = additive(MESSAGES)
    model = paired(plain, MESSAGES, {}, sooner)
    assert [{*pair.names} for pair in model.pairs] == [{"tenure", "open_rate"}]
    assert surprise(model, LATER) < surprise(plain, LATER) - 0.02
    assert model.words == f"{plain.kind}, and {' x '.join(model.pairs[0].names)}"


def test_no_pair_is_made_where_facts_add_up() -> None:
    """Where the law is a sum, later messages refuse every pair."""
    made, later = matrix(12_000), matrix(12_000, seed=9)
    model = paired(additive(made), made, {}, lambda one, other: surprise(one, later) < surprise(other, later) - 0.001)
    assert model.pairs == ()


def test_facts_that_policy_speaks_of_are_in_no_pair() -> None:
    """A pair could let points fall where policy wants them to rise: nothing is gained by asking."""
    model = paired(additive(MESSAGES), MESSAGES, {"tenure": 1}, lambda _one, _other: True)
    assert all("tenure" not in pair.names for pair in model.pairs)
    assert 0 < len(model.pairs) <= MOST


def test_a_pair_of_a_fact_that_is_no_more_is_left_out() -> None:
    """When all messages are learnt from again, a fact may tell nobody apart any longer."""
    made = MESSAGES
    model = with_pairs(additive(made), made, [("tenure", "purchases_365d"), ("tenure", "open_rate")])
    assert [pair.names for pair in model.pairs] == [("tenure", "open_rate")]


def test_a_card_with_a_pair_scores_as_its_model_did() -> None:
    """Written down, read again, and added up for many or for one: the same."""
    model = with_pairs(additive(MESSAGES), MESSAGES, [("tenure", "open_rate")])
    found = Learnt(model, (), ())
    card = parsed(written(card_of(found, MESSAGES, "risk", Provenance(outcome="x"), {})))
    assert scores(card, MESSAGES) == pytest.approx(found.score(MESSAGES), abs=0.004)
    for row in range(0, len(MESSAGES), 1000):
        values = zip(MESSAGES.names, MESSAGES.values[row].astype(float), strict=True)
        known = {name: -1e15 if np.isnan(value) else float(value) for name, value in values}
        assert card.score(known) == pytest.approx(scores(card, MESSAGES)[row], abs=1e-6)
        assert sum(part.points for part in card.contributions(known)) + card.intercept == pytest.approx(
            card.score(known)
        )


def test_a_pair_is_told_as_a_table_and_in_words() -> None:
    """The report shows a row for each bin of the one fact; an explanation says what both mean for a person."""
    model = with_pairs(additive(MESSAGES), MESSAGES, [("tenure", "open_rate")])
    card = card_of(Learnt(model, (), ()), MESSAGES, "risk", Provenance(outcome="x"), {})
    told = page(judge(card, FEW, LATER, Outcome(LEAVING, DAY), Circumstances(0.0, 0.0)), "x.svg")
    assert "### tenure x open_rate" in told
    assert "| joined nobody knows when | " in told.partition("### tenure x open_rate")[2]
    known = {"tenure": 5.0, "messages_7d": 1.0, "open_rate": 0.05}
    said = card.summed(known).words
    assert "joined less than " in said
    assert " and opened less than " in said
    assert " and opened less than " in card.spoken(known).said()


def test_a_pair_without_words_is_told_in_those_of_its_facts() -> None:
    """A card made by hand need not say what its bins mean: the facts know it."""
    model = with_pairs(additive(MESSAGES), MESSAGES, [("tenure", "open_rate")])
    card = card_of(Learnt(model, (), ()), MESSAGES, "risk", Provenance(outcome="x"), {})
    bare = [structs.replace(p, **{side: structs.replace(getattr(p, side), words=()) for side in ("first", "second")})
            for p in card.pairs]  # fmt: skip
    wordless = structs.replace(card, pairs=tuple(bare))
    told = [
        page(judge(one, FEW, LATER, Outcome(LEAVING, DAY), Circumstances(0.0, 0.0)), "x.svg").partition("### tenure x")[
            2
        ]
        for one in (card, wordless)
    ]
    assert told[0] == told[1]


def test_the_recipe_pairs_and_learns_again() -> None:
    """A pair that the second period wants is in what is learnt from all messages, and among what was tried."""
    periods = Periods.of(MESSAGES, 7 * DAY)
    found = learn(periods, {"messages_7d": 1}, lambda _stage: None)
    assert [{*pair.names} for pair in found.model.pairs] == [{"tenure", "open_rate"}]
    assert found.tried[-1].model.words == found.model.words
    assert found.tried[-1].log_loss < min(one.log_loss for one in found.tried[:-1])
    again = learn_again(found, MESSAGES, periods.judge, {"messages_7d": 1})
    assert [pair.names for pair in again.model.pairs] == [pair.names for pair in found.model.pairs]
