"""A dry run in numbers, from few queries over the decided rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw

from sendgate.decide.tables import OBSERVED_BY, TURNED_BY
from sendgate.model.decisions import Mode, Outcome

if TYPE_CHECKING:
    from sendgate.decide.plan import Plan
    from sendgate.facts.engine import Engine
    from sendgate.gate import Gate

Frame = nw.LazyFrame[Any]


@dataclass(frozen=True)
class GateCount:
    """What one gate does to an audience, in rows."""

    gate: str
    mode: Mode
    blocks: int
    alone: int
    """It alone decides: switched off, they would be sent the message; enforced, where it observes, they would not."""
    named: int
    """It gives the reason."""
    would_block: int
    """It observes only, and would have blocked."""
    first: int = 0
    """Blocked by this gate, and by none before it."""
    alone_leavers: float = 0.0
    """How many of those about whom it alone decides are expected to unsubscribe, if they got the message."""


class Sample(NamedTuple):
    """One decided row."""

    row: int
    person: str
    outcome: Outcome
    gate: str
    detail: str
    offer: str


@dataclass(frozen=True)
class Rendered:
    """Some of the messages that would be sent, rendered for real."""

    tried: int
    sends: int
    failures: tuple[tuple[Sample, str], ...]
    """With the reason why it cannot be rendered."""


@dataclass(frozen=True)
class Summary:
    """What a campaign under a policy does to an audience."""

    rows: int
    outcomes: Mapping[Outcome, int]
    gates: tuple[GateCount, ...]
    """Every gate that was asked, in order."""
    offers: Mapping[str, int]
    """How often each offer was chosen, in the order of the file."""
    samples: tuple[Sample, ...]
    leavers: Mapping[Outcome, float] = field(default_factory=dict)
    """How many are expected to unsubscribe or complain, if everybody with this outcome got the message."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Rows by reason code, most frequent first; who is sent to has none."""
    together: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    """Rows by the gates that block them, most frequent first."""
    entangled: int = 0
    """Rows that are held back, whichever one gate is switched off."""


class _Group(NamedTuple):
    """Rows with the same answer."""

    outcome: str
    gate: str
    reason: str
    offer: str
    blocked_by: str
    observed_by: str
    turned_by: str
    rows: int
    first: int
    leavers: float

    @property
    def blocking(self) -> tuple[str, ...]:
        """The gates that block, in order."""
        return _several(self.blocked_by)

    @property
    def turning(self) -> tuple[str, ...]:
        """The gates of which one alone decides, in order."""
        return _several(self.turned_by)


def _several(names: str) -> tuple[str, ...]:
    return tuple(names.split(";")) if names else ()


_ALIKE = ("outcome", "gate", "reason", "offer", "blocked_by", OBSERVED_BY, TURNED_BY)
_SAMPLED = ("row", "person", "outcome", "gate", "detail", "offer")


def summarise(engine: Engine, decided: Frame, plan: Plan, samples: int) -> Summary:
    """Count decided rows (see ``decide.tables``), and pick up to ``samples`` of them, as different as possible."""
    groups = _groups(engine, decided)
    return Summary(
        rows=sum(group.rows for group in groups),
        outcomes={outcome: _rows(g for g in groups if g.outcome == outcome.value) for outcome in Outcome},
        gates=_gates(plan.gates, groups),
        offers={
            offer.name: _rows(g for g in groups if (g.outcome, g.offer) == (Outcome.SEND.value, offer.name))
            for offer in plan.campaign.offers
        },
        samples=_picked(engine, decided, [g for g in groups if g.outcome in set(Outcome)], samples),
        leavers={outcome: sum(g.leavers for g in groups if g.outcome == outcome.value) for outcome in Outcome},
        reasons=_counted((g.reason, g.rows) for g in groups if g.gate),
        together=_counted((g.blocking, g.rows) for g in groups if g.blocking),
        entangled=_rows(g for g in groups if g.blocking and not g.turning),
    )


def sends(engine: Engine, decided: Frame, most: int) -> tuple[Sample, ...]:
    """Pick some of the rows that would be sent, of every offer some."""
    sent = decided.filter(nw.col("outcome") == Outcome.SEND.value)
    return _picked(engine, sent, _groups(engine, sent), most) if most else ()


def _groups(engine: Engine, decided: Frame) -> list[_Group]:
    told = {"rows": nw.len(), "first": nw.col("row").min(), "leavers": nw.col("unsubscribe_risk").sum()}
    frame = decided.group_by(*_ALIKE).agg(**told)
    found = [_Group(*row) for row in engine.fetch(frame.select(*_ALIKE, *told))]
    return sorted(found, key=lambda group: (-group.rows, group.first))


def _rows(groups: Iterable[_Group]) -> int:
    return sum(group.rows for group in groups)


def _counted(counts: Iterable[tuple[Any, float]]) -> dict[Any, Any]:
    """Add up what is counted in parts, most frequent first."""
    total: dict[Any, float] = {}
    for key, rows in counts:
        total[key] = total.get(key, 0) + rows
    return dict(sorted(total.items(), key=itemgetter(1), reverse=True))


def _gates(gates: Sequence[Gate], groups: Sequence[_Group]) -> tuple[GateCount, ...]:
    """Count what each gate does, for all of them at once: there may be tens of thousands of groups."""
    blocks = _counted((gate, g.rows) for g in groups for gate in g.blocking)
    alone = _counted((gate, g.rows) for g in groups for gate in g.turning)
    named = _counted((g.gate, g.rows) for g in groups)
    would_block = _counted((gate, g.rows) for g in groups for gate in _several(g.observed_by))
    first = _counted((g.blocking[0], g.rows) for g in groups if g.blocking)
    alone_leavers = _counted((gate, g.leavers) for g in groups for gate in g.turning)
    counts = (blocks, alone, named, would_block, first, alone_leavers)
    return tuple(GateCount(gate.name, gate.mode, *(count.get(gate.name, 0) for count in counts)) for gate in gates)


def _picked(engine: Engine, decided: Frame, groups: Sequence[_Group], most: int) -> tuple[Sample, ...]:
    """Take a row of each reason, by turns of the outcome, and then the first ones of the audience."""
    firsts: dict[tuple[str, str, str], _Group] = {}
    for group in groups:
        firsts.setdefault((group.outcome, group.reason, group.offer if not group.gate else ""), group)
    by_outcome = [[g.first for g in firsts.values() if g.outcome == outcome.value] for outcome in Outcome]
    turns = [row for row in chain.from_iterable(zip_longest(*by_outcome)) if row is not None]
    picked = dict.fromkeys(turns[:most])
    if len(picked) < most:
        ahead = engine.fetch(decided.select("row").sort("row").head(most))
        picked.update(dict.fromkeys(row for (row,) in ahead))
    wanted = list(picked)[:most]
    if not wanted:
        return ()
    found = engine.fetch(decided.filter(nw.col("row").is_in(wanted)).select(*_SAMPLED))
    samples = (Sample(row, person, Outcome(outcome), *rest) for row, person, outcome, *rest in found)
    return tuple(sorted(samples, key=lambda sample: (list(Outcome).index(sample.outcome), sample.row)))
