"""The ledger, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sendgate.model.ledger import Entry, State
from sendgate.model.times import EARLIEST, FOREVER, counted, iso
from sendgate.pipeline.tally import Ending
from sendgate.report.styles import listing, shown

WORDS: Mapping[str, str] = MappingProxyType(
    {
        State.SENT: "the provider took them",
        State.BOUNCED: "taken, and came back",
        State.COMPLAINED: "taken, and called spam",
        State.UNKNOWN: "in doubt: `sendgate ledger unknown` lists them",
        State.RESERVED: "a worker is about to send them",
        State.SENDING: "a worker is sending them",
        State.DEFERRED: "wait until a gate lets them through",
        State.RELEASED: "wait to be tried again",
        State.FAILED: "refused by the provider for good",
        State.DROPPED: "left unsaid",
        Ending.HELD: "would have been sent, if it had not been for `--shadow nothing`",
    }
)
_TIMES = ("at", "changed", "asked", "due")
_INNER = ("token", "permission", "payload_hash", "body_hash")
"""What nobody but a programmer asks for; `--json` has it."""


def entry_record(entry: Entry) -> dict[str, Any]:
    """Write down all that the ledger has of a message; a time that is not is null."""
    return asdict(entry) | {name: iso(getattr(entry, name)) or None for name in _TIMES}


def status_picture(heading: str, counts: Mapping[str, int]) -> RenderableType:
    """Draw how many messages are in which state, or held."""
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=10)
    table.add_column(justify="right")
    table.add_column()
    for state, words in WORDS.items():
        if counts.get(state):
            table.add_row(Text(state, "bold"), f"{counts[state]:,}", Text(words, "dim"))
    total = sum(counts.values())
    return Group(shown(heading, "bold"), "", *((table, "") if total else ()), Text(counted(total, "message")))


def entries_picture(entries: Sequence[Entry]) -> RenderableType:
    """List messages."""
    table = listing()
    for name in ("key", "campaign", "person", "since", "why"):
        table.add_column(name, no_wrap=name == "key")
    for entry in entries:
        table.add_row(entry.key, shown(entry.campaign), shown(entry.person), iso(entry.changed), shown(entry.detail))
    return table


def entry_picture(entry: Entry) -> RenderableType:
    """Draw one message."""
    table = Table.grid(padding=(0, 2))
    for name, value in asdict(entry).items():
        text = moment(value) if name in _TIMES else str(value)
        if name not in _INNER and text:
            table.add_row(Text(name, "dim"), shown(text))
    return Group(table, "")


def moment(at: float) -> str:
    """Write a time; empty where there is none."""
    return iso(at) if EARLIEST <= at < FOREVER else ""
