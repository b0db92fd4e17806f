"""Scorecards add up, and say what they added."""

from __future__ import annotations

from math import exp

import pytest

from sendgate.model.times import UNKNOWN
from sendgate.scores.card_text import PUBLISHED, SHIPPED, parsed, shipped, shipped_path, written
from sendgate.scores.catalogue import CATALOGUE
from sendgate.scores.scorecard import Axis, Bin, Line, Pair, Scorecard, Term

TERM = Term("age", "x", (Bin(1.0, 10, "young"), Bin(-1.0, None, "old")), missing=0.25)
SLOPE = Term("weight", "x", line=Line(10, 20, -1.0, 1.0), missing=0.5, words="heavy", missing_words="unweighed")
PAIR = Pair(Axis("age", (10,)), Axis("weight", ()), ((0.0, 0.0), (0.0, 0.5), (0.0, -0.5)), "young and weighed")


def probability(score: float) -> float:
    """Turn log-odds into a probability."""
    return 1 / (1 + exp(-score))


@pytest.mark.parametrize(("value", "points"), [(UNKNOWN, 0.25), (0, 1.0), (9.99, 1.0), (10, -1.0), (1e9, -1.0)])
def test_a_bin_ends_below_its_bound(value: float, points: float) -> None:
    """A value on a bound belongs to the next bin, and an unknown one to a bin of its own."""
    assert TERM.points(value) == points


@pytest.mark.parametrize(("value", "points"), [(UNKNOWN, 0.5), (0, -1.0), (10, -1.0), (15, 0.0), (20, 1.0), (99, 1.0)])
def test_a_line_is_flat_outside(value: float, points: float) -> None:
    """A line does not go on beyond what it was drawn for."""
    assert SLOPE.points(value) == points


@pytest.mark.parametrize(("age", "weight", "points"), [(5, 12, 0.5), (50, 12, -0.5), (UNKNOWN, 12, 0), (5, UNKNOWN, 0)])
def test_a_pair_adds_by_both_facts(age: float, weight: float, points: float) -> None:
    """Two facts together add what the table says, unknown values included."""
    assert PAIR.added({"age": age, "weight": weight}) == points


def test_contributions_sum_to_the_score() -> None:
    """What each fact and each pair added, with the intercept, is the score."""
    card = Scorecard("test", "a test", -2.0, (TERM, SLOPE), (PAIR,))
    known = {"age": 5.0, "weight": 18.0}
    told = card.contributions(known)
    assert [(one.fact, one.words) for one in told] == [
        ("age", "young"), ("weight", "heavy"), ("age x weight", "young and weighed"),
    ]  # fmt: skip
    assert card.intercept + sum(one.points for one in told) == pytest.approx(card.score(known), abs=1e-12)
    assert str(card.spoken(known)) == "young: +1.00, heavy: +0.60, young and weighed: +0.50"
    assert card.contributions({"age": 5.0, "weight": UNKNOWN})[1].words == "unweighed"


def test_nothing_to_say_is_said() -> None:
    """Where nothing adds a point that shows, the explanation says so."""
    card = Scorecard("test", "a test", 0.0, (Term("age", "x", (Bin(0.004, None, "alive"),)),))
    assert str(card.spoken({"age": 5})) == "nothing out of the ordinary"
    assert card.summed({"age": 5}).words == "starts at 0.00 = 0.00"


def test_what_is_told_sums_to_the_score() -> None:
    """Small contributions are left out of a sentence, and added up in an explanation."""
    small = Term("height", "x", (Bin(-0.06, None, "tall"),))
    card = Scorecard("test", "a test", -2.0, (TERM, small))
    assert str(card.spoken({"age": 5, "height": 1})) == "young: +1.00"
    made = card.summed({"age": 5, "height": 1})
    assert made.words == "starts at -2.00, young: +1.00, everything else: -0.06 = -1.06"
    assert made.start + sum(part.points for part in made.parts) == pytest.approx(made.score)
    assert made.probability == pytest.approx(probability(-1.06), abs=1e-6)


def test_what_is_said_can_be_added_up() -> None:
    """What is lost by rounding is in the rest, and a calibration is told."""
    terms = tuple(Term(name, "x", (Bin(0.104, None, name),)) for name in ("a", "b", "c", "d", "e"))
    made = Scorecard("test", "a test", -2.004, terms, calibration=((0.0, -0.5),)).summed(dict.fromkeys("abcde", 1.0))
    assert made.words.startswith("starts at -2.00, a: +0.10, b: +0.10, ")
    assert made.words.endswith("e: +0.10, everything else: +0.02 = -1.48, calibrated to -1.98")


