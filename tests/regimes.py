"""Deciding the same in both regimes: what the tests of the two share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
from msgspec import structs

from sendgate.audience.duck import DuckEngine
from sendgate.decide.evidence import decide_and_tell
from sendgate.decide.person import Decider
from sendgate.decide.plan import Plan
from sendgate.decide.tables import TURNED_BY, decide_all
from sendgate.facts.engine import PERSON, Tables
from sendgate.facts.tables import facts_and_more, with_facts
from sendgate.gate import Gate
from sendgate.model.decisions import Decision, Mode, Outcome
from sendgate.model.events import Event
from sendgate.model.people import Profile

EVENT_COLUMNS = tuple(name for name in Event._fields if name != "id")


@dataclass(frozen=True)
class Row:
    """One row of an audience: a profile at its decision time."""

    profile: Profile
    at: float


def tables_of(engine: DuckEngine, rows: Sequence[Row], now: float | None, *, strictly: bool = False) -> Tables:
    """Lay an audience out as the tables that the audience floor would hand over."""
    names = sorted({name for row in rows for name in row.profile.attributes})
    seen: set[tuple[str, float]] = set()
    columns: dict[str, list[Any]] = {name: [] for name in ("row", "person", "at", "earlier", "known")}
    columns |= {PERSON + name: [] for name in names}
    for place, row in enumerate(rows):
        key = (row.profile.person, row.at)
        values = (float(place), row.profile.person, row.at, float(key in seen), float(row.profile.known))
        seen.add(key)
        for name, value in zip(columns, (*values, *(row.profile[name] for name in names)), strict=True):
            columns[name].append(value)
    profiles = {row.profile.person: row.profile for row in rows}
    events = [(person, event) for person, profile in profiles.items() for event in profile.events]
    log = {name: [getattr(event, name) for _, event in events] for name in EVENT_COLUMNS}
    log = {"person": [person for person, _ in events], **log}
    empty = dict.fromkeys(("person", *EVENT_COLUMNS), "") | {"at": 1e15, "price": 0.0, "discount": 0.0}
    for name, values_ in log.items():  # one event in the far future gives every column its type, and is never seen
        values_.append(empty[name])
    frame = engine.table(columns).with_columns(known=nw.col("known") == 1)
    return Tables(engine, frame, engine.table(log), now, strictly)


def decided_by_tables(
    engine: DuckEngine,
    plan: Plan,
    rows: Sequence[Row],
    now: float | None,
    *,
    strictly: bool = False,
    later: bool = False,
) -> list[tuple[Any, ...]]:
    """Decide in the table regime, in audience order: with all facts at once, or with those for words later on."""
    tables = tables_of(engine, rows, now, strictly=strictly)
    if not later:
        facts = engine.keep(with_facts(tables, plan.facts))
        return _in_order(engine, decide_and_tell(facts, plan, engine, None))
    with facts_and_more(tables, plan.wordless.facts, plan.words_facts) as (frame, more):
        return _in_order(engine, decide_and_tell(engine.keep(frame), plan, engine, more))


def _in_order(engine: DuckEngine, decided: nw.LazyFrame[Any]) -> list[tuple[Any, ...]]:
    return [row[1:] for row in sorted(engine.fetch(decided.drop(TURNED_BY)))]


def turned_by_tables(engine: DuckEngine, plan: Plan, rows: Sequence[Row], now: float) -> list[str]:
    """Ask the table regime which gates alone decide whether a message is sent, in audience order."""
    facts = engine.keep(with_facts(tables_of(engine, rows, now), plan.facts))
    return [turned for _, turned in sorted(engine.fetch(decide_all(facts, plan, engine).select("row", TURNED_BY)))]


def turned_one_by_one(plan: Plan, rows: Sequence[Row]) -> list[str]:
    """Find them by switching one gate after the other."""
    sent = _sent(plan, rows)
    turned = [(gate.name, _sent(_switched(plan, gate), rows)) for gate in plan.gates]
    return [";".join(name for name, now in turned if now[at] != sent[at]) for at in range(len(rows))]


def _switched(plan: Plan, gate: Gate) -> Plan:
    """Switch a gate off, or enforce it where it observes."""
    mode = Mode.ENFORCE if gate.mode is Mode.OBSERVE else Mode.OFF
    gates = tuple(structs.replace(other, mode=mode) if other is gate else other for other in plan.policy.gates)
    return Plan(replace(plan.policy, gates=gates), plan.campaign)


def _sent(plan: Plan, rows: Sequence[Row]) -> list[bool]:
    return [answer[1] is Outcome.SEND for answer in decided_one_by_one(plan, rows)]


def decided_one_by_one(plan: Plan, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Decide in the one-person regime, as rows of the same shape."""
    decider, seen, answers = Decider(plan), set[tuple[str, float]](), []
    for row in rows:
        key = (row.profile.person, row.at)
        answers.append(as_row(plan, decider(row.profile, row.at, earlier=key in seen)))
        seen.add(key)
    return answers


def as_row(plan: Plan, decision: Decision) -> tuple[Any, ...]:
    """Write a decision as a row of the table regime."""
    about = ("", decision.offer)
    observing = {f.gate for f in decision.findings if f.blocks and f.mode is Mode.OBSERVE and f.offer in about}
    return (
        decision.person,
        decision.outcome,
        decision.gate,
        decision.reason,
        decision.detail,
        decision.until,
        decision.offer,
        decision.relevance,
        decision.unsubscribe_risk,
        ";".join(decision.blocked_by),
        ";".join(gate.name for gate in plan.gates if gate.name in observing),
    )
