"""The recipe from messages to a card: learn on the earliest, choose and calibrate on later ones, judge on the latest.

Nothing of a later period ever reaches an earlier step. Messages whose window reaches into the next period are left out
of the earlier one, because their outcome was not known when the next began. What was chosen learns once more from all
messages before those it is judged on. When it has been judged, the same recipe is followed with all messages, and that
is what is written: the figures beside it are those of the recipe on messages that it had never seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from sendgate.errors import InputError
from sendgate.model.times import DAY, counted, iso, span
from sendgate.training.additive import Bins, Model, boosted, level, logistic, probability, straight
from sendgate.training.grids import Floats
from sendgate.training.lines import Along, along
from sendgate.training.matrix import Matrix
from sendgate.training.pairs import paired, with_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPLIT = (0.6, 0.8)
"""Where choosing begins, and where judging begins, as shares of the messages in order of time."""
_FEWEST = 30
"""Outcomes in a period: with fewer there is nothing to learn."""
_FEW = 10
"""Outcomes in a period of a rolling judgement."""
_LEARNT_FROM = 0.75
"""Share of what was known at a moment that models learn from; the rest is to choose by."""
_DOUBT = 2.0
"""Standard errors by which a pair of facts has to be better than none."""
_WORTH = 0.01
"""Share of the log-loss that it has to save: it is one table more to read."""
_TRIES = 300
"""Divisions that are looked at before giving up."""
_SLOPE = 20.0
"""The slope of a calibration is drawn towards 1 as strongly as so many outcomes would."""
_LEVEL = 150.0
"""Its level is drawn towards that of the model likewise: a short time tells little of the times to come."""
_BEYOND = 2.0
"""Log-odds that a calibration goes on for, where nobody was seen."""

RISING = {"messages_1d": 1, "messages_7d": 1, "messages_30d": 1}
"""Policy, for a risk: more messages never make a message safer, whatever the data says."""


class Way(Protocol):
    """A way to find points for bins of some facts."""

    def __call__(self, matrix: Matrix, bins: Bins, *, rising: Mapping[str, int]) -> Model:
        """Fit a model."""


WAYS: Mapping[str, Way] = {
    **{how.words: partial(along, how=how) for how in map(Along, (200.0, 60.0))},
    **{one.words: partial(logistic, smoothing=one) for one in map(straight, (200.0, 50.0, 12.0))},
    **{one.words: partial(logistic, smoothing=one) for one in map(level, (200.0, 50.0, 12.0))},
    "explainable boosting": boosted,
}
"""By the kind of their models, the plainest first: of those that do not differ beyond doubt, the first is taken."""

Knots = tuple[tuple[float, float], ...]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Periods:
    """Messages to learn from, to choose and calibrate by, and to judge on."""

    learn: Matrix
    choose: Matrix
    judge: Matrix

    @classmethod
    def of(cls, matrix: Matrix, window: float) -> Periods:
        """Divide messages in order of time, as near to SPLIT as leaves enough outcomes in each period.

        Messages of one moment stay together. Raises InputError where there are too few outcomes.
        """
        for first, second in _moments(matrix.at):
            at = matrix.at
            learn, choose = matrix.within(at < first - window), (at >= first) & (at < second - window)
            periods = cls(learn, matrix.within(choose), matrix.within(at >= second))
            if periods._enough():
                return periods
        found = counted(int(matrix.result.sum()), "outcome")
        raise InputError(
            f"{len(matrix):,} messages with {found} cannot be divided into three periods, {span(window)}"
            f" apart, with at least {_FEWEST} outcomes each: give a longer history, a shorter window or another outcome"
        )

    @classmethod
    def around(cls, matrix: Matrix, start: float, end: float, window: float) -> Periods:
        """Judge from one moment to another, and divide what was known at the first, three quarters to learn from.

        Fewer outcomes are enough to choose by than in `of`: it is asked what would have been learnt so early. Raises
        InputError where there are too few nevertheless, or nothing to judge on.
        """
        known, judge = (
            matrix.within(matrix.at < start - window),
            matrix.within((matrix.at >= start) & (matrix.at < end)),
        )
        moments = np.unique(known.at)
        away = np.abs(np.searchsorted(known.at, moments) / max(1, len(known)) - _LEARNT_FROM)
        for second in moments[np.argsort(away, kind="stable")][:_TRIES]:
            parts = known.within(known.at < second - window), known.within(known.at >= second)
            if all(_FEW <= int(part.result.sum()) < len(part) for part in parts) and 0 < judge.result.sum() < len(
                judge
            ):
                return cls(*parts, judge)
        before = counted(int(known.result.sum()), "outcome")
        raise InputError(
            f"{before} {span(window)} before {iso(start)} and {int(judge.result.sum()):,}"
            f" after it are too few to judge what would have been learnt"
        )

    def _enough(self) -> bool:
        parts = (self.learn, self.choose, self.judge)
        return all(_FEWEST <= int(part.result.sum()) < len(part) for part in parts)


def _moments(at: Floats) -> list[tuple[float, float]]:
    """List where the second and third period may begin, the nearest to SPLIT first."""
    quantiles = np.unique(at[np.linspace(0, len(at) - 1, 200).astype(int)]) if len(at) else at
    shares = np.searchsorted(at, quantiles) / max(1, len(at))
    away = [
        (abs(shares[i] - SPLIT[0]) + abs(shares[j] - SPLIT[1]), float(quantiles[i]), float(quantiles[j]))
        for i in range(1, len(quantiles)) for j in range(i + 1, len(quantiles))
    ]  # fmt: skip
    return [(first, second) for _, first, second in sorted(away)[:_TRIES]]


@dataclass(frozen=True)
class Candidate:
    """A model with what it did on the messages to choose by."""

    model: Model
    log_loss: float


@dataclass(frozen=True)
class Learnt:
    """The model that was chosen, with its calibration, and those that it was chosen from."""

    model: Model
    calibration: Knots
    tried: tuple[Candidate, ...]

    def score(self, matrix: Matrix) -> Floats:
        """Give calibrated log-odds."""
        return calibrated(self.model.score(self.model.bins.codes(matrix)), self.calibration)


def learn(periods: Periods, rising: Mapping[str, int], progress: Progress) -> Learnt:
    """Fit every sort of model on the first period, choose by the second, and calibrate there."""
    bins = Bins.of(periods.learn)
    if not bins.names:
        raise InputError("no fact tells any two of the messages apart")
    tried: list[Candidate] = []
    surprises: list[Floats] = []
    for kind, fit in WAYS.items():
        progress(kind)
        model = fit(periods.learn, bins, rising=rising)
        surprises.append(_surprise(model, periods.choose))
        tried.append(Candidate(model, float(surprises[-1].mean())))
    plain = tried[preferred(surprises, periods.choose.at)].model
    progress("pairs of facts")
    model = paired(plain, periods.learn, rising, partial(_better, periods.choose))
    if model.pairs:
        tried.append(Candidate(model, float(_surprise(model, periods.choose).mean())))
    return Learnt(model, _calibration(model, periods.choose), tuple(tried))


def _better(choose: Matrix, one: Model, other: Model) -> bool:
    """Tell whether a model surprises less than another, by what is worth it, and beyond doubt: some are lucky."""
    surprises = [_surprise(other, choose), _surprise(one, choose)]
    worth = surprises[1].mean() <= (1 - _WORTH) * surprises[0].mean()
    return bool(worth) and preferred(surprises, choose.at, _DOUBT) == 1


def _surprise(model: Model, choose: Matrix) -> Floats:
    """Give the log-loss of each message, of a model as it would be used: calibrated."""
    score = calibrated(model.score(model.bins.codes(choose)), _calibration(model, choose))
    return np.logaddexp(0.0, np.where(choose.result, -score, score))


def preferred(surprises: Sequence[Floats], at: Floats, errors: float = 1.0) -> int:
    """Give the place of the first whose mean is not above the least by more than so many standard errors.

    Between models that do as well, chance would choose. Messages of one day (``at``) are not independent of each other:
    what was written on it moves all of them. So the error is that of days, where it is the larger one.
    """
    least = min(surprises, key=lambda surprise: float(surprise.mean()))
    days = np.unique(at // DAY, return_inverse=True)[1]
    more = [one - least for one in surprises]
    return next(k for k, one in enumerate(more) if one.mean() <= errors * _standard_error(one, days))


def _standard_error(more: Floats, days: NDArray[np.int64]) -> float:
    """Give the standard error of a mean, of rows or of days, whichever is larger."""
    around = more - more.mean()
    by_day = np.bincount(days, around)
    return float(max((around**2).sum(), (by_day**2).sum()) ** 0.5) / len(more)


def learn_again(learnt: Learnt, matrix: Matrix, latest: Matrix, rising: Mapping[str, int]) -> Learnt:
    """Follow the recipe with all messages: the chosen model, the slope that held later, and the latest level."""
    plain = WAYS[learnt.model.kind](matrix, Bins.of(matrix), rising=rising)
    model = with_pairs(plain, matrix, [pair.names for pair in learnt.model.pairs])
    return Learnt(model, _calibration(model, latest, _slope(learnt.calibration)), learnt.tried)


def _calibration(model: Model, matrix: Matrix, slope: float | None = None) -> Knots:
    score = model.score(model.bins.codes(matrix))
    return knots(score, *line(score, matrix.result.astype(float), slope))


def line(score: Floats, result: Floats, slope: float | None = None) -> tuple[float, float]:
    """Find level and slope of log-odds by score (Platt), drawn towards no change; a given slope is kept."""
    centre = float(score.mean())
    steep, level = 1.0 if slope is None else slope, centre
    for _ in range(50):
        chance = probability(level + steep * (score - centre))
        weight = chance * (1 - chance)
        surprise = result - chance
        slopes = np.array(
            [surprise.sum() - _LEVEL * (level - centre), (surprise * (score - centre)).sum() - _SLOPE * (steep - 1)]
        )
        bends = np.array([[weight.sum() + _LEVEL, (weight * (score - centre)).sum()], [0.0, 0.0]])
        bends[1] = [bends[0, 1], (weight * (score - centre) ** 2).sum() + _SLOPE]
        if slope is not None:
            level += float(slopes[0] / bends[0, 0])
            continue
        step = np.linalg.solve(bends, slopes)
        level, steep = level + float(np.clip(step[0], -2, 2)), float(np.clip(steep + step[1], 0.2, 2.0))
    return level - steep * centre, steep


def knots(score: Floats, level: float, slope: float) -> Knots:
    """Lay a line out between the lowest and the highest score that were seen, and a little beyond.

    Later there are people with more of everything; scores beyond the ends would all count alike.
    """
    low, high = float(score.min()) - _BEYOND, float(score.max()) + _BEYOND
    return (round(low, 4), round(level + slope * low, 4)), (round(high, 4), round(level + slope * high, 4))


def _slope(calibration: Knots) -> float:
    (low, meant_low), (high, meant_high) = calibration[0], calibration[-1]
    return (meant_high - meant_low) / (high - low)


def calibrated(score: Floats, calibration: Sequence[tuple[float, float]]) -> Floats:
    """Turn scores into the log-odds that they stand for."""
    if not calibration:
        return score
    if len(calibration) == 1:
        return score + (calibration[0][1] - calibration[0][0])
    return np.asarray(np.interp(score, [x for x, _ in calibration], [y for _, y in calibration]))
