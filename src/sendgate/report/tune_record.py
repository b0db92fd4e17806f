"""What ``tune`` found as one JSON object, and as rows; ``docs/tune.schema.json`` is the schema of ``TuneRecord``.

Names are part of the interface: they are added to, and do not change.
"""

from __future__ import annotations

import csv
from io import StringIO
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct

from sendgate.decide.tuning import Tally
from sendgate.report.record import schema_of
from sendgate.report.tune import Curve


class Figures(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What one value does. Shares are between 0 and 1, and null where there is nothing to share."""

    value: Annotated[str | None, Meta(description="as a file would have it; of a gate its mode")]
    send: Annotated[int, Meta(description="rows that are sent")]
    defer: Annotated[int, Meta(description="rows that wait")]
    drop: Annotated[int, Meta(description="rows that are dropped")]
    messages_kept: Annotated[float | None, Meta(description="rows that are sent, of all rows")]
    evidence_kept: Annotated[
        float | None,
        Meta(description="relevance of the offers sent, of the highest relevance of each row; no probability"),
    ]
    expected_unsubscribes: Annotated[float, Meta(description="the sum of unsubscribe_risk over the rows that are sent")]
    expected_unsubscribes_avoided: Annotated[
        float, Meta(description="what sending to everybody would cost beyond that")
    ]
    outcomes: Annotated[
        int | msgspec.UnsetType, Meta(description="real outcomes among the rows that are sent; with --outcome")
    ] = msgspec.UNSET
    outcomes_kept: Annotated[
        float | msgspec.UnsetType | None, Meta(description="the same, of all outcomes; with --outcome")
    ] = msgspec.UNSET
    outcome_rate: Annotated[
        float | msgspec.UnsetType | None,
        Meta(description="outcomes of the rows that are sent and of which the column says anything; with --outcome"),
    ] = msgspec.UNSET


class InForce(Figures, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What the files as they stand do; the value is null where there is none, neither in a file nor by default."""

    default: Annotated[bool, Meta(description="no file names the value: it is the default")]


class TuneRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """What `sendgate tune --json` prints."""

    campaign: str
    audience: Annotated[str, Meta(description="the file")]
    policy: Annotated[str, Meta(description="the file")]
    at: Annotated[str | None, Meta(description="the decision time; null: each row has its own")]
    setting: Annotated[str, Meta(description="the path that was given")]
    rows: Annotated[int, Meta(description="rows that were decided")]
    expected_unsubscribes_of_all: Annotated[float, Meta(description="what sending to everybody would cost")]
    in_force: InForce
    values: Annotated[list[Figures], Meta(description="in the order in which they were given")]
    rests_on: Annotated[list[str], Meta(description="what the figures are made from, a sentence each")]
    rejected: Annotated[int, Meta(description="rows of all files that cannot be read")]


class About(NamedTuple):
    """What was asked."""

    campaign: str
    audience: str
    policy: str
    at: str | None


def record(about: About, curve: Curve, rejected: int) -> TuneRecord:
    """Give a curve as ``--json`` prints it."""
    outcome, everybody = bool(curve.outcome), curve.in_force
    return TuneRecord(
        **about._asdict(),
        setting=curve.setting,
        rows=everybody.rows,
        expected_unsubscribes_of_all=_settled(everybody.unsubscribes_of_all),
        in_force=InForce(value=curve.at or None, default=curve.default, **_figures(everybody, outcome=outcome)),
        values=_values(curve),
        rests_on=list(curve.notes),
        rejected=rejected,
    )


def as_csv(curve: Curve) -> str:
    """Give a row for each value, as ``--out`` writes it."""
    rows = [msgspec.to_builtins(figures) for figures in _values(curve)]
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def schema() -> dict[str, Any]:
    """Describe the object."""
    return schema_of(TuneRecord)


def _values(curve: Curve) -> list[Figures]:
    pairs = zip(curve.values, curve.tallies, strict=True)
    return [Figures(value=value, **_figures(tally, outcome=bool(curve.outcome))) for value, tally in pairs]


def _figures(tally: Tally, *, outcome: bool) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "send": tally.sends,
        "defer": tally.defers,
        "drop": tally.drops,
        "messages_kept": _share(tally.sends, tally.rows),
        "evidence_kept": _share(tally.evidence, tally.evidence_of_all),
        "expected_unsubscribes": _settled(tally.unsubscribes),
        "expected_unsubscribes_avoided": _settled(tally.unsubscribes_of_all - tally.unsubscribes),
    }
    if outcome:
        figures |= {
            "outcomes": int(tally.results),
            "outcomes_kept": _share(tally.results, tally.results_of_all),
            "outcome_rate": _share(tally.results, tally.observed),
        }
    return figures


def _share(part: float, whole: float) -> float | None:
    return _settled(part / whole) if whole else None


def _settled(value: float) -> float:
    """Round sums, whose last digits depend on the order of summation."""
    return round(value, 6)
