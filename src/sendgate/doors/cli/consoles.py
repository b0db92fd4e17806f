"""Where everything is said: results on standard output or in files, everything else on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from sendgate.errors import InputError, in_words
from sendgate.model.harmless import harmless

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_MOST_COLUMNS = 10_000
"""Wider than any line."""


class UnsaidError(click.ClickException):
    """A result cannot be printed; what led to it was done."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Tell it as all errors are told."""
        tell(f"sendgate: {self.message}", colour="red")


@contextmanager
def printing() -> Iterator[None]:
    """Raise UnsaidError where standard output takes nothing; a pipe that nobody reads is click's business."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UnsaidError(f"standard output cannot be written: {in_words(error)}") from error


def give(text: str, *, colour: str = "") -> None:
    """Print a result. Raises UnsaidError."""
    with printing():
        click.secho(harmless(text, "\n\t"), fg=colour or None)


def tell_of_help(command: click.Command) -> click.Command:
    """Let a command, and those below it, raise UnsaidError where its help cannot be printed: click prints it itself."""
    command.make_context = printing()(command.make_context)  # type: ignore[method-assign]
    if isinstance(command, click.Group):
        for below in command.commands.values():
            tell_of_help(below)
    return command


def tell(text: str, *, colour: str = "", label: str = "") -> None:
    """Say something about the run; with a label, such as ``warning``, only that is coloured."""
    if label:
        click.secho(f"{label}: ", fg=colour or None, err=True, nl=False)
    click.secho(harmless(text, "\n\t"), fg=None if label else colour or None, err=True)


def write(out: Path, content: bytes) -> None:
    """Write a file under another name, then move it into place. Raises InputError where it cannot be written."""
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        draft.replace(out)
    except OSError as error:
        raise InputError(f"`{out}` cannot be written: {in_words(error)}") from error
    finally:
        draft.unlink(missing_ok=True)


def draw(picture: RenderableType) -> None:
    """Print a result as wide as the terminal is, or in a pipe or file as wide as it takes, so that nothing is cut.

    Raises UnsaidError.
    """
    console = _console(err=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        takes = console.measure(picture, options=console.options.update(width=_MOST_COLUMNS)).maximum
        if takes < _MOST_COLUMNS:  # or else it fills whatever width it is given
            console.width = max(console.width, takes)
    with printing():
        console.print(picture)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show on a terminal what is being done, and for how long; say nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _stage: None
        return
    console = _console(err=True)
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda stage: bar.update(task, description=harmless(stage, "\n\t"))


@contextmanager
def meter() -> Iterator[Callable[..., None]]:
    """Show on a terminal how far something has come (stage, done, total, and words); say nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _stage, _done, _total, _told="": None
        return
    from sendgate.report.meter import Meter

    shown = Meter(_console(err=True))
    with shown.progress:
        yield shown


def _console(*, err: bool) -> Console:
    from rich.console import Console

    return Console(stderr=err, highlight=False, markup=False, emoji=False)