@pytest.mark.parametrize(
    ("knots", "score", "meant"),
    [
        ((), 1.0, 1.0),
        (((0.0, -0.5),), 1.0, 0.5),
        (((-6.0, -7.0), (-2.0, -2.0)), -4.0, -4.5),
        (((-6.0, -7.0), (-2.0, -2.0)), -9.0, -7.0),
        (((-6.0, -7.0), (-4.0, -4.0), (-2.0, -2.0)), 5.0, -2.0),
        (((-6.0, -7.0), (-4.0, -4.0), (-2.0, -2.0)), -3.0, -3.0),
    ],
)
def test_calibration_is_straight_between_its_knots(
    knots: tuple[tuple[float, float], ...], score: float, meant: float
) -> None:
    """A score stands for what was seen near it, and beyond that for the nearest that was seen."""
    card = Scorecard("test", "a test", score, (), calibration=knots)
    assert card.exact_probability({}) == pytest.approx(probability(meant), abs=1e-12)


@pytest.mark.parametrize("bins", [(Bin(0.0, 5),), (Bin(0.0, 5), Bin(1.0, 5), Bin(0.0)), (Bin(0.0), Bin(0.0)), ()])
def test_bins_must_rise_and_end_unbounded(bins: tuple[Bin, ...]) -> None:
    """A card with a gap would give somebody no points at all."""
    with pytest.raises(ValueError, match=r"must rise|either"):
        Term("age", "x", bins)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"calibration": ((0, 1), (1, 0))}, "more points never mean a lower"),
        ({"calibration": ((1, 0), (1, 2))}, "must rise"),
        ({"terms": (TERM, TERM)}, "two terms speak of `age`"),
        ({"pairs": (Pair(Axis("age", ()), Axis("height", ()), ((0, 0), (0, 0))),)}, "no term does"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(change: dict[str, object], wrong: str) -> None:
    """What a card says of its facts must go together."""
    with pytest.raises(ValueError, match=wrong):
        Scorecard(**{"name": "test", "predicts": "a test", "intercept": 0.0, "terms": (TERM,), **change})


def test_a_pair_needs_points_for_every_bin() -> None:
    """A table of points with a hole is refused."""
    with pytest.raises(ValueError, match="3 rows of 2"):
        Pair(Axis("age", (10,)), Axis("weight", ()), ((0.0, 0.0), (0.0, 0.5)))


def test_a_line_needs_two_ends() -> None:
    """A line from a value to itself has no slope."""
    with pytest.raises(ValueError, match="below"):
        Line(3, 3, 0.0, 1.0)


def test_the_shipped_card_of_risk_says_what_was_published() -> None:
    """Unknown people have the base rate, new subscribers 1.17 %, those of a year 0.20 %."""
    card = shipped(PUBLISHED)
    unknown = {"tenure": UNKNOWN, "unopened": UNKNOWN, "messages_7d": 0}
    assert card.probability(unknown) == pytest.approx(0.0020, abs=1e-6)
    assert card.probability(unknown | {"tenure": 3}) == pytest.approx(0.0117, abs=1e-4)
    assert card.probability(unknown | {"tenure": 400}) == pytest.approx(0.0020, abs=1e-6)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_cards_mean_what_the_catalogue_means(name: str) -> None:
    """A shipped card is never out of date, and says where it comes from and how far to trust it."""
    card = shipped(name)
    assert {term.fact: term.definition for term in card.terms} == {
        term.fact: CATALOGUE[term.fact].definition for term in card.terms
    }
    assert card.name == name
    assert card.provenance is not None
    assert card.provenance.source
    assert card.provenance.trust
    assert all(term.source for term in card.terms)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_card_is_written_as_it_is_read(name: str) -> None:
    """Reading a card and writing it again changes nothing, to the letter."""
    text = shipped_path(name).read_bytes()
    assert written(parsed(text)) == text


def test_a_pair_is_said_in_the_words_of_its_bins() -> None:
    """Where both bins have words, they are said together; where one has none, nothing is; small points are not."""
    first = Axis("age", (10,), ("", "young", "old"))
    second = Axis("weight", (50,), ("not weighed", "light", "heavy"))
    pair = Pair(first, second, ((0.5, 0.5, 0.5), (0.3, -0.4, 0.05), (0.0, 0.0, 0.0)))
    said = {
        (5, 20): "young and light: -0.40",
        (5, UNKNOWN): "young and not weighed: +0.30",
        (5, 60): "",
        (UNKNOWN, 20): "",
    }
    for (age, weight), words in said.items():
        assert pair.spoken({"age": age, "weight": weight}).after("") == words


def test_an_axis_has_words_for_all_bins_or_for_none() -> None:
    """Words for some of the bins would be those of others."""
    with pytest.raises(ValueError, match="`words` must be 3"):
        Axis("age", (10,), ("young", "old"))
