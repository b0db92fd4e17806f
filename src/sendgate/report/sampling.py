"""A few hundred decided rows that stand for all: some of every outcome, reason, offer and gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw

from sendgate.decide.tables import OBSERVED_BY
from sendgate.model.decisions import Outcome

if TYPE_CHECKING:
    from sendgate.facts.engine import Engine

Frame = nw.LazyFrame[Any]

_STRETCHES = 16
"""Rows are taken from so many stretches of the audience, because its beginning may be unlike the rest."""
_ALIKE = ("outcome", "reason", "offer", "blocked_by", OBSERVED_BY)


class Decided(NamedTuple):
    """One decided row, as the tables have it."""

    row: int
    person: str
    outcome: Outcome
    gate: str
    reason: str
    detail: str
    until: float
    offer: str
    blocked_by: str


class _Candidate(NamedTuple):
    outcome: str
    reason: str
    offer: str
    blocked_by: str
    observed_by: str
    stretch: int
    row: int
    rows: int

    def strata(self) -> Iterator[tuple[str, str]]:
        """Name what the row is an example of."""
        yield self.outcome, self.reason
        yield self.outcome, self.offer
        yield from (("blocks", gate) for gate in self.blocked_by.split(";") if gate)
        yield from (("observes", gate) for gate in self.observed_by.split(";") if gate)


def stratified(engine: Engine, decided: Frame, rows: int, most: int) -> list[Decided]:
    """Pick up to ``most`` of decided rows (see ``decide.tables``), of which there are ``rows``.

    They come in an order in which the first few are as different as possible.
    """
    chosen = _chosen(_candidates(engine, decided, rows), most)
    wanted = decided.filter(nw.col("row").is_in(chosen)).select(*Decided._fields)
    found = {row[0]: Decided(*row)._replace(outcome=Outcome(row[2])) for row in engine.fetch(wanted)} if chosen else {}
    return [found[row] for row in chosen]


def _candidates(engine: Engine, decided: Frame, rows: int) -> list[_Candidate]:
    stretch = (nw.col("row") * _STRETCHES // max(1, rows)).clip(0, _STRETCHES - 1)
    frame = decided.select("row", *_ALIKE, _stretch=stretch)
    grouped = frame.group_by(*_ALIKE, "_stretch").agg(first=nw.col("row").min(), rows=nw.len())
    found = engine.fetch(grouped.select(*_ALIKE, "_stretch", "first", "rows"))
    return sorted((_Candidate(*row) for row in found), key=lambda c: (c.stretch, -c.rows, c.row))


def _chosen(candidates: Sequence[_Candidate], most: int) -> list[int]:
    """Let the strata take turns, each with its next row, until there are enough."""
    strata: dict[tuple[str, str], list[int]] = {}
    for candidate in candidates:
        for stratum in candidate.strata():
            strata.setdefault(stratum, []).append(candidate.row)
    chosen: dict[int, None] = {}
    for turn in range(max(map(len, strata.values()), default=0)):
        if len(chosen) >= most:
            break
        chosen.update((stratum[turn], None) for stratum in strata.values() if turn < len(stratum))
    return list(chosen)[:most]
