"""From files to a judged card: the two things that the commands `train` and `evaluate` do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from sendgate.audience import open_run
from sendgate.audience.account import counts_of
from sendgate.errors import InputError
from sendgate.model.campaigns import Campaign, Family
from sendgate.model.times import LATEST, counted, iso, parse_duration, span
from sendgate.scores.catalogue import CATALOGUE
from sendgate.scores.provenance import Provenance
from sendgate.scores.scorecard import Scorecard
from sendgate.training.cards import card_of
from sendgate.training.circumstances import Circumstances, circumstances
from sendgate.training.history import LEAVING, History, Outcome, Period
from sendgate.training.judging import Judgement, judge
from sendgate.training.matrix import Matrix, by_brand, by_campaign, matrix_of, without_file
from sendgate.training.recipe import RISING, SPLIT, Learnt, Periods, Progress, learn, learn_again

if TYPE_CHECKING:
    from sendgate.audience.account import Account
    from sendgate.audience.run import Run

Score = Literal["risk", "relevance"]

_CLOCK = ("message_hour", "message_weekday")
"""Asked for by name only: mostly all messages of a campaign leave at once, and the hour stands for the campaign."""
_OF_COUPONS = ("campaigns_redeemed", "redeemed_share")
RISK_FACTS = tuple(
    name for name, fact in CATALOGUE.items() if not fact.of_offer and name not in {*_CLOCK, *_OF_COUPONS}
)
RELEVANCE_FACTS = tuple(name for name in CATALOGUE if name not in {*_CLOCK, "days_since_first_message", "left_before"})


@dataclass(frozen=True)
class Sources:
    """What to learn from, or to judge on."""

    people: Sequence[Path]
    events: Sequence[Path]
    family: Family
    campaigns: Sequence[Campaign] = ()
    """What was offered; a relevance needs it."""


@dataclass(frozen=True)
class Trained:
    """A card with what is to be told of it."""

    card: Scorecard
    judgement: Judgement
    learnt: Learnt
    account: Account


@dataclass(frozen=True)
class Evaluated:
    """A card that was judged on other messages."""

    judgement: Judgement
    account: Account


@dataclass(frozen=True)
class _Read:
    matrix: Matrix
    odd: Circumstances
    account: Account


@dataclass(frozen=True)
class _Asked:
    score: Score
    outcome: Outcome
    made: tuple[str, str]


def train(  # noqa: PLR0913, PLR0917  one argument for each option of the command line
    score: Score, sources: Sources, outcome: Outcome, period: Period, names: Sequence[str], made: tuple[str, str], *,
    progress: Progress,
) -> Trained:  # fmt: skip
    """Learn a card, and judge it. ``made``: the day and the version of sendgate.

    Raises InputError where the files do not hold enough to learn from.
    """
    read = _read(sources, outcome, period, names, of_offers=score == "relevance", progress=progress)
    rising, asked = _rising(score), _Asked(score, outcome, made)
    with _naming_strange_kinds(read.account):
        periods = Periods.of(read.matrix, outcome.window)
    learnt, judgement = _judged(read, periods, asked, progress)
    progress("learning again, from all messages")
    again = learn_again(learnt, read.matrix, periods.judge, rising)
    about = _told(_provenance(again, read.matrix, asked), read.matrix, judgement)
    final = card_of(again, read.matrix, score, about, rising)
    return Trained(final, judgement, learnt, read.account)


def roll(  # noqa: PLR0913  see train
    score: Score, sources: Sources, outcome: Outcome, names: Sequence[str], moments: Sequence[float], *,
    progress: Progress,
) -> tuple[Judgement, ...]:  # fmt: skip
    """Follow the recipe at several moments, each time with what was known then, and judge it on what came next.

    Each judgement is on the messages from one moment until the next one; the last, on all that are left. Raises
    InputError where there is too little before a moment, or nothing after it.
    """
    whole = Period(0.0, LATEST)
    read = _read(sources, outcome, whole, names, of_offers=score == "relevance", progress=progress)
    asked = _Asked(score, outcome, ("", ""))
    spans = pairwise((*moments, LATEST))
    return tuple(
        _judged(read, Periods.around(read.matrix, start, end, outcome.window), asked, progress)[1]
        for start, end in spans
    )


def _rising(score: Score) -> Mapping[str, int]:
    return RISING if score == "risk" else {}


def _judged(read: _Read, periods: Periods, asked: _Asked, progress: Progress) -> tuple[Learnt, Judgement]:
    """Learn from the first two periods, and judge on the third."""
    rising, window = _rising(asked.score), asked.outcome.window
    learnt = learn(periods, rising, progress)
    progress("judging")
    earlier = read.matrix.within(read.matrix.at < periods.judge.at[0] - window)
    again = learn_again(learnt, earlier, periods.choose, rising)
    card = card_of(again, earlier, asked.score, _provenance(again, earlier, asked), rising)
    return learnt, judge(card, earlier, periods.judge, asked.outcome, read.odd)


def evaluate(card: Scorecard, sources: Sources, outcome: Outcome, period: Period, *, progress: Progress) -> Evaluated:
    """Judge a card on the messages of a period, or on the latest where it gives no start."""
    names = [*card.facts, *(["messages_7d"] if "messages_7d" not in card.facts else [])]
    of_offers = any(CATALOGUE[name].of_offer for name in card.facts)
    whole = Period(0.0, period.until)
    read = _read(sources, outcome, whole, names, of_offers=of_offers, progress=progress)
    matrix = read.matrix
    start = period.since or float(matrix.at[int(len(matrix) * SPLIT[1])])
    earlier, later = matrix.within(matrix.at < start - outcome.window), matrix.within(matrix.at >= start - 1)
    if not 0 < later.result.sum() < len(later):
        found = counted(int(later.result.sum()), "outcome")
        raise InputError(f"of {len(later):,} messages from then on, {found}: nothing to judge")
    progress("judging")
    return Evaluated(judge(card, earlier, later, outcome, read.odd), read.account)


def _read(  # noqa: PLR0913  see train
    sources: Sources, outcome: Outcome, period: Period, names: Sequence[str], *, of_offers: bool, progress: Progress
) -> _Read:
    with open_run(
        now=LATEST, people=sources.people, events=sources.events, attributes=("timezone",), progress=progress
    ) as run:
        progress("matching messages with what came of them")
        with _naming_strange_kinds(run.account):
            history = History(run, outcome, period)
            parts = by_campaign(sources.family, sources.campaigns) if of_offers else by_brand(run, sources.family)
            matrix = matrix_of(run, outcome, parts, names, progress)
            if of_offers:
                run.account.added += _left_out(run, history, sources, len(matrix))
            _check(matrix, outcome, run.account)
        return _Read(matrix, circumstances(run, history.until), run.account)


def _left_out(run: Run, history: History, sources: Sources, used: int) -> Iterator[str]:
    """Name the messages that nothing is learnt from, since nobody knows what they offered."""
    named = without_file(run, sources.campaigns)
    unclear = history.messages - sum(named.values()) - used
    if unnamed := named.pop("", 0):
        yield f"messages that name no campaign, left out: {unnamed:,}"
    if named:
        yield f"messages of campaigns without a file, left out: {sum(named.values()):,}: {counts_of(named)}"
    if unclear:
        yield f"messages whose creative does not tell the campaign's offers apart, left out: {unclear:,}"


def _check(matrix: Matrix, outcome: Outcome, account: Account) -> None:
    if not len(matrix):
        left = "".join(f"; {words}" for words in account.added)
        raise InputError(f"no message belongs to any of the campaigns: events name them by `campaign`{left}")
    if not matrix.result.any():
        raise InputError(
            f"no outcome, {outcome.words}, followed any of {len(matrix):,} messages: see whether"
            " the events have such kinds, spelt so, and persons named as in the messages"
        )


@contextmanager
def _naming_strange_kinds(account: Account) -> Iterator[None]:
    """Add to what is missing the kinds that nothing reads: `Unsubscribed` is not `unsubscribed`."""
    try:
        yield
    except InputError as error:
        raise InputError("; ".join([str(error), *account.strange_kinds])) from None


def _provenance(learnt: Learnt, matrix: Matrix, asked: _Asked) -> Provenance:
    outcome, made = asked.outcome, asked.made
    return Provenance(
        source="this family's own messages, and what came of them",
        outcome=" or ".join(outcome.kinds), window=span(outcome.window), model=learnt.model.words,
        since=iso(float(matrix.at[0])), until=iso(float(matrix.at[-1])), made_on=made[0], sendgate=made[1],
    )  # fmt: skip


def _told(about: Provenance, matrix: Matrix, judgement: Judgement) -> Provenance:
    figures = judgement.figures[0]
    metrics = {
        "auc": round(figures.auc.value, 4),
        "auc_low": round(figures.auc.low, 4),
        "auc_high": round(figures.auc.high, 4),
        "average_precision": round(figures.average_precision.value, 5),
        "log_loss": round(figures.log_loss, 6),
        "predicted_by_observed": round(figures.ratio.value, 3),
    }
    trust = (
        f"the recipe was judged on {judgement.rows:,} messages from {iso(judgement.since)[:10]} on, unseen by it;"
        " then it was followed once more with all messages. Judge it again when the list, the brands or the frequency"
        " change"
    )
    return replace(
        about,
        trust=trust,
        rows=len(matrix),
        outcomes=int(matrix.result.sum()),
        base_rate=round(float(matrix.result.mean()), 6),
        warnings=judgement.warnings,
        metrics=metrics,
    )


def outcome_of(card: Scorecard, kinds: Sequence[str], window: float | None, usual_window: float) -> Outcome:
    """Give what a card is about: as asked for, else as its provenance says, else what is usual."""
    about = card.provenance if card.provenance and card.provenance.window else Provenance()
    told = about.outcome.split(" or ") if about.outcome else []
    usual = ("clicked",) if any(CATALOGUE[name].of_offer for name in card.facts) else LEAVING
    return Outcome(tuple(dict.fromkeys(kinds or told or usual)), window or _seconds(about.window) or usual_window)


def _seconds(words: str) -> float | None:
    """Read a window as a card tells it, "14 days"; None where that says nothing."""
    number, _, unit = words.replace(",", "").partition(" ")
    try:
        return parse_duration(f"{number}{unit[:1]}")
    except ValueError:
        return None
