"""Operators that work on a Python value, on a cell of a sheet and on a Narwhals expression alike.

Conditions are written once with ``>= & | + - *`` and these helpers. Narwhals is imported only where an expression is
at hand, so that deciding about one person never loads it.
"""

from __future__ import annotations

import math
import sys
from bisect import bisect_right
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sendgate.facts.sheet import lifted

if TYPE_CHECKING:
    import narwhals as nw

Value = Any
"""A number, text or flag; a cell where one is worked out; or a Narwhals expression for a column of them."""

_PLAIN = frozenset({bool, int, float, str})


def plain(*values: Value) -> bool:
    """Tell whether all values are Python's own, so that Python can compute the answer."""
    for value in values:  # noqa: SIM110  a generator would cost more than the question
        if value.__class__ not in _PLAIN:
            return False
    return True


def _nw() -> Any:
    return sys.modules["narwhals"]  # an expression exists, so it is loaded


def as_expression(value: Value) -> nw.Expr:
    """Wrap a plain value as a literal: Narwhals reads bare text as a column's name."""
    expression: nw.Expr = _nw().lit(value) if plain(value) else value
    return expression


@lifted("not {0}")
def not_(flag: Value) -> Value:
    """Negate; ``~True`` would be -2."""
    return (not flag) if flag.__class__ is bool else ~flag


@lifted("{1} if {0} else {2}")
def when(flag: Value, then: Value, otherwise: Value) -> Value:
    """Choose by a flag."""
    if flag.__class__ is bool:
        return then if flag else otherwise
    return _nw().when(flag).then(as_expression(then)).otherwise(as_expression(otherwise))


@lifted("max({0}, {all})")
def greatest(*values: Value) -> Value:
    """Give the largest."""
    return max(values) if plain(*values) else _nw().max_horizontal(*map(as_expression, values))


@lifted("min({0}, {all})")
def least(*values: Value) -> Value:
    """Give the smallest."""
    return min(values) if plain(*values) else _nw().min_horizontal(*map(as_expression, values))


def any_of(*flags: Value) -> Value:
    """Tell whether one of the flags holds; false for none."""
    answer: Value = False
    for flag in flags:
        answer = flag if answer is False else answer | flag
    return answer


@lifted("{0} in {1}")
def one_of(value: Value, options: tuple[str, ...]) -> Value:
    """Tell whether a text is one of the options."""
    return value in options if plain(value) else value.is_in(list(options))


@lifted("{2}[bisect_right({1}, {0})]")
def step(value: Value, bounds: tuple[float, ...], constants: tuple[float | str, ...]) -> Value:
    """Give the first constant below the first bound, the second below the second bound, and the last above all."""
    if plain(value):
        return constants[bisect_right(bounds, value)]
    answer: Value = constants[-1]
    for bound, below in zip(reversed(bounds), reversed(constants[:-1]), strict=True):
        answer = when(value < bound, below, answer)
    return answer


@lifted("float(floor({0}))")
def floor(value: Value) -> Value:
    """Round down to a whole number, as a float."""
    return float(math.floor(value)) if plain(value) else value.floor()


@lifted("exp({0})")
def exp(value: Value) -> Value:
    """Raise e to a power."""
    return math.exp(value) if plain(value) else value.exp()


@lifted("floor({0} * 1e6 + 0.5) / 1e6")
def settle(value: Value) -> Value:
    """Round to 1e-6 before a threshold is met, so that the order of summation cannot flip a decision."""
    if value.__class__ is float:
        return math.floor(value * 1e6 + 0.5) / 1e6
    return floor(value * 1e6 + 0.5) / 1e6


class Noting(dict[str, Value]):
    """Columns by name, with notes: values that are used again and again, each worked out once in a column of its own.

    An expression is a tree. A value that stands in it thirty times is read, planned and worked out thirty times.
    """

    def __init__(self, columns: Mapping[str, Value], notes: Notes, about: str = "") -> None:
        super().__init__(columns)
        self.notes = notes
        self.about = about
        """Tells columns apart that have the same names and are about something else."""


class Notes:
    """The columns that are to be worked out, in stages: a note may read those of earlier stages."""

    def __init__(self) -> None:
        self.stages: tuple[dict[str, Value], ...] = ({}, {})

    def take(self, name: str, value: Value, stage: int) -> Value:
        """Note a value; equal names are one value."""
        if plain(value):
            return value
        self.stages[stage].setdefault(name, value)
        return _nw().col(name)


def noting(known: Mapping[str, Value], columns: Mapping[str, Value], about: str = "") -> Mapping[str, Value]:
    """Give other columns that take notes where ``known`` does; ``about`` where they are about something else."""
    return Noting(columns, known.notes, about or known.about) if isinstance(known, Noting) else columns


def noted(known: Mapping[str, Value], name: str, value: Value, *, stage: int = 0) -> Value:
    """Have a value worked out once where ``known`` takes notes. ``name`` tells it from all others about the same."""
    return known.notes.take(f"_{name}_{known.about}", value, stage) if isinstance(known, Noting) else value
