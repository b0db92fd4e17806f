"""Facts over everybody, as Narwhals queries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import narwhals as nw

from sendgate.facts.engine import Tables
from sendgate.facts.kinds import Fact
from sendgate.facts.log import Log
from sendgate.facts.passes import joined, passes
from sendgate.facts.readings import reads_events
from sendgate.facts.rows import with_row_facts

Frame = nw.LazyFrame[Any]


def with_facts(tables: Tables, facts: Iterable[Fact]) -> Frame:
    """Give the rows with a column for each fact, named by ``Fact.key``; ``row``, ``person`` and ``known`` stay."""
    wanted = sorted(set(facts), key=lambda fact: fact.key)
    rows = with_row_facts(tables, wanted)
    if asked := [fact for fact in wanted if reads_events(fact)]:
        log = Log.of(tables, asked)
        rows = joined(log.numbered(rows), passes(log, asked, tables.engine), asked)
    return rows.select("row", "person", "known", *(fact.key for fact in wanted))
