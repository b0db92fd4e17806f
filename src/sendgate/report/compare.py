"""Two policies side by side in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from sendgate.model.decisions import Outcome
from sendgate.report.moves import AFTER, BEFORE, Comparison, Move, Mover, Said
from sendgate.report.phrases import LEAVERS_REST_ON, another_offer, before_and_after, share
from sendgate.report.styles import COLOURS, listing, outcome, shown

if TYPE_CHECKING:
    from rich.table import Table

_BAR = 16
"""Cells of the longest bar."""
_MOST = 12
"""Moves that are told one by one."""


def comparison(campaign: str, heading: str, found: Comparison, account: str) -> RenderableType:
    """Draw who moves and why; ``account`` says what became of the rows."""
    parts: list[RenderableType] = [
        shown(campaign, "bold"),
        shown(heading, "dim"),
        "",
        _matrix(found),
        "",
        _verdict(found),
        Text(f"expected to leave: {before_and_after(found.leavers[BEFORE], found.leavers[AFTER])}"),
    ]
    if found.moves:
        parts += ["", _moves(found.moves)]
    if found.samples:
        parts += ["", _samples(found.samples)]
    return Group(*parts, "", Text(LEAVERS_REST_ON, "dim"), "", shown(account))


def _matrix(found: Comparison) -> Table:
    """Show a row for each outcome before, and a column for each outcome after; the diagonal stays."""
    table = listing()
    table.add_column("before")
    for after in Outcome:
        table.add_column(Text.assemble("then ", outcome(after)), justify="right", min_width=11)
    table.add_column("before", justify="right", style="dim")
    for before, total in found.outcomes(BEFORE).items():
        cells = [_cell(found.matrix[before, after], stays=before is after) for after in Outcome]
        table.add_row(outcome(before), *cells, f"{total:,}", end_section=before is Outcome.DROP)
    totals = found.outcomes(AFTER)
    table.add_row(Text("after", "dim"), *(_after(totals[o], found.outcomes(BEFORE)[o]) for o in Outcome),
                  f"{found.rows:,}")  # fmt: skip
    return table


def _cell(rows: int, *, stays: bool) -> Text:
    return Text(f"{rows:,}" if rows else "·", "dim" if stays or not rows else "bold")


def _after(now: int, then: int) -> Text:
    change = f" ({now - then:+,})" if now != then else ""
    return Text.assemble(f"{now:,}", (change, "dim"))


def _verdict(found: Comparison) -> Text:
    if not found.moved:
        text = Text("nobody moves", "bold")
    else:
        part = share(found.moved, found.rows).replace(" %", "%")
        text = Text.assemble((f"{found.moved:,} of {found.rows:,} rows move", "bold"), f" ({part})")
    if found.other_offer:
        text.append(f"; {another_offer(found.other_offer)}")
    return text


def _moves(moves: Sequence[Move]) -> Table:
    table = listing()
    table.add_column("movers", justify="right")
    table.add_column("", width=_BAR)
    for name in ("from", "because of", "to", "because of"):
        table.add_column(name)
    most = moves[0].rows
    for move in moves[:_MOST]:
        bar = Text("█" * max(1, round(move.rows / most * _BAR)), COLOURS[move.after.outcome])
        table.add_row(f"{move.rows:,}", bar, outcome(move.before.outcome), _why(move.before),
                      outcome(move.after.outcome), _why(move.after))  # fmt: skip
    if rest := moves[_MOST:]:
        table.add_row(f"{sum(move.rows for move in rest):,}", "", Text(f"in {len(rest)} more ways", "dim"), "", "", "")
    return table


def _why(said: Said) -> Text:
    return Text(said.reason) if said.gate else Text("nothing stands in the way", "dim")


def _samples(samples: Sequence[Mover]) -> Table:
    table = listing()
    table.add_column("for example", max_width=24)
    table.add_column("")
    table.add_column("why")
    for mover in samples:
        for who, said, why in (
            (shown(mover.person), mover.before, mover.before_detail),
            (Text("then", "dim"), mover.after, mover.after_detail),
        ):
            sentence = Text.assemble((said.gate, "bold"), ": " if said.gate else "", shown(why))
            table.add_row(who, outcome(said.outcome), sentence, end_section=said is mover.after)
    return table
