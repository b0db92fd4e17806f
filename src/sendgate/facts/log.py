"""The events that a pass reads: of the people in question, up to the decision time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw

from sendgate.facts.arithmetic import any_of, as_expression, when
from sendgate.facts.conditions import Conditions, in_columns, marks_of, seen
from sendgate.facts.engine import Engine, Tables
from sendgate.facts.goods import Goods
from sendgate.facts.kinds import Fact
from sendgate.facts.readings import Reading, anchor_of, assortments_of, columns_of, reading_of, text_of

Frame = nw.LazyFrame[Any]

SUBJECT = "subject"

MESSAGE = "sent"
"""The kind of more than half of all events."""

_AT = nw.col("at")


@dataclass(frozen=True)
class Excerpt:
    """Some events of the subjects, with the columns that some facts read."""

    events: Frame
    condition: Conditions
    readings: Mapping[Reading, str]
    """By reading a column, once it is ``told``: the time of the event, null where the event is not read."""

    def time(self, fact: Fact) -> nw.Expr:
        """Give the time of an event; null where the fact does not read it."""
        return nw.col(self.readings[reading_of(fact)])

    def told(self, facts: Iterable[Fact]) -> Frame:
        """Give the events that some facts may read, with the columns of their readings."""
        readings = dict.fromkeys(map(reading_of, facts))
        read = {self.readings[reading]: nw.when(self.condition(reading)).then(_AT) for reading in readings}
        return self.events.filter(self.condition.of_any(readings)).with_columns(**read)

    @contextmanager
    def at_hand(self, engine: Engine) -> Iterator[Excerpt]:
        """Compute the excerpt, and give it up again: engines are slow where much is done with few of many rows."""
        with engine.briefly(self.events) as events:
            yield replace(self, events=events)


@dataclass(frozen=True)
class Log:
    """All events, and whom they are read for."""

    events: Frame
    now: float | None
    """The decision time of all rows; None where rows have times of their own."""
    subjects: Frame
    """Whom a decision is about, and when, each once: ``subject`` (a number), ``person``, ``now`` where rows have times
    of their own, and what earlier passes found out that later ones need."""
    goods: Goods
    strictly: bool
    """Events at the very moment of a decision are not seen."""
    engine: Engine

    @classmethod
    def of(cls, tables: Tables, facts: Iterable[Fact]) -> Log:
        """Number the subjects, because whole numbers are quicker to group and to join by than text."""
        moment = {} if tables.now is not None else {"now": _AT}
        subjects = tables.engine.numbered(tables.rows.select("person", **moment).unique(), SUBJECT)
        asked = [part for fact in facts for part in (fact, anchor_of(fact)) if part]
        goods = Goods.of(tables, [goods for fact in asked for goods in assortments_of(fact)])
        kept = tables.engine.keep(subjects)
        return cls(tables.events, tables.now, kept, goods, tables.strictly, tables.engine)

    def numbered(self, rows: Frame) -> Frame:
        """Add the number of the subject to rows with ``person`` and ``at``."""
        moment = {} if self.now is not None else {"at": nw.col("now")}
        subjects = self.subjects.select("person", SUBJECT, **moment)
        return self.engine.beside(rows, [subjects], "person", *moment)

    def excerpt(self, facts: Sequence[Fact]) -> Excerpt:
        """Give the events that any of some facts may read. An event stands once for each moment of its person."""
        readings = list(dict.fromkeys(map(reading_of, facts)))
        events, goods = self.goods.flagged(self.events, [goods for fact in facts for goods in assortments_of(fact)])
        if not any(MESSAGE in reading.kinds for reading in readings):
            events = events.filter(nw.col("kind") != MESSAGE)  # by one plain comparison a reader skips rows
        events = self.engine.beside(events, [self.subjects], "person", shared=True).filter(self._earlier)
        different = dict.fromkeys(sight for reading in readings for sight in reading.sights)
        sights = {sight: f"_seen{at}" for at, sight in enumerate(different)}
        if sights:
            events = events.with_columns(**{name: seen(sight) for sight, name in sights.items()})
        condition = Conditions(self._now, marks_of(readings), goods, sights)
        columns = {name for fact in facts for name in columns_of(fact)} | ({"now"} if self.now is None else set())
        notes, answers = in_columns(condition.marks)
        events = events.filter(condition.of_any(readings)).select(
            SUBJECT, *sorted(columns), *goods.values(), *sights.values(), **notes, **_texts(facts, condition)
        )
        names = {reading: f"_read{at}" for at, reading in enumerate(readings)}
        return Excerpt(events, replace(condition, marks=answers), names)

    @property
    def _now(self) -> nw.Expr:
        return nw.lit(self.now) if self.now is not None else nw.col("now")

    @property
    def _earlier(self) -> nw.Expr:
        """Tell whether a decision may know of an event."""
        return self._now > _AT if self.strictly else self._now >= _AT


def _texts(facts: Iterable[Fact], condition: Conditions) -> dict[str, nw.Expr]:
    """Give the texts that facts tell apart, for the events that they read: texts take more room than all the rest."""
    readings: dict[str, dict[Reading, None]] = {}
    for fact in facts:
        if text := text_of(fact):
            readings.setdefault(text, {})[reading_of(fact)] = None
    return {
        text: as_expression(when(any_of(*map(condition, asked)), nw.col(text), "")) for text, asked in readings.items()
    }
