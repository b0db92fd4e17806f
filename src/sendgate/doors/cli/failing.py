"""What went wrong, in words and as an exit status."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable

from sendgate.doors.cli.consoles import tell
from sendgate.errors import ConfigurationError, MissingExtraError, Mistake, SendgateError
from sendgate.model.times import counted

DONE, REJECTED, WRONG = 0, 1, 2
"""Exit statuses: done; done, but rows were rejected; input or configuration wrong, and nothing done."""
INTERRUPTED = 130
"""As shells have it for Ctrl-C."""
DEFECT = 70
"""Something that sendgate did not foresee: EX_SOFTWARE of sysexits.h."""


AUDIENCE_EXTRA = frozenset({"duckdb", "narwhals", "rich"})
"""What the extra ``audience`` brings: commands import it where they need it."""


def failure(error: Exception) -> int:
    """Tell an error, and give the exit status."""
    if isinstance(error, ConfigurationError):
        for mistake in error.mistakes:
            tell(line(mistake))
        tell(tally(error.mistakes), colour="red")
        return WRONG
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in AUDIENCE_EXTRA:
        error = MissingExtraError("this command", "audience")
    if isinstance(error, SendgateError):
        tell(f"sendgate: {error}", colour="red")
        return WRONG
    if os.environ.get("SENDGATE_TRACEBACK"):
        tell("".join(traceback.format_exception(error)))
    hint = "please report it; with SENDGATE_TRACEBACK=1 it says where it happened"
    tell(f"sendgate: this should not happen: {type(error).__name__}: {error} ({hint})", colour="red")
    return DEFECT


def is_interrupt(error: BaseException) -> bool:
    """Tell whether this is Ctrl-C; DuckDB, which may notice it first, has a word of its own for it."""
    return isinstance(error, KeyboardInterrupt) or type(error).__name__ == "InterruptException"


def line(mistake: Mistake) -> str:
    """Write a mistake on one line: place, message, help."""
    return " ".join(str(mistake).split())


def warn(warnings: Iterable[Mistake]) -> None:
    """Tell settings that are legal but foolish."""
    for warning in warnings:
        tell(line(warning), colour="yellow", label="warning")


def tally(mistakes: Iterable[Mistake]) -> str:
    """Count mistakes, and the files where all are in files."""
    found = list(mistakes)
    files = {mistake.file for mistake in found}
    where = f" in {counted(len(files), 'file')}" if all(mistake.in_file for mistake in found) else ""
    return f"{counted(len(found), 'mistake')}{where}"
