"""Facts over everybody, as Narwhals queries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
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
"""Gives all facts of some rows (a frame of ``row``, each once), also those that were left for later."""


def with_facts(tables: Tables, facts: Iterable[Fact]) -> Frame:
    """Give the rows with a column for each fact, named by ``Fact.key``; ``row``, ``person`` and ``known`` stay."""
    with _rows_and_spare(tables, {*facts}, []) as (frame, _, _):
        return frame


@contextmanager
def facts_and_more(tables: Tables, facts: Iterable[Fact], later: Iterable[Fact]) -> Iterator[tuple[Frame, More]]:
    """Give the rows as ``with_facts`` does, computed, and, while the ``with`` block lasts, what finds ``later`` facts.

    The events that those need are brought together with the others, so that nothing is read twice. Where that does
    not pay, they are found with the others; what is asked for now, or waited for, is not left for later.
    """
    now, later = {*facts}, {*later}
    anchors = {anchor_of(fact) for fact in now if reads_events(fact)}
    left = sorted({fact for fact in later if at_leisure(fact)} - now - anchors, key=lambda fact: fact.key)
    with _rows_and_spare(tables, (now | later).difference(left), left) as (frame, log, spare):
        everybody = tables.engine.keep(frame)

        def more(some: Frame) -> Frame:
            spared = [_spared(tables, some, log, spare)] if log and spare else []
            return tables.engine.beside(some, [everybody, *spared], "row", shared=True)

        yield everybody, more


@contextmanager
def _rows_and_spare(
    tables: Tables, facts: Collection[Fact], later: Sequence[Fact]
) -> Iterator[tuple[Frame, Log | None, Spare | None]]:
    """Give the rows with facts and, where events are read, the log of them with the events of ``later`` facts."""
    wanted = sorted(facts, key=lambda fact: fact.key)
    rows, told = with_row_facts(tables, wanted), ("row", "person", "known", *(fact.key for fact in wanted))
    asked = [fact for fact in wanted if reads_events(fact)]
    if not asked and not later:
        yield rows.select(*told), None, None
        return
    log = Log.of(tables, [*asked, *later])
    with passes_and_spare(log, asked, later, tables.engine) as (parts, spare):
        yield joined(log.numbered(rows), parts, asked, tables.engine).select(*told), log, spare


def _spared(tables: Tables, some: Frame, log: Log, spare: Spare) -> Frame:
    """Compute the facts that were left for later, for some rows."""
    here = tables.engine.beside(some, [tables.rows], "row", shared=True)
    rows = tables.engine.keep(log.numbered(here).select("row", SUBJECT))
    parts = spare.parts(rows.select(SUBJECT).unique(), tables.engine)
    return joined(rows, parts, spare.facts, tables.engine).drop(SUBJECT)
