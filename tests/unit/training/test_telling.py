"""What a judgement says: no more than its figures allow."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from sendgate.model.times import DAY, UNKNOWN, iso
from sendgate.scores.provenance import Provenance
from sendgate.training.additive import Bins, level, logistic
from sendgate.training.cards import card_of
from sendgate.training.circumstances import Circumstances
from sendgate.training.course import _told
from sendgate.training.history import LEAVING, Outcome
from sendgate.training.judging import Judgement, judge
from sendgate.training.measures import Interval
from sendgate.training.recipe import Learnt
from sendgate.training.telling import page, record, verdict
from tests.unit.training.made import matrix

FINE = Circumstances(0.0, 0.0)
MESSAGES = matrix()
"""300 days from the first of 1970."""
FEW = matrix(600)
"""For the models beside a card, of whose figures nothing is said here."""


@cache
def judged(kinds: tuple[str, ...] = LEAVING, *, leak: bool = False, **about: str) -> Judgement:
    """Judge a card, that says this of where it comes from, on messages of 300 days."""
    model = logistic(MESSAGES, Bins.of(MESSAGES), level(12), {})
    card = card_of(Learnt(model, (), ()), MESSAGES, "risk", Provenance(outcome="leaving", **about), {})
    return judge(card, FEW, matrix(seed=7, leak=leak), Outcome(kinds, 7 * DAY), FINE)


def with_auc(judgement: Judgement, *auc: float) -> Judgement:
    """Change what a card's AUC was found to be."""
    return replace(judgement, figures=(replace(judgement.figures[0], auc=Interval(*auc)),))


@pytest.mark.parametrize("key", ["until", "calibrated_until"])
def test_messages_that_a_card_has_seen_are_counted(key: str) -> None:
    """A card that learnt from some of the messages is warned of, with their number and a way to be honest."""
    judgement = judged(**{key: iso(100 * DAY)})
    assert 1800 < judgement.seen < 2200
    (warning,) = judgement.warnings
    assert warning.startswith(f"{judgement.seen:,} of the 6,000 messages are not later than 1970-04-11")
    assert "`--since 1970-04-12`" in warning
    told = page(judgement, "a.svg")
    assert f"{judgement.seen:,} of them are not later than what it was learnt from" in told
    assert "> **Warning:**" in told
    assert verdict(judgement).startswith("On messages of which it has seen 34%: the card")
    assert record(judgement)["seen"] == judgement.seen


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (iso(301 * DAY), "none of them is later than what it was learnt from, which ends at 1970-10-29"),
        ("", "the card does not say which messages it was learnt from"),
        ("some time ago", "the card does not say which messages it was learnt from"),
    ],
)
def test_the_head_says_whether_the_card_has_seen_the_messages(until: str, said: str) -> None:
    """It says that messages are later only where they are."""
    assert said in page(judged(until=until), "a.svg")


def test_messages_that_are_all_later_are_said_to_be() -> None:
    """Nothing is warned of where the card ends before they begin."""
    judgement = judged(until=iso(DAY))
    later = replace(judgement, seen=0, warnings=())
    assert "all are later than what it was learnt from" in page(later, "a.svg")
    assert verdict(later).startswith("The card ")


def test_the_report_shows_the_card_that_is_written() -> None:
    """The figures say that they are of another one, learnt on the earlier part."""
    judgement = judged(until=iso(DAY))
    other = card_of(
        Learnt(logistic(MESSAGES, Bins.of(MESSAGES), level(2000), {}), (), ()), MESSAGES, "risk",
        Provenance(until="2026-03-04", rows=6000), {},
    )  # fmt: skip
    told = page(judgement, "a.svg", (), other).partition("## The card")[2]
    points = [bin_.points for term in other.terms for bin_ in term.bins]
    assert points != [bin_.points for term in judgement.card.terms for bin_ in term.bins]
    assert all(f"| {points:+.2f} |" in told for points in points)
    assert "learnt from all 6,000 messages, until 2026-03-04" in told
    assert "learnt in the same way until 1970-01-02" in told


def test_the_unknown_are_counted() -> None:
    """The rows of a term, the unknown among them, are all rows; of one outcome there is one."""
    judgement = replace(judged(), outcomes=1)
    (tenure,) = [term for term in judgement.card.terms if term.fact == "tenure"]
    assert tenure.missing_rows == len(MESSAGES) - sum(b.rows or 0 for b in tenure.bins)
    told = page(judgement, "a.svg")
    assert f"| {tenure.missing_words} | {tenure.missing:+.2f} | {tenure.missing_rows:,} |" in told
    assert "with 1 outcome (" in told


def test_an_interval_that_holds_a_coin_is_said() -> None:
    """An AUC that may be chance is no skill, whatever its value."""
    told = verdict(with_auc(judged(), 0.589, 0.493, 0.685))
    assert "may tell nobody apart" in told
    assert "leaving out" not in told
    assert "tells people apart a little, which is what list exits allow" in verdict(
        with_auc(judged(), 0.589, 0.51, 0.685)
    )


def test_words_of_exits_are_for_exits() -> None:
    """A card of answers is not good for leaving out the riskiest."""
    told = verdict(with_auc(judged(("clicked",)), 0.62, 0.58, 0.66))
    assert "tells people apart a little (AUC 0.620" in told


def test_a_leak_is_not_to_be_used() -> None:
    """The verdict says so in place of praise, and the card keeps the warnings for whoever gets the file."""
    judgement = judged(leak=True)
    assert judgement.leaks
    assert set(judgement.leaks) <= set(judgement.warnings)
    assert verdict(judgement).startswith("Do not use the card")
    assert "is right" not in verdict(judgement)
    assert _told(Provenance(), MESSAGES, judgement).warnings == judgement.warnings
    assert judged().learnt_until == UNKNOWN
