"""A dry run as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sendgate.errors import Mistake
from sendgate.model.decisions import Mode, Outcome
from sendgate.report.record import record, schema, written
from sendgate.report.rundown import FileRead, Rundown
from sendgate.report.summary import GateCount, Rendered, Sample, Summary

ROOT = Path(__file__).parents[3]
SEND, DEFER, DROP = Outcome


@pytest.fixture
def rundown(make_plan) -> Rundown:
    """A dry run of three rows, and one that was rejected."""
    sample = Sample(1.0, "ann", SEND, "", "viewed", "a")
    summary = Summary(
        3, {SEND: 1, DEFER: 0, DROP: 2}, (GateCount("fit", Mode.ENFORCE, 2, 1, 2, 0, 2, 0.25),), {"a": 1, "b": 0},
        (sample,), {SEND: 0.1, DEFER: 0.0, DROP: 0.2}, {"fit.contradicted": 2}, {("fit", "relevance"): 1, ("fit",): 1},
    )  # fmt: skip
    return Rundown(
        make_plan(), "p.yaml", "a.csv", 1_772_625_600.0, summary, [FileRead("a.csv", "audience", 4, 1)],
        warnings=[Mistake("p.yaml", "foolish", 3)], rendered=Rendered(1, 1, ((sample, "a gap"),)),
    )  # fmt: skip


def test_every_row_is_accounted_for(rundown) -> None:
    """Rows are decided or rejected, and the decided have an outcome."""
    told = record(rundown)
    assert told.rows == told.decided + told.rejected == 4
    assert told.outcomes.send + told.outcomes.defer + told.outcomes.drop == told.decided


def test_a_record_has_what_the_tables_have(rundown) -> None:
    """Under names that do not change."""
    told = json.loads(written(record(rundown)))
    assert told["gates"] == [
        {"gate": "fit", "mode": "enforce", "blocks": 2, "alone": 1, "alone_expected_leavers": 0.25, "first": 2,
         "named": 2, "would_block": 0}
    ]  # fmt: skip
    assert told["together"] == [{"gates": ["fit", "relevance"], "rows": 1}, {"gates": ["fit"], "rows": 1}]
    assert told["expected_leavers"] == {"send_to_all": 0.3, "sent": 0.1}
    assert told["samples"] == [
        {"row": 1, "person": "ann", "outcome": "send", "gate": None, "detail": "viewed", "offer": "a"}
    ]
    assert told["rendered"] == {"tried": 1, "sends": 1, "failures": ["ann, a: a gap"]}
    assert told["warnings"] == ["p.yaml:3: foolish"]
    assert told["now"] == "2026-03-04T12:00:00Z"


def test_rows_with_their_own_time_have_no_common_one(rundown) -> None:
    """Null says so, and that nothing was rendered."""
    told = record(Rundown(rundown.plan, "p", "a", None, rundown.summary))
    assert (told.now, told.rendered) == (None, None)


def test_the_schema_is_documented() -> None:
    """``sendgate schema dry-run > docs/dry-run.schema.json`` writes it again."""
    told = json.loads((ROOT / "docs" / "dry-run.schema.json").read_text(encoding="utf-8"))
    assert told == schema()
