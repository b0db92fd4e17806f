"""One setting in many values, in a terminal, as an object for machines, and as rows."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from sendgate.decide.tuning import Tally
from sendgate.report.styles import listing, shown

if TYPE_CHECKING:
    from rich.table import Table

_BAR = 13
"""Cells of a full bar."""
_NARROW = 5
"""The same where outcomes need the room."""
_IN_FORCE = "now"
"""Marks the value that is in force."""

_MESSAGES = "messages kept: rows that are sent, of all rows of the audience"
_EVIDENCE = """\
evidence kept: the relevance of the offers sent, of the relevance of all rows; relevance is a sum of signs of interest \
and no probability, and a share of it only stands for a share of the answers"""
_UNSUBSCRIBES = """\
unsubscribes: the sum of unsubscribe_risk over the rows that are sent, and avoided against sending to everybody; from \
the scorecard of the gate `unsubscribe_risk`; the shipped one rests on published figures, not on this family"""
REST_ON = (_MESSAGES, _EVIDENCE, _UNSUBSCRIBES)
"""What the figures are made from, a sentence each."""
OUTCOMES = "outcomes: what the audience's own column says, of the rows in which it says anything"


@dataclass(frozen=True)
class Curve:
    """What a setting does to an audience, value by value."""

    setting: str
    values: tuple[str, ...]
    tallies: tuple[Tally, ...]
    in_force: Tally
    """Under the policy as it stands."""
    at: str
    """The value that stands there; empty where the file does not name it."""
    outcome: str = ""
    """The column that says what really happened; empty where there is none."""

    @property
    def marked(self) -> int | None:
        """Which of the values is in force, if one of them is."""
        return self.values.index(self.at) if self.at in self.values else None


def share(part: float, whole: float) -> float | None:
    """Give a part as a share; None of nothing."""
    return part / whole if whole else None


def record(tally: Tally, *, outcome: bool) -> dict[str, Any]:
    """Give the figures of one value by name; shares are between 0 and 1, null where there is nothing to share."""
    avoided = tally.unsubscribes_of_all - tally.unsubscribes
    figures = {
        "send": tally.sends,
        "defer": tally.defers,
        "drop": tally.drops,
        "messages_kept": _settled(share(tally.sends, tally.rows)),
        "evidence_kept": _settled(share(tally.evidence, tally.evidence_of_all)),
        "expected_unsubscribes": _settled(tally.unsubscribes),
        "expected_unsubscribes_avoided": _settled(avoided),
    }
    if outcome:
        figures |= {
            "outcomes": int(tally.results),
            "outcomes_kept": _settled(share(tally.results, tally.results_of_all)),
            "outcome_rate": _settled(share(tally.results, tally.observed)),
        }
    return figures


def _settled(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def as_record(curve: Curve) -> dict[str, Any]:
    """Give a curve as ``--json`` prints it."""
    outcome, everybody = bool(curve.outcome), curve.in_force
    return {
        "setting": curve.setting,
        "rows": everybody.rows,
        "expected_unsubscribes_of_all": _settled(everybody.unsubscribes_of_all),
        "in_force": {"value": curve.at or None} | record(curve.in_force, outcome=outcome),
        "values": [{"value": value} | record(tally, outcome=outcome) for value, tally in _pairs(curve)],
        "rests_on": [*REST_ON, *([OUTCOMES] if outcome else [])],
    }


def as_csv(curve: Curve) -> str:
    """Give a row for each value, as ``--out`` writes it."""
    rows = [{"value": value} | record(tally, outcome=bool(curve.outcome)) for value, tally in _pairs(curve)]
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _pairs(curve: Curve) -> list[tuple[str, Tally]]:
    return list(zip(curve.values, curve.tallies, strict=True))


def curve_view(campaign: str, heading: str, curve: Curve, account: str) -> RenderableType:
    """Draw the curve, and say what it rests on; ``account`` says what became of the rows."""
    notes = [*REST_ON, *([OUTCOMES] if curve.outcome else [])]
    return Group(
        shown(campaign, "bold"), shown(heading, "dim"), "", _chart(curve), "", *(Text(note, "dim") for note in notes),
        "", shown(account),
    )  # fmt: skip


def _chart(curve: Curve) -> Table:
    table = listing()
    table.add_column("value", justify="right")
    table.add_column("")
    bar = _NARROW if curve.outcome else _BAR
    table.add_column("kept" if curve.outcome else "messages kept", min_width=bar)
    names = ("", "", "evidence", "unsubs.", "avoided", *((curve.outcome, "", "rate") if curve.outcome else ()))
    for name in names:
        table.add_column(shown(name), justify="right")
    most = max((tally.sends for tally in (*curve.tallies, curve.in_force)), default=0)
    if curve.marked is None:
        label = shown(curve.at or "default", "bold")
        table.add_row(label, _IN_FORCE, *_cells(curve, curve.in_force, most, bar), end_section=True)
    for place, (value, tally) in enumerate(_pairs(curve)):
        here = place == curve.marked
        table.add_row(shown(value, "bold" if here else ""), _IN_FORCE if here else "", *_cells(curve, tally, most, bar))
    return table


def _cells(curve: Curve, tally: Tally, most: int, width: int) -> Sequence[RenderableType]:
    figures = record(tally, outcome=bool(curve.outcome))
    cells = round(tally.sends / most * width) if most else 0
    bar = Text.assemble(("█" * cells, "green"), ("░" * (width - cells), "dim"))
    told: list[RenderableType] = [
        bar, f"{tally.sends:,}", Text(_percent(figures["messages_kept"]), "dim"), _percent(figures["evidence_kept"]),
        f"{figures['expected_unsubscribes']:,.1f}", f"{figures['expected_unsubscribes_avoided']:,.1f}",
    ]  # fmt: skip
    if curve.outcome:
        told += [
            f"{figures['outcomes']:,}",
            Text(_percent(figures["outcomes_kept"]), "dim"),
            _percent(figures["outcome_rate"], places=2),
        ]
    return told


def _percent(value: float | None, places: int = 1) -> str:
    return "-" if value is None else f"{value:.{places}%}"
