"""What was measured, beside what was claimed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured value."""

    what: str
    value: float
    unit: str
    """How the value is written: ``x``, ``s``, ``ms``, ``µs``, ``GB``, ``/s``."""
    at_most: float | None = None
    """The target; None: only reported."""
    at_least: float | None = None
    """The target, where more is better."""

    @property
    def met(self) -> bool:
        """Whether it is within its target, where there is one."""
        above = self.at_most is not None and self.value > self.at_most
        return not (above or (self.at_least is not None and self.value < self.at_least))

    @property
    def verdict(self) -> str:
        """The target, and whether it is met."""
        limits = [("at most", self.at_most), ("at least", self.at_least)]
        wanted = [f"{words} {_written(limit, self.unit)}" for words, limit in limits if limit is not None]
        return f"{'met' if self.met else 'NOT MET'}: {', '.join(wanted)}" if wanted else ""


def _written(value: float, unit: str) -> str:
    number = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{number} {unit}"


def show(title: str, figures: Iterable[Figure]) -> None:
    """Print the figures of one benchmark as a table."""
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False)
    table.add_column(min_width=60)
    table.add_column(justify="right", min_width=10)
    table.add_column(min_width=28)
    for figure in figures:
        style = "" if figure.met else "bold red"
        table.add_row(figure.what, _written(figure.value, figure.unit), figure.verdict, style=style)
    Console(width=110).print(table)
