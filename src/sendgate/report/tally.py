"""The account of a run, in a terminal and as an object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sendgate.model.times import counted
from sendgate.pipeline.tally import Ending, Tally, Why
from sendgate.report.styles import listing, shown

_WORDS: Mapping[Ending, str] = MappingProxyType(
    {
        Ending.SENT: "the provider took them",
        Ending.HELD: "would have been sent, if this were no shadow",
        Ending.DEFERRED: "wait, and are decided again when due: `sendgate release`",
        Ending.DROPPED: "are left unsaid",
        Ending.FAILED: "refused by the provider",
        Ending.DOUBT: "nobody knows whether they were sent: `sendgate ledger unknown`",
        Ending.REJECTED: "cannot be read, or ask for something else than before",
        Ending.LEFT: "left for later: the same command again takes them up",
    }
)
_SEEN: Mapping[Ending, str] = MappingProxyType(
    {
        Ending.DEFERRED: "would wait, if this were no shadow",
        Ending.DROPPED: "would be left unsaid",
    }
)
"""Where all was only to be seen."""
_STYLES: Mapping[Ending, str] = MappingProxyType(
    {
        Ending.SENT: "bold green", Ending.HELD: "bold green", Ending.DEFERRED: "bold yellow",
        Ending.DROPPED: "bold red", Ending.FAILED: "bold magenta", Ending.DOUBT: "bold magenta",
        Ending.REJECTED: "bold magenta", Ending.LEFT: "bold cyan",
    }
)  # fmt: skip
_COLUMNS = (Ending.DROPPED, Ending.DEFERRED, Ending.SENT, Ending.HELD)


def tally_picture(heading: str, tally: Tally, noun: str = "row", *, seen_only: bool = False) -> RenderableType:
    """Draw how many rows ended how, and which gates had the last word; ``seen_only``: nothing was to be sent."""
    words = {**_WORDS, **_SEEN} if seen_only else _WORDS
    parts: list[RenderableType] = [shown(heading, "bold"), "", _endings(tally, words), ""]
    if gates := _by_gate(tally):
        parts += [_gates(gates), ""]
    if tally.reasons and (others := _others(tally)):
        parts += [others, ""]
    return Group(*parts, shown(sum_of(tally, noun)))


def sum_of(tally: Tally, noun: str = "row", plural: str = "") -> str:
    """Say in a line that nothing is missing."""
    parts = " + ".join(f"{number:,} {ending}" for ending, number in tally.endings.items() if number)
    before = f"; {tally.before:,} of them were done before" if tally.before else ""
    return f"{counted(tally.rows, noun, plural)} = {parts or 'nothing'}{before}"


def tally_record(tally: Tally) -> dict[str, Any]:
    """Give the account as an object."""
    whys = sorted(tally.reasons.items(), key=lambda item: (list(Ending).index(item[0].ending), -item[1]))
    return {
        "rows": tally.rows,
        **{ending.value.replace(" ", "_"): number for ending, number in tally.endings.items()},
        "before": tally.before,
        "reasons": [{**why._asdict(), "ending": why.ending.value, "rows": number} for why, number in whys],
    }


def _endings(tally: Tally, words: Mapping[Ending, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=8)
    for _ in range(2):
        table.add_column(justify="right")
    table.add_column()
    always = (Ending.SENT, Ending.DEFERRED, Ending.DROPPED)
    for ending, number in tally.endings.items():
        if number or ending in always:
            share = f"{number / tally.rows:.1%}" if tally.rows else ""
            table.add_row(Text(ending, _STYLES[ending]), f"{number:,}", share, Text(words[ending], "dim"))
    return table


def _by_gate(tally: Tally) -> dict[tuple[str, str], Counter[Ending]]:
    found: dict[tuple[str, str], Counter[Ending]] = {}
    for why, number in tally.reasons.items():
        if why.gate and why.ending in _COLUMNS:
            found.setdefault((why.gate, why.reason), Counter())[why.ending] += number
    return dict(sorted(found.items(), key=lambda item: -item[1].total()))


def _gates(gates: Mapping[tuple[str, str], Counter[Ending]]) -> Table:
    table = listing()
    table.add_column("reason")
    used = [ending for ending in _COLUMNS if any(counts[ending] for counts in gates.values())]
    for ending in used:
        table.add_column("would stop" if ending is Ending.SENT else ending.value, justify="right")
    for (gate, reason), counts in gates.items():
        said = reason if reason.startswith(gate) else f"{gate}: {reason}"
        table.add_row(shown(said), *(f"{counts[ending]:,}" if counts[ending] else Text("·", "dim") for ending in used))
    return table


def _others(tally: Tally) -> Table | None:
    """Draw what has nothing to do with gates, such as rows that another worker has."""
    rows = [(why, number) for why, number in tally.reasons.items() if _is_other(why) and number]
    if not rows:
        return None
    table = listing()
    table.add_column("otherwise")
    table.add_column("rows", justify="right")
    for why, number in rows:
        table.add_row(shown(f"{why.ending}: {_REASONS.get(why.reason, why.reason)}"), f"{number:,}")
    return table


def _is_other(why: Why) -> bool:
    return why.ending not in _COLUMNS


_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "BusyError": "in the hands of another worker, or of one that died; try again when its lease is over",
        "StoreError": "the store could not be read or written",
        "StoppedError": "the provider takes nothing more",
        "MailError": "the message cannot be written",
    }
)
