"""Facts over everybody, as Narwhals queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import narwhals as nw

from sendgate.facts.engine import Tables
from sendgate.facts.kinds import Fact
from sendgate.facts.log import SUBJECT, Log
from sendgate.facts.passes import Spare, at_leisure, joined, passes_and_spare
from sendgate.facts.readings import anchor_of, reads_events
from sendgate.facts.rows import with_row_facts

Frame = nw.LazyFrame[Any]

More = Callable[[Frame], Frame]
"""Gives all facts of some rows (a frame with ``row``), also those that were left for later."""


def with_facts(tables: Tables, facts: Iterable[Fact]) -> Frame:
    """Give the rows with a column for each fact, named by ``Fact.key``; ``row``, ``person`` and ``known`` stay."""
    with facts_and_more(tables, facts, ()) as (frame, _):
        return frame


@contextmanager
def facts_and_more(tables: Tables, facts: Iterable[Fact], later: Iterable[Fact]) -> Iterator[tuple[Frame, More]]:
    """Give the rows as ``with_facts`` does and, while the ``with`` block lasts, what finds ``later`` facts of some.

    The events that those need are brought together with the others, so that nothing is read twice. Where that does
    not pay, they are found with the others; what is asked for now, or waited for, is not left for later.
    """
    now, later = {*facts}, {*later}
    anchors = {anchor_of(fact) for fact in now if reads_events(fact)}
    left = sorted({fact for fact in later if at_leisure(fact)} - now - anchors, key=lambda fact: fact.key)
    wanted = sorted((now | later).difference(left), key=lambda fact: fact.key)
    rows, told = with_row_facts(tables, wanted), ("row", "person", "known", *(fact.key for fact in wanted))
    asked = [fact for fact in wanted if reads_events(fact)]
    if not asked and not left:
        yield rows.select(*told), lambda some: rows.select(*told).join(some, on="row", how="semi")
        return
    log = Log.of(tables, [*asked, *left])
    with passes_and_spare(log, asked, left, tables.engine) as (parts, spare):
        frame = joined(log.numbered(rows), parts, asked).select(*told)
        yield frame, _more(tables, log, spare, frame)


def _more(tables: Tables, log: Log, spare: Spare | None, frame: Frame) -> More:
    def more(some: Frame) -> Frame:
        known = frame.join(some, on="row", how="semi")
        if not spare:
            return known
        rows = tables.engine.keep(log.numbered(tables.rows.join(some, on="row", how="semi")).select("row", SUBJECT))
        parts = spare.parts(rows.select(SUBJECT).unique(), tables.engine)
        return known.join(joined(rows, parts, spare.facts).drop(SUBJECT), on="row", how="inner")

    return more
