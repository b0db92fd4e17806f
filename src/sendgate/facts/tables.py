"""Facts over everybody, as Narwhals queries.

The passes over the events are computed one after the other and kept: each gives a row for each person (and moment), and
small tables of which the engine knows the size are cheap to join.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw

from sendgate.facts import kinds
from sendgate.facts.arithmetic import not_, when
from sendgate.facts.engine import Tables
from sendgate.facts.kinds import Fact
from sendgate.facts.log import Log
from sendgate.facts.passes import anchor_of, assortments_of, counts_messages, counts_since, narrowed, passes
from sendgate.facts.rows import with_row_facts
from sendgate.facts.sharing import SHARING, shares

Frame = nw.LazyFrame[Any]


def with_facts(tables: Tables, facts: Iterable[Fact]) -> Frame:
    """Give the rows with a column for each fact, named by ``Fact.key``; ``row``, ``person`` and ``known`` stay."""
    wanted = sorted(set(facts), key=lambda fact: fact.key)
    views = [fact for fact in wanted if isinstance(fact, kinds.Visible)]
    rows = with_row_facts(tables, wanted)
    asked = _basic([*(fact for fact in wanted if _reads_events(fact)), *(view.shared for view in views)])
    own = _basic(view.own for view in views if view.own not in asked)
    asked += [fact for fact in SHARING.values() if views and fact not in asked]
    if asked:
        log = Log.of(tables, [goods for fact in (*asked, *own) for goods in assortments_of(fact)])
        known = _Known(tables, log, asked)
        rows = known.joined_to(rows, asked)
        if own:  # only of the few who withdrew
            private = known.of(list(SHARING.values())).filter(not_(_shares())).select(*log.keys)
            few = _Known(tables, _only(tables, log, private, own), own)
            rows = few.joined_to(rows, [fact for fact in own if fact not in asked])
    told = {view.key: when(_shares(), nw.col(view.shared.key), nw.col(view.own.key)) for view in views}
    return (rows.with_columns(**told) if told else rows).select("row", "person", "known", *(f.key for f in wanted))


def _shares() -> Any:
    return shares({name: nw.col(fact.key) for name, fact in SHARING.items()})


def _reads_events(fact: Fact) -> bool:
    return isinstance(fact, kinds.EventFact | kinds.Evidence | kinds.InterestElsewhere)


def _basic(facts: Iterable[Fact]) -> list[Fact]:
    """List facts over events once each, with the anchors of those that count since something."""
    listed: dict[Fact, None] = {}
    for fact in facts:
        listed[fact] = None
        if isinstance(fact, kinds.CountSince):
            listed[anchor_of(fact)] = None
    return list(listed)


def _only(tables: Tables, log: Log, subjects: Frame, facts: Sequence[Fact]) -> Log:
    """Narrow a log to a few subjects, and keep those of their events that some facts read."""
    subjects = tables.engine.keep(subjects)
    events = narrowed(log, facts).join(subjects, on=log.keys, how="semi")
    return replace(log, events=tables.engine.keep(events), subjects=subjects)


class _Known:
    """Facts over events for the subjects of a log, as passes that were computed one after the other."""

    def __init__(self, tables: Tables, log: Log, facts: Sequence[Fact]) -> None:
        since = [fact for fact in facts if isinstance(fact, kinds.CountSince)]
        messages = [fact for fact in facts if isinstance(fact, kinds.Count) and counts_messages(fact)]
        counts: list[kinds.Count | kinds.CountSince] = [*since, *messages] if since else []
        self._log = log
        self._parts = list(passes(log, [fact for fact in facts if fact not in counts], tables.engine.keep))
        if counts:
            anchors = tables.engine.keep(self.of([anchor_of(fact) for fact in since]))
            self._parts.append((tables.engine.keep(counts_since(log, counts, anchors)), counts))

    def of(self, facts: Sequence[Fact]) -> Frame:
        """Give the keys with some of the facts."""
        return self.joined_to(self._log.subjects, facts)

    def joined_to(self, rows: Frame, facts: Sequence[Fact]) -> Frame:
        """Add some of the facts to rows that have the keys, with an explicit value where there are no such events."""
        wanted, filled = set(facts), dict[str, nw.Expr]()
        for part, held in self._parts:
            if here := [fact for fact in held if fact in wanted]:
                rows = rows.join(part.select(*self._log.keys, *(f.key for f in here)), on=self._log.keys, how="left")
                filled |= {fact.key: nw.coalesce(nw.col(fact.key), nw.lit(fact.empty)) for fact in here}
        return rows.with_columns(**filled) if filled else rows
