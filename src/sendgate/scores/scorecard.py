"""A scorecard: where everybody starts, and the points that each fact adds. It is a JSON file that people can read.

A score is a sum of points in log-odds. The card's calibration, if it has one, moves the sum to what was really
observed; the probability is the logistic function of that. One declaration serves the file, its mistakes and the
evaluation, and the evaluation is written once for one person and for tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import Annotated

from msgspec import Meta

from sendgate.facts.arithmetic import Value, exp, greatest, least, noted, settle, step, when
from sendgate.facts.sentence import Applying, Listed, Stepped, say
from sendgate.model.settings import Number, Settings, Text
from sendgate.model.times import UNKNOWN
from sendgate.scores.provenance import Provenance

MISSING = UNKNOWN / 10
"""Values below are unknown."""

SPOKEN = 0.1
"""Fewer points are left out of a sentence; together they are "everything else"."""
_NONE = 0.005
"""Fewer points are none, when they are said with two decimals."""

Points = Annotated[float, Meta(ge=-30, le=30, description="log-odds that are added")]
Rising = Annotated[tuple[Number, ...], Meta(description="rising bounds; a value on a bound belongs above it")]


class Bin(Settings, frozen=True, omit_defaults=True):
    """The points for values below a bound, and not below the bound of the bin before."""

    points: Points
    below: Annotated[Number | None, Meta(description="the bound; the last bin has none")] = None
    words: Annotated[str, Meta(description="what the bin means for a person, in the words of an explanation")] = ""
    rows: Annotated[int | None, Meta(description="how many rows it was learnt from")] = None


class Line(Settings, frozen=True):
    """Points that grow evenly between two values, and are those of the nearer one outside."""

    start: Annotated[Number, Meta(description="the value where the line begins")]
    end: Annotated[Number, Meta(description="the value where it ends")]
    at_start: Points
    at_end: Points

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError("`start` must be below `end`")

    def points(self, value: Value) -> Value:
        """Give the points for a known value."""
        inside = least(greatest(value, self.start), self.end)
        return self.at_start + (inside - self.start) * ((self.at_end - self.at_start) / (self.end - self.start))


class Term(Settings, frozen=True, dict=True, omit_defaults=True):
    """What one fact adds: by bins, or along a line."""

    fact: Annotated[Text, Meta(description="the name of a fact of the catalogue")]
    definition: Annotated[Text, Meta(description="the digest of what the fact meant when the card was made")]
    bins: Annotated[tuple[Bin, ...], Meta(description="in rising order; the last is unbounded")] = ()
    line: Annotated[Line | None, Meta(description="in place of bins")] = None
    missing: Annotated[Points, Meta(description="points where the fact is unknown")] = 0.0
    missing_words: Annotated[str, Meta(description="what it means that the fact is unknown")] = ""
    words: Annotated[str, Meta(description="the words of a line, before its points")] = ""
    forced: Annotated[str, Meta(description="`rising` or `falling`, where policy and not data made the points so")] = ""
    source: Annotated[str, Meta(description="where the points come from")] = ""
    missing_rows: Annotated[int | None, Meta(description="how many rows `missing` was learnt from")] = None

    def __post_init__(self) -> None:
        if bool(self.bins) == (self.line is not None):
            raise ValueError("a term has either `bins` or a `line`")
        bounds = [b.below for b in self.bins]
        within = [bound for bound in bounds if bound is not None]
        if bounds and (bounds[-1] is not None or len(within) < len(bounds) - 1 or within != sorted(set(within))):
            raise ValueError(f"the bins of `{self.fact}` must rise and end with one that has no `below`")

    def points(self, value: Value) -> Value:
        """Look up the points for a value."""
        if self.line:
            return when(value < MISSING, self.missing, self.line.points(value))
        return step(value, self._bounds, self._points)

    def spoken(self, value: Value) -> Applying | Stepped:
        """Say what the value adds, "joined less than 7 days ago: +1.78", where that is worth a word."""
        if self.line:
            points = self.points(value)
            said = say("{words:text}: {points:signed}", words=self.words_for(value), points=points)
            return Applying(greatest(points, 0 - points) >= SPOKEN, said)
        return Stepped(value, self._bounds, self._spoken)

    def words_for(self, value: Value) -> Value:
        """Say what the value means, without its points."""
        if self.line:
            return when(value < MISSING, self.missing_words, self.words)
        return step(value, self._bounds, (self.missing_words, *(b.words for b in self.bins)))

    @cached_property
    def _bounds(self) -> tuple[float, ...]:
        return (MISSING, *(b.below for b in self.bins if b.below is not None))

    @cached_property
    def _points(self) -> tuple[float, ...]:
        return (self.missing, *(b.points for b in self.bins))

    @cached_property
    def _spoken(self) -> tuple[str, ...]:
        said = ((self.missing_words, self.missing), *((b.words, b.points) for b in self.bins))
        return tuple(f"{words}: {points:+.2f}" if words and abs(points) >= SPOKEN else "" for words, points in said)


class Axis(Settings, frozen=True, omit_defaults=True):
    """One side of a table of points: a fact of one of the card's terms, in bins of the table's own."""

    fact: Annotated[Text, Meta(description="the fact of one of the terms")]
    below: Rising
    words: Annotated[
        tuple[str, ...], Meta(description="what each bin means for a person, the unknown first; or none at all")
    ] = ()

    def __post_init__(self) -> None:
        if list(self.below) != sorted(set(self.below)):
            raise ValueError("the bounds of `below` must rise")
        if self.words and len(self.words) != self.size:
            raise ValueError(f"`words` must be {self.size}: for the unknown, then for each bin")

    @property
    def size(self) -> int:
        """Count the bins: one for unknown values, and those between and around the bounds."""
        return len(self.below) + 2

    def place(self, value: Value) -> Value:
        """Number the bin of a value; 0 is unknown."""
        return step(value, (MISSING, *self.below), tuple(float(k) for k in range(self.size)))


class Pair(Settings, frozen=True, dict=True, omit_defaults=True):
    """What two facts add together, beyond what each adds by itself."""

    first: Axis
    second: Axis
    points: Annotated[
        tuple[tuple[Points, ...], ...],
        Meta(description="a row for each bin of the first fact, unknown first; in it the bins of the second likewise"),
    ]
    words: Annotated[str, Meta(description="what the two mean together")] = ""

    def __post_init__(self) -> None:
        if len(self.points) != self.first.size or any(len(row) != self.second.size for row in self.points):
            raise ValueError(f"`points` must be {self.first.size} rows of {self.second.size}: unknown, then each bin")

    @property
    def name(self) -> str:
        """Name it by its facts."""
        return f"{self.first.fact} x {self.second.fact}"

    def added(self, known: Mapping[str, Value]) -> Value:
        """Look up the points."""
        return step(self._cell(known), self._between, self._points)

    def spoken(self, known: Mapping[str, Value]) -> Stepped:
        """Say what the two add together, where that is worth a word."""
        return Stepped(self._cell(known), self._between, self._spoken)

    def words_for(self, known: Mapping[str, Value]) -> Value:
        """Say what the two values mean, without their points."""
        return step(self._cell(known), self._between, self._words)

    def _cell(self, known: Mapping[str, Value]) -> Value:
        """Number the cell of the table that two values lie in."""
        rows, columns = self.first.place(known[self.first.fact]), self.second.place(known[self.second.fact])
        return rows * float(self.second.size) + columns

    @cached_property
    def _between(self) -> tuple[float, ...]:
        return tuple(cell + 0.5 for cell in range(len(self._points) - 1))

    @cached_property
    def _points(self) -> tuple[float, ...]:
        return tuple(points for row in self.points for points in row)

    @cached_property
    def _words(self) -> tuple[str, ...]:
        rows, columns = (axis.words or ("",) * axis.size for axis in (self.first, self.second))
        return tuple(f"{row} and {column}" if row and column else self.words for row in rows for column in columns)

    @cached_property
    def _spoken(self) -> tuple[str, ...]:
        said = zip(self._words, self._points, strict=True)
        return tuple(f"{words}: {points:+.2f}" if words and abs(points) >= SPOKEN else "" for words, points in said)


Knot = tuple[Number, Number]


class Contribution(Settings, frozen=True):
    """What one fact added for one person."""

    fact: str
    words: str
    points: float


class Summed(Settings, frozen=True):
    """What the probability of one person is made of. The start and the parts sum to the score."""

    card: str
    start: float
    parts: tuple[Contribution, ...]
    score: float
    """Log-odds."""
    calibrated: float
    """The log-odds that the score stands for."""
    probability: float

    @property
    def words(self) -> str:
        """Say it so that a reader can add it up: "starts at -6.21, joined less than 7 days ago: +1.78 = -4.43"."""
        spoken = [part for part in self.parts if part.words and abs(part.points) >= SPOKEN]
        rest = round(self.score, 2) - round(self.start, 2) - sum(round(part.points, 2) for part in spoken)
        said = [f"starts at {self.start:.2f}", *(f"{part.words}: {part.points:+.2f}" for part in spoken)]
        said += [f"everything else: {rest:+.2f}"] if abs(rest) >= _NONE else []
        calibrated = f", calibrated to {self.calibrated:.2f}" if abs(self.calibrated - self.score) >= _NONE else ""
        return f"{', '.join(said)} = {self.score:.2f}{calibrated}"


class Scorecard(Settings, frozen=True, dict=True, omit_defaults=True):
    """An additive model of a probability."""

    name: Annotated[Text, Meta(description="what to call the card")]
    predicts: Annotated[Text, Meta(description="the outcome whose probability the card gives, in words")]
    intercept: Annotated[Number, Meta(description="where everybody starts: log-odds")]
    terms: Annotated[tuple[Term, ...], Meta(description="what each fact adds")]
    pairs: Annotated[tuple[Pair, ...], Meta(description="what two facts add together")] = ()
    calibration: Annotated[
        tuple[Knot, ...],
        Meta(description="pairs of a score and the log-odds that it stands for, rising; straight in between"),
    ] = ()
    provenance: Annotated[Provenance | None, Meta(description="where the card comes from")] = None

    def __post_init__(self) -> None:
        names = [term.fact for term in self.terms]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"two terms speak of `{twice}`")
        for axis in (axis for pair in self.pairs for axis in (pair.first, pair.second)):
            if axis.fact not in names:
                raise ValueError(f"a pair speaks of `{axis.fact}`, and no term does")
        for before, after in pairwise(self.calibration):
            if before[0] >= after[0] or before[1] > after[1]:
                raise ValueError("`calibration` must rise: more points never mean a lower probability")

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that it asks for, by name."""
        return tuple(term.fact for term in self.terms)

    def score(self, known: Mapping[str, Value]) -> Value:
        """Add up the points for the values of the facts, by name: log-odds, before calibration."""
        total: Value = self.intercept
        for term in self.terms:
            total = total + term.points(known[term.fact])
        for pair in self.pairs:
            total = total + pair.added(known)
        return noted(known, f"score_{self._digest}", total, stage=1)

    @cached_property
    def _digest(self) -> str:
        """Tell this card from others, in a few letters."""
        content = repr((self.intercept, self.terms, self.pairs))
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def calibrated(self, score: Value) -> Value:
        """Turn a score into the log-odds that it stands for; beyond what was seen it is as at the nearest end."""
        if not self.calibration:
            return score
        first, last = self.calibration[0], self.calibration[-1]
        if len(self.calibration) == 1:
            return score + (first[1] - first[0])
        inside = least(greatest(score, first[0]), last[0])
        bounds = tuple(x for x, _ in self.calibration[1:-1])
        slopes = tuple((b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(self.calibration))
        starts = tuple(a[1] - slope * a[0] for a, slope in zip(self.calibration, slopes, strict=False))
        return step(inside, bounds, starts) + step(inside, bounds, slopes) * inside

    def exact_probability(self, known: Mapping[str, Value]) -> Value:
        """Turn the score into a probability."""
        return 1 / (1 + exp(0 - self.calibrated(self.score(known))))

    def probability(self, known: Mapping[str, Value]) -> Value:
        """Give the probability, rounded to 1e-6."""
        return settle(self.exact_probability(known))

    def spoken(self, known: Mapping[str, Value]) -> Listed:
        """Say what adds to the score and what takes from it."""
        terms = [term.spoken(known[term.fact]) for term in self.terms]
        return Listed([*terms, *(pair.spoken(known) for pair in self.pairs)], "nothing out of the ordinary")

    def summed(self, known: Mapping[str, float]) -> Summed:
        """Take the probability of one person apart."""
        score = float(self.score(known))
        chance = float(self.probability(known))
        return Summed(
            self.name, self.intercept, self.contributions(known), score, float(self.calibrated(score)), chance
        )

    def contributions(self, known: Mapping[str, float]) -> tuple[Contribution, ...]:
        """List what each fact adds for one person. With the intercept they sum to the score."""
        alone = [
            Contribution(term.fact, term.words_for(known[term.fact]), float(term.points(known[term.fact])))
            for term in self.terms
        ]
        return (*alone, *(Contribution(p.name, str(p.words_for(known)), float(p.added(known))) for p in self.pairs))
