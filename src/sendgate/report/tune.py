"""One setting in many values: what each of them does, in words, and drawn in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Group, RenderableType
from rich.text import Text

from sendgate.decide.tuning import Tally
from sendgate.report.phrases import LEAVERS_REST_ON, column_of_expected, column_of_shares, count, listed
from sendgate.report.styles import listing, shown

if TYPE_CHECKING:
    from rich.table import Table

_BAR = 13
"""Cells of a full bar; outcomes need its room."""
_BESIDE = (1, 6)
"""The columns of shares that stand beside their counts."""
_IN_FORCE = "now"
"""Marks the value that is in force."""
_FEW = 4
"""Values that are told one by one."""

_MESSAGES = "messages kept: rows that are sent, of all rows of the audience"
_EVIDENCE = """\
evidence kept: the relevance of the offers sent, of the highest relevance that each row has; relevance is a sum of \
signs of interest and no probability: that half of the evidence is kept does not say that half of the answers are"""
_UNSUBSCRIBES = f"{LEAVERS_REST_ON}; avoided: against sending to everybody"
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
    """The value that stands there; empty where there is none, neither in the file nor by default."""
    default: bool = False
    """The file does not name it."""
    outcome: str = ""
    """The column that says what really happened; empty where there is none."""

    @property
    def marked(self) -> int | None:
        """Which of the values is in force, if one of them is."""
        return self.values.index(self.at) if self.at in self.values else None

    @property
    def label(self) -> str:
        """The value in force in words."""
        return f"{self.at} (default)" if self.at and self.default else self.at or "not set"

    @property
    def tried(self) -> str:
        """The values in words."""
        if len(self.values) > _FEW:
            return f"from {self.values[0]} to {self.values[-1]}"
        return f"at {listed(self.values)}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the figures are made from."""
        return (*REST_ON, *([OUTCOMES] if self.outcome else []))


class Line(NamedTuple):
    """A value with its figures, as every table writes them."""

    value: str
    in_force: bool
    tally: Tally
    cells: Sequence[str]


def lines(curve: Curve) -> Iterator[Line]:
    """Write a line for each value, and one above them for a value in force that is none of them."""
    told = [(value, place == curve.marked, tally) for place, (value, tally) in enumerate(_pairs(curve))]
    if curve.marked is None:
        told.insert(0, (curve.label, True, curve.in_force))
    columns = _columns([tally for *_, tally in told], outcome=bool(curve.outcome))
    for (value, in_force, tally), cells in zip(told, zip(*columns, strict=True), strict=True):
        yield Line(value, in_force, tally, cells)


def _pairs(curve: Curve) -> Iterator[tuple[str, Tally]]:
    return zip(curve.values, curve.tallies, strict=True)


def _columns(tallies: Sequence[Tally], *, outcome: bool) -> Iterator[list[str]]:
    yield [count(t.sends) for t in tallies]
    yield column_of_shares([(t.sends, t.rows) for t in tallies])
    yield column_of_shares([(t.evidence, t.evidence_of_all) for t in tallies])
    yield column_of_expected([t.unsubscribes for t in tallies])
    yield column_of_expected([t.unsubscribes_of_all - t.unsubscribes for t in tallies])
    if outcome:
        yield [count(t.results) for t in tallies]
        yield column_of_shares([(t.results, t.results_of_all) for t in tallies])
        yield column_of_shares([(t.results, t.observed) for t in tallies], places=2)


def curve_view(campaign: str, heading: str, curve: Curve, account: str) -> RenderableType:
    """Draw the curve, and say what it rests on; ``account`` says what became of the rows."""
    return Group(
        shown(campaign, "bold"), shown(heading, "dim"), "", _chart(curve), "",
        *(Text(note, "dim") for note in curve.notes), "", shown(account),
    )  # fmt: skip


def _chart(curve: Curve) -> Table:
    told = list(lines(curve))
    most = max(line.tally.sends for line in told)
    table = listing()
    table.collapse_padding = bool(curve.outcome)
    table.add_column("value", justify="right")
    table.add_column("")
    if not curve.outcome:
        table.add_column("messages kept", min_width=_BAR)
    names = (curve.outcome and "sent", "", "evidence", "unsubs.", "avoided")
    for place, name in enumerate((*names, *((curve.outcome, "", "rate") if curve.outcome else ()))):
        table.add_column(shown(name), justify="right", style="dim" if place in _BESIDE else "")
    for line in told:
        value, sign = shown(line.value, "bold" if line.in_force else ""), _IN_FORCE if line.in_force else ""
        drawn = [] if curve.outcome else [_bar(line.tally.sends, most)]
        cells = (cell.replace(" ", "") for cell in line.cells)
        table.add_row(value, sign, *drawn, *cells, end_section=line.in_force and curve.marked is None)
    return table


def _bar(sends: int, most: int) -> Text:
    cells = round(sends / most * _BAR) if most else 0
    return Text.assemble(("█" * cells, "green"), ("░" * (_BAR - cells), "dim"))
