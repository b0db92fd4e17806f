"""Whether an event is read, as expressions over the columns of an event and of its subject."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

import narwhals as nw

from sendgate.facts.arithmetic import Value, any_of, as_expression, when
from sendgate.facts.kinds import Events
from sendgate.facts.readings import Reach, Reading, Sight
from sendgate.model.categories import Assortment
from sendgate.model.times import FOREVER

FEW = 3
"""So many conditions together are worth what they cost for every event."""

AT_ONCE = 4
"""DuckDB makes a join of a longer list of values, in front of which it computes every column of every event."""

SHARES = "_shares"
"""Column of a subject: the person shares the profile."""


def seen(sight: Sight) -> nw.Expr:
    """Tell whether a brand may see an event."""
    return nw.when(nw.col(SHARES)).then(_all(_among(sight.shared))).otherwise(_all(_among(sight.own)))


Mark = tuple[str, tuple[str, ...]]
"""A question about a text: a column, and the values of it that count."""

KIND = "_kind"
"""Column of an event: its kind as a number. Texts take room and time."""


def marks_of(readings: Iterable[Reading]) -> dict[Mark, nw.Expr]:
    """Say what is asked about the texts of an event, each question once; kinds are asked about one by one."""
    selections = [events for reading in readings for events in reading.selections]
    marks: list[Mark] = [("kind", (kind,)) for events in selections for kind in events.kinds]
    for events in selections:
        marks += [*events.among.items(), *events.not_among.items()]
    return {mark: _is_one_of(*mark) for mark in dict.fromkeys(marks)}


def in_columns(marks: Mapping[Mark, nw.Expr]) -> tuple[dict[str, nw.Expr], dict[Mark, nw.Expr]]:
    """Answer every question in a column; gives the columns, and how the answers are read off them."""
    columns: dict[str, nw.Expr] = {}
    answers: dict[Mark, nw.Expr] = {}
    number: Value = 0.0
    for place, (mark, holds) in enumerate(marks.items(), start=1):
        if mark[0] == "kind":
            number = when(holds, float(place), number)
            answers[mark] = nw.col(KIND) == float(place)
        else:
            columns[f"_mark{place}"] = holds
            answers[mark] = nw.col(f"_mark{place}")
    return columns | {KIND: as_expression(number)}, answers


@dataclass(frozen=True)
class Conditions:
    """What conditions refer to."""

    now: nw.Expr
    marks: Mapping[Mark, nw.Expr]
    """By question about a text the answer."""
    goods: Mapping[Assortment, str]
    """By assortment a column that tells whether an event is in it."""
    sights: Mapping[Sight, str]
    """By sight a column that tells whether a brand may see an event."""

    def __call__(self, reading: Reading) -> nw.Expr:
        """Tell whether an event is read."""
        sights = reading.sights or [None] * len(reading.selections)
        selected = any_of(*map(self._selected, reading.selections, sights))
        conditions = [as_expression(selected)]
        if reading.within != FOREVER:
            conditions.append(nw.col("at") > self.now - reading.within)
        return _all(conditions)

    def kind(self, *kinds: str) -> nw.Expr:
        """Tell whether an event is of one of some kinds."""
        return as_expression(any_of(*(self.marks["kind", (kind,)] for kind in kinds)))

    def of_any(self, readings: Collection[Reading]) -> nw.Expr:
        """Tell whether any of some readings may read an event: exactly for a few, else by kind, goods and window.

        For every event each condition costs more than it saves.
        """
        if len(readings) <= FEW:
            return as_expression(any_of(*map(self, readings)))
        return as_expression(any_of(*self._roughly(Reach.of(readings))))

    def _roughly(self, reach: Reach) -> Iterator[nw.Expr]:
        if reach.always:
            yield self.kind(*sorted(reach.always))
        if reach.inside:
            yield self.kind(*sorted(reach.inside)) & any_of(*(nw.col(self.goods[goods]) for goods in reach.goods))
        for window, kinds in reach.lately:
            yield self.kind(*sorted(kinds)) & (nw.col("at") > self.now - window)

    def _selected(self, events: Events, sight: Sight | None) -> nw.Expr:
        """Tell whether an event that may be seen is in a selection, whatever that is widened by."""
        visible = [nw.col(self.sights[sight])] if sight else []
        return _all([self.kind(*events.kinds), *self._restrictions(events), *visible])

    def _restrictions(self, events: Events) -> Iterator[nw.Expr]:
        yield from (self.marks[mark] for mark in events.among.items())
        yield from (~self.marks[mark] for mark in events.not_among.items())
        if events.inside is not None:
            yield nw.col(self.goods[events.inside])
        if events.outside is not None:
            yield ~nw.col(self.goods[events.outside])
        if events.discounted:
            yield nw.col("discount") > 0


def _among(events: Events) -> Iterator[nw.Expr]:
    yield from (_is_one_of(name, values) for name, values in events.among.items())
    yield from (~_is_one_of(name, values) for name, values in events.not_among.items())


def _is_one_of(column: str, values: Sequence[str]) -> nw.Expr:
    parts = (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
    return as_expression(any_of(*(nw.col(column).is_in(list(part)) for part in parts)))


def _all(conditions: Iterable[nw.Expr]) -> nw.Expr:
    listed = [*conditions]
    return reduce(and_, listed) if listed else nw.lit(value=True)
