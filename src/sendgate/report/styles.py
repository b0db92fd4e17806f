"""How things look in a terminal, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rich import box
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from sendgate.explain import Mark
from sendgate.model.decisions import Outcome
from sendgate.model.harmless import harmless

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

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


class Listing(Table):
    """A table that folds what has no room: rich would cut it off. Numbers stay whole as long as texts can give way."""

    def add_column(self, header: RenderableType = "", footer: RenderableType = "", **options: Any) -> None:
        """Add a column."""
        whole = options.get("justify") == "right" and " " not in str(header)
        super().add_column(header, footer, **{"overflow": "fold", "no_wrap": whole, **options})


class Bar:
    """A share of a whole, drawn in as many cells as there is room for, up to some."""

    def __init__(self, share: float, colour: str, cells: int) -> None:
        self._share, self._colour, self._cells = share, colour, cells

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Ask for all cells, and make do with a few."""
        return Measurement(min(_FEW, self._cells), self._cells)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it; what is there at all has a cell."""
        cells = min(self._cells, options.max_width)
        full = round(self._share * cells) or (1 if self._share else 0)
        yield Text.assemble(("█" * full, self._colour), ("░" * (cells - full), "dim"))


_FEW = 6
"""Cells in which shares can be compared at all."""


def listing(*, expand: bool = False) -> Table:
    """Make a table without vertical lines."""
    return Listing(
        box=box.SIMPLE_HEAD,
        header_style="bold",
        pad_edge=False,
        show_edge=False,
        padding=(0, 1),
        expand=expand,
        border_style="dim",
    )
