"""What ``compare`` found as one JSON object; ``docs/compare.schema.json`` is the schema of ``CompareRecord``.

Counts are rows of the audience. Names are part of the interface: they are added to, and do not change.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from msgspec import Meta, Struct

from sendgate.model.decisions import Outcome
from sendgate.report.moves import AFTER, BEFORE, Comparison, Said
from sendgate.report.phrases import LEAVERS_REST_ON
from sendgate.report.record import Outcomes, schema_of


class After(Struct, frozen=True, forbid_unknown_fields=True):
    """The second side."""

    policy: Annotated[str, Meta(description="the file")]
    set: Annotated[list[str], Meta(description="what `--set` changed in it or in the campaign")]


class Matrix(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows by the outcome before, then by the one after."""

    send: Outcomes
    defer: Outcomes
    drop: Outcomes


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    """What one side decides, and why."""

    outcome: Outcome
    gate: Annotated[str, Meta(description="the gate that the reason is from; empty: nothing stands in the way")]
    reason: Annotated[str, Meta(description="the reason code; `passed` where there is no gate")]


class MoveRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows that move between two outcomes for the same reasons."""

    before: Answer
    after: Answer
    rows: int


class ToldAnswer(Answer, frozen=True, forbid_unknown_fields=True):
    """What one side decides about one row, in words as well."""

    detail: Annotated[str, Meta(description="the sentence")]


class MoverRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """One row that moves."""

    person: str
    before: ToldAnswer
    after: ToldAnswer


class Expected(Struct, frozen=True, forbid_unknown_fields=True):
    """Expected unsubscribes and complaints of the rows that are sent: the sum of their risks. An estimate."""

    before: float
    after: float


class CompareRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """What `sendgate compare --json` prints."""

    campaign: str
    audience: Annotated[str, Meta(description="the file")]
    at: Annotated[str | None, Meta(description="the decision time; null: each row has its own")]
    before: Annotated[str, Meta(description="the policy file of the first side")]
    after: After
    rows: Annotated[int, Meta(description="rows that were decided")]
    moved: Annotated[int, Meta(description="rows that get another outcome")]
    other_offer: Annotated[int, Meta(description="rows that are sent before and after, but another offer")]
    expected_unsubscribes: Expected
    matrix: Matrix
    moves: Annotated[list[MoveRecord], Meta(description="the movers by reason, most rows first")]
    samples: Annotated[list[MoverRecord], Meta(description="some of the movers, as different as possible")]
    rests_on: Annotated[list[str], Meta(description="what expectations are made from, a sentence each")]
    rejected: Annotated[int, Meta(description="rows of all files that cannot be read")]


class About(NamedTuple):
    """What was compared."""

    campaign: str
    audience: str
    at: str | None
    before: str
    after: After


def record(about: About, found: Comparison, rejected: int) -> CompareRecord:
    """Give a comparison as ``--json`` prints it."""
    rows = {one: Outcomes(**{other.value: found.matrix[one, other] for other in Outcome}) for one in Outcome}
    return CompareRecord(
        **about._asdict(),
        rows=found.rows,
        moved=found.moved,
        other_offer=found.other_offer,
        expected_unsubscribes=Expected(*(round(found.leavers[side], 6) for side in (BEFORE, AFTER))),
        matrix=Matrix(**{one.value: counts for one, counts in rows.items()}),
        moves=[MoveRecord(Answer(*move.before), Answer(*move.after), move.rows) for move in found.moves],
        samples=[
            MoverRecord(mover.person, _told(mover.before, mover.before_detail), _told(mover.after, mover.after_detail))
            for mover in found.samples
        ],
        rests_on=[LEAVERS_REST_ON],
        rejected=rejected,
    )


def schema() -> dict[str, Any]:
    """Describe the object."""
    return schema_of(CompareRecord)


def _told(said: Said, detail: str) -> ToldAnswer:
    return ToldAnswer(*said, detail)
