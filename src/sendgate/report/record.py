"""A dry run as one JSON object for machines; ``docs/dry-run.schema.json`` is the schema of ``DryRun``.

Counts are rows of the audience. Names are part of the interface: they are added to, and do not change.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from sendgate.model.decisions import Mode, Outcome
from sendgate.model.times import iso
from sendgate.report.rundown import Rundown

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Outcomes(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows by what becomes of the message."""

    send: int
    defer: int
    drop: int


class Leavers(Struct, frozen=True, forbid_unknown_fields=True):
    """Expected unsubscribes and complaints: the sum of each person's risk. An estimate."""

    send_to_all: float
    sent: float


class GateRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """What one gate does."""

    gate: str
    mode: Annotated[Mode, Meta(description="enforce, or observe: it reports, and lets the message through")]
    blocks: Annotated[int, Meta(description="rows that it stops")]
    alone: Annotated[
        int,
        Meta(description="rows that would be sent if it were off or, where it observes, not sent if it were enforced"),
    ]
    alone_expected_leavers: Annotated[
        float, Meta(description="expected to leave, of those about whom it alone decides")
    ]
    first: Annotated[int, Meta(description="rows that it stops, and no gate before it")]
    named: Annotated[int, Meta(description="rows that get their reason from it")]
    would_block: Annotated[int, Meta(description="rows that it would stop, if it were enforced")]


class Together(Struct, frozen=True, forbid_unknown_fields=True):
    """Gates that stop the same rows."""

    gates: list[str]
    rows: int


class SampleRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """One decided row."""

    row: Annotated[int, Meta(description="its place in the audience, from 1")]
    person: str
    outcome: Outcome
    gate: str | None
    detail: str | None
    offer: str | None


class RenderedRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """Messages that were rendered for real."""

    tried: int
    sends: int
    failures: list[str]


class FileRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of the rows of one file."""

    file: str
    role: Annotated[str, Meta(description="audience, people or events")]
    rows: int
    rejected: int


class DryRun(Struct, frozen=True, forbid_unknown_fields=True):
    """What `sendgate dry-run --json` prints."""

    campaign: str
    brand: str
    policy: Annotated[str, Meta(description="the file")]
    audience: Annotated[str, Meta(description="the file")]
    now: Annotated[str | None, Meta(description="the decision time; null: each row has its own")]
    rows: Annotated[int, Meta(description="rows of the audience")]
    decided: int
    rejected: Annotated[int, Meta(description="rows of the audience that cannot be read")]
    outcomes: Outcomes
    expected_leavers: Leavers
    gates: Annotated[list[GateRecord], Meta(description="every gate that was asked, in order")]
    together: Annotated[list[Together], Meta(description="combinations of gates, most frequent first")]
    reasons: Annotated[dict[str, int], Meta(description="rows by reason code, most frequent first")]
    offers: Annotated[dict[str, int], Meta(description="how often each offer was chosen, in the order of the file")]
    samples: list[SampleRecord]
    rendered: Annotated[RenderedRecord | None, Meta(description="null: of kept facts without a report")]
    files: list[FileRecord]
    warnings: list[str]
    notes: list[str]


def record(rundown: Rundown) -> DryRun:
    """Put a rundown into the form for machines."""
    summary, refused = rundown.summary, rundown.refused
    return DryRun(
        campaign=rundown.plan.campaign.name,
        brand=rundown.plan.campaign.brand,
        policy=rundown.policy_file,
        audience=rundown.audience_file,
        now=iso(rundown.at) if rundown.at is not None else None,
        rows=summary.rows + refused,
        decided=summary.rows,
        rejected=refused,
        outcomes=Outcomes(**{outcome.value: rows for outcome, rows in summary.outcomes.items()}),
        expected_leavers=Leavers(
            send_to_all=_rounded(sum(summary.leavers.values())), sent=_rounded(summary.leavers[Outcome.SEND])
        ),
        gates=_gates(rundown),
        together=[Together(gates=list(gates), rows=rows) for gates, rows in summary.together.items()],
        reasons=dict(summary.reasons),
        offers=dict(summary.offers),
        samples=_samples(rundown),
        rendered=_rendered(rundown),
        files=[FileRecord(**file._asdict()) for file in rundown.files],
        warnings=[str(warning) for warning in rundown.warnings],
        notes=list(rundown.notes),
    )


def written(told: Struct) -> str:
    """Write the object, for people to read as well."""
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def schema() -> dict[str, Any]:
    """Describe the object."""
    return schema_of(DryRun)


def schema_of(record: type[Struct]) -> dict[str, Any]:
    """Describe an object that a command prints."""
    _, parts = msgspec.json.schema_components([record], ref_template="#/$defs/{name}")
    return {"$schema": _DIALECT, **parts.pop(record.__name__), "$defs": parts}


def _gates(rundown: Rundown) -> list[GateRecord]:
    return [
        GateRecord(
            gate=gate.gate,
            mode=gate.mode,
            blocks=gate.blocks,
            alone=gate.alone,
            alone_expected_leavers=_rounded(gate.alone_leavers),
            first=gate.first,
            named=gate.named,
            would_block=gate.would_block,
        )
        for gate in rundown.summary.gates
    ]


def _samples(rundown: Rundown) -> list[SampleRecord]:
    return [
        SampleRecord(
            row=int(sample.row),
            person=sample.person,
            outcome=sample.outcome,
            gate=sample.gate or None,
            detail=sample.detail or None,
            offer=sample.offer or None,
        )
        for sample in rundown.summary.samples
    ]


def _rendered(rundown: Rundown) -> RenderedRecord | None:
    found = rundown.rendered
    if found is None:
        return None
    failures = [f"{sample.person}, {sample.offer}: {why}" for sample, why in found.failures]
    return RenderedRecord(tried=found.tried, sends=found.sends, failures=failures)


def _rounded(number: float) -> float:
    """Round sums, whose last digits depend on the order of summation."""
    return round(number, 6)
