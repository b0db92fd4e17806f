"""Judging a card on messages that it has not seen, against simpler and against more complicated models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sendgate.model.times import DAY, UNKNOWN, iso, parse_time, span
from sendgate.scores.catalogue import CATALOGUE
from sendgate.scores.scorecard import Scorecard
from sendgate.training.additive import probability
from sendgate.training.cards import scores
from sendgate.training.circumstances import Circumstances
from sendgate.training.fits import Fit, fits
from sendgate.training.grids import Floats, grid_of
from sendgate.training.history import Outcome
from sendgate.training.matrix import Matrix
from sendgate.training.measures import (
    Decile,
    Flags,
    Interval,
    Ranked,
    brier,
    deciles,
    intervals,
    log_loss,
    predicted_by_observed,
)

FIELD = {"risk": 0.75, "relevance": 0.93}
"""An AUC whose interval is above this is more than the field sees: 0.63 for leaving, 0.8 to 0.85 for redeeming."""
WRITTEN_TO = 0.1
"""More exits than this share after which the brand wrote again, and the times of the log are in doubt: some messages
were on their way, and some people came back without an event. Of exits, not of messages: those are a hundred times as
many, and would hide it if every exit came before its message."""
ALONE = 0.2
"""More exits without a message before them than this share, likewise: some leave on the web, most from a message."""
AHEAD = 0.5
"""More outcomes than this share in the last tenth before the next message, likewise. By chance it is a tenth, and the
busiest hours of a day, just before a daily message, hold a quarter at most."""
TOP = (0.05, 0.2)
LOGISTIC, LIGHTGBM = "logistic regression, same facts", "LightGBM, same facts"


@dataclass(frozen=True)
class Figures:
    """How one model did."""

    model: str
    auc: Interval
    average_precision: Interval
    log_loss: float
    brier: float
    ratio: Interval
    """Outcomes predicted over outcomes observed."""
    top: tuple[float, ...]
    """Share of the outcomes in the rows with the highest probability, for each of TOP."""


@dataclass(frozen=True)
class Judgement:
    """All that is to be told of a card."""

    card: Scorecard
    rows: int
    outcomes: int
    since: float
    until: float
    figures: tuple[Figures, ...]
    """The card first."""
    deciles: tuple[Decile, ...]
    warnings: tuple[str, ...]
    leaks: tuple[str, ...] = ()
    """Those of the warnings for which no figure of the card can be believed."""
    leaving: bool = True
    """The outcome is that people leave."""
    learnt_until: float = UNKNOWN
    """The last message that the card was learnt from or calibrated on; unknown where it does not say."""
    seen: int = 0
    """How many of the messages are not later than that."""
    fits: tuple[Fit, ...] = ()
    """By bin of each term."""
    looked_for: str = ""
    """What was looked for after each message, and how long."""

    def of(self, model: str) -> Figures | None:
        """Give the figures of a model, where it was there to be compared with."""
        return next((figures for figures in self.figures if figures.model == model), None)

    @property
    def base_rate(self) -> float:
        """The share of messages with the outcome."""
        return self.outcomes / self.rows


def judge(card: Scorecard, earlier: Matrix, later: Matrix, outcome: Outcome, odd: Circumstances) -> Judgement:
    """Judge a card on ``later`` messages; the models to compare with learn from ``earlier`` ones."""
    chance = probability(scores(card, later))
    figures = [_figures(card.name, chance, later), *_others(card, earlier, later)]
    until = learnt_until(card)
    seen = int((later.at < until + 1.0).sum())  # a card tells whole seconds
    leaks = tuple(_leaks(figures[0], later, outcome))
    warnings = (*_of_seen(seen, until, later), *_of_another(card, outcome), *leaks, *_oddities(outcome, odd))
    return Judgement(
        card, len(later), int(later.result.sum()), float(later.at[0]), float(later.at[-1]), tuple(figures),
        tuple(deciles(chance, later.result)), warnings, leaks, outcome.leaving, until, seen,
        fits(card, chance, later), outcome.words,
    )  # fmt: skip


def learnt_until(card: Scorecard) -> float:
    """Give the last message that a card has seen, by what it says of itself; UNKNOWN where it says nothing."""
    told = (card.provenance.until, card.provenance.calibrated_until) if card.provenance else ()
    return max((_moment(text) for text in told if text), default=UNKNOWN)


def _moment(text: str) -> float:
    try:
        return parse_time(text)
    except ValueError:
        return UNKNOWN


def _of_seen(seen: int, until: float, later: Matrix) -> Iterator[str]:
    if seen:
        which = f"all {seen:,}" if seen == len(later) else f"{seen:,} of the {len(later):,}"
        after = iso(until + DAY)[:10]
        yield (
            f"{which} messages are not later than {iso(until)[:16]}, the last that the card learnt from: it has seen"
            f" what came of them, so the figures flatter. Judge it on later ones, with `--since {after}`; where there"
            " are none yet, learn a card with `--until` and judge that one with `--since` from then on"
        )


def _of_another(card: Scorecard, outcome: Outcome) -> Iterator[str]:
    """Tell where something else is looked for than the card has learnt, or for another time."""
    about = card.provenance
    if not about or not about.window:
        return
    if {*about.outcome.split(" or ")} != {*outcome.kinds} or about.window != span(outcome.window):
        learnt = f"{about.outcome} within {about.window}"
        yield f"the card was learnt from what {learnt}, and is judged on what {outcome.words}: its level will be off"


def _figures(name: str, chance: Floats, later: Matrix) -> Figures:
    ranked, ratio = Ranked(chance, later.result), predicted_by_observed(chance, later.result)
    auc, precision, right = intervals(later.person, ranked.auc, ranked.average_precision, ratio)
    return Figures(
        name,
        auc,
        precision,
        log_loss(chance, later.result),
        brier(chance, later.result),
        right,
        tuple(ranked.share_in_top(top) for top in TOP),
    )


def _others(card: Scorecard, earlier: Matrix, later: Matrix) -> Iterator[Figures]:
    if not 0 < earlier.result.sum() < len(earlier):
        return
    base = np.full(len(later), earlier.result.mean())
    yield _figures("base rate of earlier messages", base, later)
    if "messages_7d" in later.names:
        yield _figures("messages in 7 days alone", _by_week(earlier, later), later)
    columns = [later.names.index(name) for name in card.facts]
    yield _figures(LOGISTIC, _plain_logistic(earlier, later, columns), later)
    if (chance := _lightgbm(earlier, later, columns)) is not None:
        yield _figures(LIGHTGBM, chance, later)


def _by_week(earlier: Matrix, later: Matrix) -> Floats:
    """Predict the rate that people with as many messages in 7 days had, smoothed by 20 messages at the base rate."""
    place = later.names.index("messages_7d")
    size = len(grid_of(CATALOGUE["messages_7d"])) + 2
    rows = np.bincount(earlier.codes[:, place], minlength=size)
    found = np.bincount(earlier.codes[:, place], earlier.result, size)
    rates = (found + 20 * earlier.result.mean()) / (rows + 20)
    return np.asarray(rates[later.codes[:, place]])


def _filled(matrix: Matrix, columns: list[int]) -> Floats:
    """Give numbers for a linear model: their logarithm, and whether they are unknown."""
    values = matrix.values[:, columns].astype(float)
    known = ~np.isnan(values)
    return np.hstack([np.log1p(np.where(known, np.maximum(values, 0), 0)), ~known])


def _plain_logistic(earlier: Matrix, later: Matrix, columns: list[int]) -> Floats:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  takes a second or two to load
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    model.fit(_filled(earlier, columns), earlier.result)
    return np.asarray(model.predict_proba(_filled(later, columns))[:, 1])


def _lightgbm(earlier: Matrix, later: Matrix, columns: list[int]) -> Floats | None:
    try:
        import lightgbm  # noqa: PLC0415  where installed
    except ImportError:
        return None
    settings = {
        "objective": "binary",
        "learning_rate": 0.03,
        "num_leaves": 15,
        "min_data_in_leaf": max(20, min(200, len(earlier) // 100)),
        "lambda_l2": 5.0,
        "num_threads": 1,
        "verbosity": -1,
        "seed": 1,
        "deterministic": True,
    }
    model: Any = lightgbm.train(settings, lightgbm.Dataset(earlier.values[:, columns], earlier.result.astype(int)), 200)
    return np.asarray(model.predict(later.values[:, columns]))


def _leaks(card: Figures, later: Matrix, outcome: Outcome) -> Iterator[str]:
    field = FIELD["risk" if outcome.leaving else "relevance"]
    if card.auc.low > field:
        yield (
            f"this looks like a leak: an AUC of {card.auc.value:.2f} is more than the field sees ({field}). Some"
            " fact knows what happened after the message: look at the times of your events"
        )
    _, person = np.unique(later.person, return_inverse=True)
    for place, name in enumerate(later.names):
        alone = _alone(later, place, person % 2 == 0)
        if alone.auc() > field and intervals(person, alone.auc)[0].low > field:
            yield f"a single fact explains nearly everything: `{name}` has an AUC of {alone.auc():.2f} by itself"


def _oddities(outcome: Outcome, odd: Circumstances) -> Iterator[str]:
    if odd.exits_written_to > WRITTEN_TO:
        yield (
            f"after {odd.exits_written_to:.0%} of the unsubscribes the brand wrote again, though nobody had come back:"
            " leaving has no effect, or the times of leaving, or of sending, are not what they seem"
        )
    if outcome.leaving and odd.outcomes_without_message > ALONE:
        yield (
            f"{odd.outcomes_without_message:.0%} of the outcomes have no message before them within the window:"
            " messages are missing, or times are shifted"
        )
    if odd.outcomes_ahead > AHEAD:
        yield (
            f"{odd.outcomes_ahead:.0%} of the outcomes that name no campaign come just before a message, in the last"
            " tenth of the time since the one before: their times seem to be earlier than the message that they are of"
        )


def _alone(later: Matrix, place: int, half: Flags) -> Ranked:
    """Rank the messages by one fact alone: by the rate of its bin among the other ``half`` of the people.

    By rates that were counted on the same few outcomes, pure noise would explain them.
    """
    codes, lift = later.codes[:, place], np.empty(len(later))
    size = int(codes.max()) + 1
    for seen in (half, ~half):
        rows, found = np.bincount(codes[seen], minlength=size), np.bincount(codes[seen], later.result[seen], size)
        base = max(found.sum() / max(rows.sum(), 1), 1e-9)
        lift[~seen] = ((found + 1) / (rows + 1 / base) / base)[codes[~seen]]
    return Ranked(lift, later.result)
