"""Sentences that are written once and said in both regimes.

A template has fields with a format: ``{count:message}`` says "3 messages" (any noun), ``{at:moment}`` a time in UTC by
its minute, ``{until:end}`` the first full minute at which something is over,
``{risk:percent}``, ``{price:amount}`` two decimals, ``{points:signed}`` the same with its sign, ``{name:text}`` text or
another sentence. The text comes out the same, to the letter, for a Python value and for a column.

Moments are written from columns that hold their text already (``Engine.with_moment_texts``): Narwhals has no way
from a number to a date.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from string import Formatter
from typing import Any, NamedTuple

from msgspec import Struct

from sendgate.facts.arithmetic import Value, as_expression, floor, plain, step, when
from sendgate.facts.sheet import Cell, Row
from sendgate.model.times import MINUTE, UTMOST, to_datetime

MOMENT, END, TEXT = "moment", "end", "text"
TIMES = frozenset({MOMENT, END})
"""Formats of times, which are written from columns that hold their text."""
MOST_TIMES = 2
"""So many times of a sentence have such columns."""


@lru_cache(maxsize=1024)
def _pieces(template: str) -> tuple[tuple[str, str, str], ...]:
    """Split a template into (literal, field, format)."""
    parsed = Formatter().parse(template)
    return tuple((text, "" if name is None else name or "{}", form or TEXT) for text, name, form, _ in parsed)


def moment_text(seconds: float) -> str:
    """Write ``2026-03-04 09:12 UTC``."""
    if not -UTMOST < seconds < UTMOST:
        return "an unknown time"
    return to_datetime(seconds).strftime("%Y-%m-%d %H:%M UTC")


def full_minute(seconds: Value) -> Value:
    """Give the first full minute from a time on: "until 12:00" is not true of what ends a second later."""
    return -floor(-seconds / MINUTE) * MINUTE


def _whole(value: Value) -> Value:
    if plain(value):
        return str(int(value))
    nw = sys.modules["narwhals"]
    return value.cast(nw.Int64).cast(nw.String)


def _two_digits(number: Value) -> Value:
    """Write a whole number below 100 with a leading zero."""
    return f"{int(number):02}" if plain(number) else _whole(number + 100).str.slice(1, 2)


def _amount(value: Value) -> Value:
    """Two decimals, by whole-number arithmetic so that no engine's own rounding shows."""
    cents = floor((abs(value) if plain(value) else value.abs()) * 100 + 0.5)
    return join(when(value < 0, "-", ""), _whole(floor(cents / 100)), ".", _two_digits(cents % 100))


def _percent(value: Value) -> Value:
    return join(_amount(value * 100), " %")


def _signed(value: Value) -> Value:
    return join(when(value < 0, "", "+"), _amount(value))


def _counted(noun: str) -> Callable[[Value], Value]:
    def counted(value: Value) -> Value:
        number = floor(value)  # an engine would round
        return join(_whole(number), when(number == 1, f" {noun}", f" {noun}s"))

    return counted


_FORMATS: dict[str, Callable[[Value], Value]] = {
    MOMENT: moment_text,
    END: lambda seconds: moment_text(full_minute(seconds)),
    "amount": _amount,
    "percent": _percent,
    "signed": _signed,
    "text": lambda value: value.said() if value.__class__ in {Sentence, Listed} else value,
}


def join(*parts: Value) -> Value:
    """Join texts."""
    if plain(*parts):
        return "".join(parts)
    # There are no nulls here; looking for them would repeat every part in the query, twice for each level.
    return sys.modules["narwhals"].concat_str(*map(as_expression, parts), ignore_nulls=True)


class Field(NamedTuple):
    """A field of a sentence."""

    name: str
    form: str
    """``moment``, ``amount``, ``percent``, ``signed``, ``text``, or the noun of what is counted."""
    value: Value | None
    """None where nobody gave it."""


