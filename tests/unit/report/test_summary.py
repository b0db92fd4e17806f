"""A dry run in numbers."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

import pytest

from sendgate.audience import open_run
from sendgate.catalog import gate_classes
from sendgate.decide.plan import Plan
from sendgate.facts.engine import Engine
from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Offer, Purpose
from sendgate.model.decisions import Mode, Outcome
from sendgate.policy.policy import Policy
from sendgate.report.summary import GateCount, Sample, sends, summarise

ROWS = [
    # person, outcome, gate, reason, detail, offer, blocked_by, observed_by, turned_by
    ("ann", "send", "", "passed", "viewed", "a", "", "balance", "balance"),
    ("bob", "send", "", "passed", "carted", "b", "", "", ""),
    ("cas", "send", "", "passed", "viewed", "a", "", "", ""),
    ("dan", "drop", "fit", "fit.contradicted", "17", "a", "frequency;fit", "", ""),
    ("eve", "drop", "fit", "fit.contradicted", "18", "a", "fit", "balance", "fit"),
    ("fay", "defer", "frequency", "frequency.cap_reached", "3", "b", "frequency", "", "frequency"),
]
COLUMNS = ("person", "outcome", "gate", "reason", "detail", "offer", "blocked_by", "observed_by", "turned_by")


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine without files."""
    with open_run(now=0.0) as run:
        yield run.engine


@pytest.fixture
def plan() -> Plan:
    """Two offers; balance observes."""
    settings = {"frequency": {"caps": [{"limit": 3, "per": "7d"}]}, "balance": {"mode": Mode.OBSERVE}}
    gates = tuple(kind.of(settings.get(name, {})) for name, kind in gate_classes().items())
    family = Family("x", MappingProxyType({"harbor": Brand("harbor")}))
    offers = tuple(Offer(name) for name in "abc")
    return Plan(Policy(family, gates), Campaign("c", "harbor", Channel.EMAIL, Purpose.PROMOTIONAL, offers))


def _decided(engine: Engine, rows=ROWS):
    columns = {name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)}
    numbers = {"row": [float(at) for at in range(len(rows))], "unsubscribe_risk": [0.5] * len(rows)}
    return engine.table({**numbers, **columns})


def test_rows_are_counted_by_outcome_and_offer(engine, plan) -> None:
    """Offers count where they are sent; those that nobody gets count zero."""
    summary = summarise(engine, _decided(engine), plan, 0)
    assert summary.rows == 6
    assert summary.outcomes == {Outcome.SEND: 3, Outcome.DEFER: 1, Outcome.DROP: 2}
    assert summary.offers == {"a": 2, "b": 1, "c": 0}


def test_gates_are_counted_in_three_ways(engine, plan) -> None:
    """What they block, where they alone decide, and where they are named."""
    counts = {count.gate: count for count in summarise(engine, _decided(engine), plan, 0).gates}
    assert counts["frequency"] == GateCount(
        "frequency", Mode.ENFORCE, blocks=2, alone=1, named=1, would_block=0, first=2, alone_leavers=0.5
    )
    assert counts["fit"] == GateCount(
        "fit", Mode.ENFORCE, blocks=2, alone=1, named=2, would_block=0, first=1, alone_leavers=0.5
    )
    assert counts["balance"] == GateCount(
        "balance", Mode.OBSERVE, blocks=0, alone=1, named=0, would_block=2, alone_leavers=0.5
    )
    assert list(counts) == [gate.name for gate in plan.gates]


def test_who_is_expected_to_leave_is_summed_by_outcome(engine, plan) -> None:
    """The sum of the risks of those with an outcome."""
    assert summarise(engine, _decided(engine), plan, 0).leavers == {
        Outcome.SEND: 1.5, Outcome.DEFER: 0.5, Outcome.DROP: 1.0
    }  # fmt: skip


def test_reasons_and_gates_that_block_together_are_counted(engine, plan) -> None:
    """Most frequent first; who is sent to has no reason."""
    summary = summarise(engine, _decided(engine), plan, 0)
    assert summary.reasons == {"fit.contradicted": 2, "frequency.cap_reached": 1}
    assert summary.together == {("frequency", "fit"): 1, ("fit",): 1, ("frequency",): 1}
    assert summary.entangled == 1


def test_samples_differ_as_much_as_they_can(engine, plan) -> None:
    """Each outcome and reason comes first, more of the same only where there is room."""
    three = summarise(engine, _decided(engine), plan, 3).samples
    assert [sample.person for sample in three] == ["ann", "fay", "dan"]
    assert three[0] == Sample(0.0, "ann", Outcome.SEND, "", "viewed", "a")
    everybody = summarise(engine, _decided(engine), plan, 99).samples
    assert sorted(sample.person for sample in everybody) == ["ann", "bob", "cas", "dan", "eve", "fay"]


def test_sends_are_picked_from_every_offer(engine) -> None:
    """So that every template is tried."""
    assert [sample.person for sample in sends(engine, _decided(engine), 2)] == ["ann", "bob"]
    assert sends(engine, _decided(engine), 0) == ()


def test_an_empty_audience_has_a_summary(engine, plan) -> None:
    """Of zeros."""
    nobody = _decided(engine).head(0)
    summary = summarise(engine, nobody, plan, 5)
    assert (summary.rows, summary.outcomes[Outcome.SEND], summary.samples) == (0, 0, ())
