"""How things look in a terminal, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rich import box
from rich.table import Table
from rich.text import Text

from sendgate.explain import Mark
from sendgate.model.decisions import Outcome
from sendgate.model.harmless import harmless

COLOURS: Mapping[Outcome, str] = MappingProxyType({Outcome.SEND: "green", Outcome.DEFER: "yellow", Outcome.DROP: "red"})

SIGNS: Mapping[Mark, tuple[str, str, str]] = MappingProxyType(
    {
        Mark.PASSES: ("✓", "+", "green"),
        Mark.BLOCKS: ("✗", "x", "bold red"),
        Mark.OBSERVES: ("◌", "o", "yellow"),
        Mark.EXEMPT: ("\N{EN DASH}", "-", "dim"),
    }
)
"""For each mark: the sign, the sign where only ASCII can be written, and the style."""


def shown(text: str, style: str = "") -> Text:
    """Show text that came from a file: no markup is read in it, and no control character reaches the terminal."""
    return Text(harmless(text), style)


def sign(mark: Mark, *, ascii_only: bool = False) -> Text:
    """Show how a gate stands."""
    unicode, plain, style = SIGNS[mark]
    return Text(plain if ascii_only else unicode, style)


def outcome(value: Outcome) -> Text:
    """Show an outcome in its colour."""
    return Text(value.value, f"bold {COLOURS[value]}")


def listing(*, expand: bool = False) -> Table:
    """Make a table without vertical lines."""
    return Table(
        box=box.SIMPLE_HEAD,
        header_style="bold",
        pad_edge=False,
        show_edge=False,
        padding=(0, 1),
        expand=expand,
        border_style="dim",
    )
