"""What is told while files are read and written."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str], None]
"""Is told what is done next, in a few words."""

Told = Callable[[str, int, int], None]
"""Is told what is being written, how much of it is done, and how much there is."""


def quietly(_stage: str) -> None:
    """Tell nobody."""
