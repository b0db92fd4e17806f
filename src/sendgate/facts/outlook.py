"""Facts of the same people at several times to come, from one reading of the events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw

from sendgate.facts.ahead import ahead
from sendgate.facts.engine import Tables
from sendgate.facts.kinds import Fact
from sendgate.facts.log import Log
from sendgate.facts.passes import joined, passes
from sendgate.facts.readings import reads_events
from sendgate.facts.rows import with_row_facts

Frame = nw.LazyFrame[Any]

Asked = tuple[float, Collection[Fact]]
"""A time, and the facts that are asked for at it."""


@dataclass(frozen=True)
class Outlook:
    """What is known now of some people, told as facts at times at which nothing more will be known."""

    tables: Tables
    """The people in ``rows``, each once; ``now``: until when events are known."""
    asked: Sequence[Asked]
    known: Frame
    """``person``, and a column for each fact about events as ``ahead`` asks for it."""

    @classmethod
    def of(cls, tables: Tables, asked: Sequence[Asked]) -> Outlook:
        """Read the events once for all that is asked."""
        now = tables.now
        assert now is not None  # noqa: S101  people have no times of their own here
        facts = {ahead(fact, at - now) for at, facts in asked for fact in facts if reads_events(fact)}
        wanted = sorted(facts, key=lambda fact: fact.key)
        scratch = tables.engine.scratch()
        log = Log.of(replace(tables, engine=scratch), wanted)
        parts = passes(log, wanted, scratch)
        known = joined(log.subjects, parts, wanted, scratch).select("person", *(fact.key for fact in wanted))
        outlook = cls(tables, asked, tables.engine.keep(known))
        scratch.clear()
        return outlook

    def at(self, place: int, rows: Frame) -> Frame:
        """Add what was asked in a place to rows of the people: ``person``, ``known``, and a column for each fact."""
        moment, facts = self.asked[place]
        now = self.tables.now or 0.0
        wanted = sorted(facts, key=lambda fact: fact.key)
        told = {fact.key: nw.col(ahead(fact, moment - now).key) for fact in wanted if reads_events(fact)}
        rows = with_row_facts(replace(self.tables, rows=rows.with_columns(at=nw.lit(moment)), now=moment), wanted)
        rows = rows.join(self.known.select("person", **told), on="person", how="inner") if told else rows
        return rows.select("person", "known", *(fact.key for fact in wanted))
