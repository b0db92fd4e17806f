"""A dry run in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sendgate.model.decisions import Mode, Outcome
from sendgate.model.times import counted
from sendgate.report import sentences
from sendgate.report.rundown import FileRead, Rundown
from sendgate.report.styles import COLOURS, Bar, listing, outcome, shown
from sendgate.report.summary import GateCount, Rendered, Sample, Summary

_LEGEND = "blocks: rows it stops; alone: switched off, it would let them through; named: it gives the reason"
_BAR = 24
"""Cells of a full bar."""
_WORDS = {Outcome.SEND: "reach people now", Outcome.DEFER: "wait for a better moment", Outcome.DROP: "are left unsaid"}


def dry_run(rundown: Rundown) -> RenderableType:
    """Draw what a campaign would do."""
    summary = rundown.summary
    heading = f"{rundown.audience_file}, {rundown.when}, under {rundown.policy_file}"
    parts: list[RenderableType] = [
        Text.assemble(shown(rundown.plan.campaign.name, "bold"), "  ", shown(heading, "dim")), "",
        shown(sentences.headline(summary, rundown.brand), "bold"), _outcomes(summary),
    ]  # fmt: skip
    if summary.rows:
        parts += [Text(sentences.risk(summary), "dim"), ""]
    if summary.gates:
        parts += [*_gates(summary), ""]
    if summary.outcomes[Outcome.SEND]:
        parts += [_offers(summary), ""]
    if summary.samples:
        parts += [_samples(summary.samples), ""]
    parts += [*_rendering(rundown.rendered), shown(_accounted(rundown))]
    return Group(*parts)


def _accounted(rundown: Rundown) -> str:
    """Say what became of every row of the audience, and of the other files."""
    decided, refused = rundown.summary.rows, rundown.refused
    rows = decided + refused
    line = f"{counted(rows, 'row')} = {decided:,} decided + {refused:,} rejected"
    read = (_read(rundown.files, "people", "person", "people"), _read(rundown.files, "events", "event", "events"))
    return f"{line}; read {' and '.join(read)}"


def _read(files: Sequence[FileRead], role: str, one: str, several: str) -> str:
    refused = sum(file.rejected for file in files if file.role == role)
    accepted = sum(file.rows for file in files if file.role == role) - refused
    return counted(accepted, one, several) + (f" ({refused:,} rejected)" if refused else "")


def _outcomes(summary: Summary) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=5)
    table.add_column(justify="right")
    table.add_column(justify="right")
    for value, rows in summary.outcomes.items():
        share = rows / summary.rows if summary.rows else 0.0
        table.add_row(
            outcome(value), f"{rows:,}", f"{share:.1%}", Bar(share, COLOURS[value], _BAR), Text(_WORDS[value], "dim")
        )
    return table


def _gates(summary: Summary) -> Iterator[RenderableType]:
    """Draw the gates that stop somebody, and name the others."""
    stopping = [gate for gate in summary.gates if gate.blocks or gate.would_block]
    if stopping:
        yield _gate_table(stopping, summary.rows)
        yield Text(_LEGEND, "dim")
    if quiet := [gate.gate for gate in summary.gates if gate not in stopping]:
        yield Text(f"asked, and stopped nobody: {', '.join(quiet)}", "dim")


def _gate_table(gates: Sequence[GateCount], rows: int) -> Table:
    table = listing()
    table.add_column("gate")
    for name in ("blocks", "", "alone", "named"):
        table.add_column(name, justify="right")
    table.add_column("would block", justify="right") if any(g.mode is Mode.OBSERVE for g in gates) else None
    for gate in gates:
        table.add_row(*_gate_cells(gate, rows)[: len(table.columns)])
    return table


def _gate_cells(gate: GateCount, rows: int) -> list[RenderableType]:
    if gate.mode is Mode.OBSERVE:
        name = Text.assemble(gate.gate, (" observes", "yellow"))
        return [name, "", "", "", "", _number(gate.would_block)]
    share = f"{gate.blocks / rows:.1%}" if gate.blocks else ""
    return [gate.gate, _number(gate.blocks), Text(share, "dim"), _number(gate.alone), _number(gate.named), ""]


def _number(number: int) -> Text:
    return Text(f"{number:,}") if number else Text("·", "dim")


def _offers(summary: Summary) -> Table:
    table = listing()
    table.add_column("offer chosen")
    table.add_column("sends", justify="right")
    table.add_column("", justify="right")
    sent = summary.outcomes[Outcome.SEND]
    for name, rows in summary.offers.items():
        table.add_row(shown(name), _number(rows), Text(f"{rows / sent:.1%}", "dim"), style="" if rows else "dim")
    return table


def _samples(samples: Sequence[Sample]) -> RenderableType:
    table = listing()
    table.add_column("for example", max_width=24)
    table.add_column("")
    table.add_column("why")
    for sample in samples:
        about = sample.gate or sample.offer
        why = Text.assemble((about, "bold"), ": ", shown(sample.detail)) if about else shown(sample.detail)
        table.add_row(shown(sample.person), outcome(sample.outcome), why)
    return table


def _rendering(rendered: Rendered | None) -> Iterator[RenderableType]:
    if rendered is None:
        yield Text("no message was rendered: with kept facts and no report, nobody's profile is read", "dim")
        return
    if not rendered.sends or not rendered.tried:
        return
    failed = len({sample.row for sample, _ in rendered.failures})
    verdict = Text(f"{failed} cannot be written", "yellow") if failed else Text("all without fault", "green")
    yield Text.assemble(f"rendered for real: {rendered.tried:,} of {rendered.sends:,} sends, ", verdict)
    for sample, why in rendered.failures:
        line = Text.assemble(shown(sample.person, "bold"), ", ", shown(sample.offer), ": ", shown(why))
        yield Padding(line, (0, 0, 0, 2))
