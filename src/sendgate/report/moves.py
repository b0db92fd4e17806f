"""Two policies over the same audience, in numbers: who moves between send, defer and drop, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw

from sendgate.decide.tables import decide_all
from sendgate.model.decisions import Outcome

if TYPE_CHECKING:
    from sendgate.decide.plan import Plan
    from sendgate.facts.engine import Engine

Frame = nw.LazyFrame[Any]

BEFORE, AFTER = "before_", "after_"
"""Prefixes of the columns of the two decisions."""
TOLD = ("outcome", "gate", "reason", "detail", "until", "offer")
"""What is told of each decision."""
_EXAMPLES = 3
"""Movers of one kind that are shown at most."""
_ALIKE = tuple(side + name for side in (BEFORE, AFTER) for name in ("outcome", "gate", "reason"))


class Said(NamedTuple):
    """What one policy decided, and why."""

    outcome: Outcome
    gate: str
    reason: str


class Move(NamedTuple):
    """Rows that move between two outcomes for the same reasons."""

    before: Said
    after: Said
    rows: int
    first: int
    """The first of them in the audience."""


class Mover(NamedTuple):
    """One row that moves, with the sentences of both decisions."""

    row: int
    person: str
    before: Said
    after: Said
    before_detail: str
    after_detail: str


@dataclass(frozen=True)
class Comparison:
    """What a change of policy or campaign does to an audience."""

    rows: int
    matrix: Mapping[tuple[Outcome, Outcome], int]
    """Rows by the outcome before and after."""
    moves: tuple[Move, ...]
    """The movers by gate and reason, most rows first."""
    other_offer: int
    """Rows that are sent before and after, but another offer."""
    samples: tuple[Mover, ...]
    leavers: Mapping[str, float]
    """Expected unsubscribes and complaints of the rows that are sent, ``BEFORE`` and ``AFTER``: sums of their risks."""

    @property
    def moved(self) -> int:
        """How many rows get another outcome."""
        return sum(move.rows for move in self.moves)

    def outcomes(self, side: str) -> Mapping[Outcome, int]:
        """Count rows by outcome, ``BEFORE`` or ``AFTER``."""
        place = (BEFORE, AFTER).index(side)
        return {o: sum(rows for pair, rows in self.matrix.items() if pair[place] is o) for o in Outcome}


def side_by_side(facts: Frame, before: Plan, after: Plan, engine: Engine, told: Sequence[str] = TOLD) -> Frame:
    """Decide twice over the same facts: ``row``, ``person``, ``moved``, and what is told of each decision."""
    one, other = decide_all(facts, before, engine), decide_all(facts, after, engine)
    one = one.select("row", "person", **{BEFORE + name: nw.col(name) for name in told})
    other = other.select("row", **{AFTER + name: nw.col(name) for name in told})
    joined = one.join(other, on="row", how="inner")
    return joined.with_columns(moved=nw.col(f"{BEFORE}outcome") != nw.col(f"{AFTER}outcome"))


def compare(facts: Frame, before: Plan, after: Plan, engine: Engine, samples: int) -> Comparison:
    """Count who moves, and pick up to ``samples`` of the movers, as different as possible."""
    lean = ("outcome", "gate", "reason", "offer", "unsubscribe_risk")  # sentences are written for the samples only
    decided = engine.keep(side_by_side(facts, before, after, engine, lean))
    groups = _groups(engine, decided)
    moves = [move for move in groups if move.before.outcome is not move.after.outcome]
    wanted = _picked(moves, _examples(engine, decided), samples) if moves and samples else []
    pairs = {(a, b): _rows(groups, a, b) for a in Outcome for b in Outcome}
    return Comparison(
        rows=sum(move.rows for move in groups),
        matrix=pairs,
        moves=tuple(moves),
        other_offer=_other_offer(engine, decided),
        leavers={side: _leavers(engine, decided, side) for side in (BEFORE, AFTER)},
        samples=tuple(_movers(facts.filter(nw.col("row").is_in(wanted)), before, after, engine)) if wanted else (),
    )


def _groups(engine: Engine, decided: Frame) -> list[Move]:
    """Gather rows with the same two answers."""
    frame = decided.group_by(*_ALIKE).agg(rows=nw.len(), first=nw.col("row").min())
    found = engine.fetch(frame.select(*_ALIKE, "rows", "first"))
    moves = [
        Move(Said(Outcome(row[0]), *row[1:3]), Said(Outcome(row[3]), *row[4:6]), row[6], int(row[7])) for row in found
    ]
    return sorted(moves, key=lambda move: (-move.rows, move.first))


def _rows(groups: Iterable[Move], before: Outcome, after: Outcome) -> int:
    return sum(move.rows for move in groups if (move.before.outcome, move.after.outcome) == (before, after))


def _other_offer(engine: Engine, decided: Frame) -> int:
    sent = (nw.col(f"{BEFORE}outcome") == Outcome.SEND.value) & (nw.col(f"{AFTER}outcome") == Outcome.SEND.value)
    other = decided.filter(sent & (nw.col(f"{BEFORE}offer") != nw.col(f"{AFTER}offer")))
    ((rows,),) = engine.fetch(other.select(rows=nw.len()))
    return int(rows)


def _leavers(engine: Engine, decided: Frame, side: str) -> float:
    sent = decided.filter(nw.col(f"{side}outcome") == Outcome.SEND.value)
    ((risks,),) = engine.fetch(sent.select(risks=nw.col(f"{side}unsubscribe_risk").sum()))
    return float(risks or 0.0)  # of no rows the sum is null


def _examples(engine: Engine, decided: Frame) -> Mapping[tuple[Said, Said], list[int]]:
    """Give the first rows of each move."""
    moved = decided.filter(nw.col("moved")).with_columns(place=nw.col("row").rank("ordinal").over(*_ALIKE))
    rows: dict[tuple[Said, Said], list[int]] = {}
    for row in engine.fetch(moved.filter(nw.col("place") <= _EXAMPLES).select(*_ALIKE, "row").sort("row")):
        rows.setdefault((Said(Outcome(row[0]), *row[1:3]), Said(Outcome(row[3]), *row[4:6])), []).append(int(row[6]))
    return rows


def _picked(moves: Sequence[Move], examples: Mapping[tuple[Said, Said], list[int]], most: int) -> list[int]:
    """Take a row of each move, by turns of the direction; where that leaves room, a second and a third."""
    ways = [[move for move in moves if way(move) == pair] for pair in dict.fromkeys(map(way, moves))]
    turns = [move for move in chain.from_iterable(zip_longest(*ways)) if move is not None]
    rows = [examples[move.before, move.after][at:][:1] for at in range(_EXAMPLES) for move in turns]
    return list(chain.from_iterable(rows))[:most]


def way(move: Move) -> tuple[Outcome, Outcome]:
    """Give the direction of a move."""
    return move.before.outcome, move.after.outcome


def _movers(facts: Frame, before: Plan, after: Plan, engine: Engine) -> Iterator[Mover]:
    names = ("outcome", "gate", "reason", "detail")
    columns = [side + name for side in (BEFORE, AFTER) for name in names]
    frame = side_by_side(facts, before, after, engine, names).select("row", "person", *columns)
    for row, person, *said in sorted(engine.fetch(frame)):
        one, other = Said(Outcome(said[0]), *said[1:3]), Said(Outcome(said[4]), *said[5:7])
        yield Mover(int(row), person, one, other, said[3], said[7])
