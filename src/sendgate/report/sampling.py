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
_EACH = 3
"""Rows of every gate, reason and offer, if there are so many."""
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
    candidates = _candidates(engine, decided, rows)
    chosen = _chosen([*candidates, *_more(engine, decided, candidates)], most)
    wanted = decided.filter(nw.col("row").is_in(chosen)).select(*Decided._fields)
    found = {row[0]: Decided(*row)._replace(outcome=Outcome(row[2])) for row in engine.fetch(wanted)} if chosen else {}
    return [found[row] for row in chosen]


def _candidates(engine: Engine, decided: Frame, rows: int) -> list[_Candidate]:
    stretch = (nw.col("row") * _STRETCHES // max(1, rows)).clip(0, _STRETCHES - 1)
    frame = decided.select("row", *_ALIKE, _stretch=stretch)
    grouped = frame.group_by(*_ALIKE, "_stretch").agg(first=nw.col("row").min(), rows=nw.len())
    found = engine.fetch(grouped.select(*_ALIKE, "_stretch", "first", "rows"))
    return sorted((_Candidate(*row) for row in found), key=lambda c: (c.stretch, -c.rows, c.row))


def _more(engine: Engine, decided: Frame, candidates: Sequence[_Candidate]) -> Iterator[_Candidate]:
    """Find further rows where too few are candidates: those that are alike and stand close together gave only one."""
    for known in _strata(candidates).values():
        if len(known) < min(_EACH, sum(candidate.rows for candidate in known)):
            like = nw.any_horizontal(*map(_like, known), ignore_nulls=False)
            others = decided.filter(like, ~nw.col("row").is_in([candidate.row for candidate in known]))
            found = engine.fetch(others.select(*_ALIKE, "row").sort("row").head(_EACH))
            yield from (_Candidate._make((*told, _STRETCHES, row, 1)) for *told, row in found)


def _like(candidate: _Candidate) -> nw.Expr:
    same = (nw.col(column) == value for column, value in zip(_ALIKE, candidate, strict=False))
    return nw.all_horizontal(*same, ignore_nulls=False)


def _strata(candidates: Sequence[_Candidate]) -> dict[tuple[str, str], list[_Candidate]]:
    strata: dict[tuple[str, str], list[_Candidate]] = {}
    for candidate in candidates:
        for stratum in candidate.strata():
            strata.setdefault(stratum, []).append(candidate)
    return strata


def _chosen(candidates: Sequence[_Candidate], most: int) -> list[int]:
    """Let the strata take turns, each with its next row, until there are enough."""
    strata = _strata(candidates).values()
    chosen: dict[int, None] = {}
    for turn in range(max(map(len, strata), default=0)):
        if len(chosen) >= most:
            break
        chosen.update((stratum[turn].row, None) for stratum in strata if turn < len(stratum))
    return list(chosen)[:most]
