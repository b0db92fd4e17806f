"""How far long work has come, in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console


class _Speed(ProgressColumn):
    """How many in a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", "dim")


class Meter:
    """One line that says what is being done, how much of it is done, how fast, and how long it will take."""

    def __init__(self, console: Console) -> None:
        self.progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(24), MofNCompleteColumn(),
            _Speed(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
            TextColumn("{task.fields[told]}", style="dim", markup=False), console=console, transient=True,
        )  # fmt: skip
        self._task = self.progress.add_task("starting", total=None, told="")
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int, told: str = "") -> None:
        """Show a stage, with 0 as the total where there is nothing to count; another than before begins anew."""
        if stage != self._stage:
            self._stage = stage
            self.progress.reset(self._task, total=total or None, description=stage)
        self.progress.update(self._task, completed=done, total=total or None, description=stage, told=told)