class Sentence:
    """A template with its values. ``str()`` says it for one person, ``said`` for a column as well."""

    __slots__ = ("_template", "_values")

    def __init__(self, template: str, values: dict[str, Value]) -> None:
        self._template = template
        self._values = values

    def moments(self) -> list[Value]:
        """Give the times that the sentence mentions, in order."""
        times = [(self._values[name], form) for _, name, form in _pieces(self._template) if form in TIMES]
        return [full_minute(value) if form == END else value for value, form in times]

    def numbers(self) -> list[Value]:
        """Give the numbers that the sentence mentions and that somebody has to compute, in order."""
        return [self._values[name] for _, name, form in _pieces(self._template) if self._computes(name, form)]

    @property
    def fields(self) -> Sequence[Field]:
        """What the template has in braces, in order."""
        return [Field(name, form, self._values.get(name)) for _, name, form in _pieces(self._template) if name]

    def __repr__(self) -> str:
        return f"`{self._template}`"

    def said(self, moments: Sequence[Value] = (), numbers: Sequence[Value] = ()) -> Value:
        """Give the text, or the expression for it given texts for its moments and columns for its first numbers."""
        texts, columns = iter(moments), iter(numbers)
        return join(*(part for piece in _pieces(self._template) for part in self._said(piece, texts, columns)))

    def _said(self, piece: tuple[str, str, str], texts: Iterator[Value], columns: Iterator[Value]) -> Iterator[Value]:
        literal, name, form = piece
        if literal:
            yield literal
        if not name:
            return
        value = self._values[name]
        text = next(texts, None) if form in TIMES else None
        if self._computes(name, form):
            value = next(columns, value)
        yield (_FORMATS.get(form) or _counted(form))(value) if text is None else text

    def _computes(self, name: str, form: str) -> bool:
        return bool(name) and form not in {*TIMES, TEXT} and not plain(self._values[name])

    def filled(self, row: Row) -> Sentence:
        """Put values in place of cells."""
        return Sentence(self._template, {name: _filled(value, row) for name, value in self._values.items()})

    def __str__(self) -> str:
        return str(self.said())


class Applying(Struct, frozen=True, gc=False):
    """A sentence that is said where something applies."""

    applies: Value
    sentence: Sentence

    def after(self, comma: str) -> Value:
        """Give the text behind a comma, or nothing."""
        return when(self.applies, join(comma, self.sentence.said()), "")

    def filled(self, row: Row) -> Applying:
        """Put values in place of cells."""
        return Applying(_filled(self.applies, row), self.sentence.filled(row))


class Stepped(Struct, frozen=True, gc=False):
    """One of several texts, by the step on which a value stands (``arithmetic.step``); an empty one is not said."""

    value: Value
    bounds: tuple[float, ...]
    texts: tuple[str, ...]

    def after(self, comma: str) -> Value:
        """Give the text behind a comma, or nothing."""
        return step(self.value, self.bounds, tuple(f"{comma}{text}" if text else "" for text in self.texts))

    def filled(self, row: Row) -> Stepped:
        """Put values in place of cells."""
        return Stepped(_filled(self.value, row), self.bounds, self.texts)


_COMMA = ", "


class Listed:
    """Texts of which some apply, joined by commas; or another, which is not empty, where none does."""

    __slots__ = ("_items", "_otherwise")

    def __init__(self, items: Sequence[Applying | Stepped], otherwise: str) -> None:
        self._items = items
        self._otherwise = otherwise

    @property
    def sentences(self) -> Sequence[Sentence]:
        """The sentences of which some apply."""
        return [item.sentence for item in self._items if isinstance(item, Applying)]

    def said(self) -> Value:
        """Give the text, or the expression for it.

        Where anything is listed, what would be said otherwise stands before the first comma, and is taken away. To ask
        whether the list is empty would repeat all of it in the query.
        """
        listed = join(self._otherwise, *(item.after(_COMMA) for item in self._items))
        before = f"{self._otherwise}{_COMMA}"
        return listed.replace(before, "") if plain(listed) else listed.str.replace_all(before, "", literal=True)

    def filled(self, row: Row) -> Listed:
        """Put values in place of cells."""
        return Listed([item.filled(row) for item in self._items], self._otherwise)

    def __str__(self) -> str:
        return str(self.said())


def _filled(value: Value, row: Row) -> Value:
    if value.__class__ is Cell:
        return row[value.place]
    return value.filled(row) if value.__class__ in {Sentence, Listed} else value


class Spoken(Struct, frozen=True, gc=False):
    """A sentence about one person, made when somebody reads it: most never are."""

    says: Sentence | Listed
    row: Row

    def __str__(self) -> str:
        return str(self.says.filled(self.row))


def say(template: str, **values: Value) -> Sentence:
    """Make a sentence."""
    return Sentence(template, values)


Said = Sentence | Listed | str


def said(sentence: Said, moments: Sequence[Value] = (), numbers: Sequence[Value] = ()) -> Any:
    """Give the text or expression of a sentence, or of plain text."""
    if isinstance(sentence, Sentence):
        return sentence.said(moments, numbers)
    return sentence if isinstance(sentence, str) else sentence.said()
