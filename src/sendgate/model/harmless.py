"""Text that came from a file, on its way to a terminal."""

from __future__ import annotations

from unicodedata import category

_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
"""Emoji are put together with them, and words of Persian and Hindi; by themselves they show nothing."""


def harmless(text: str, kept: str = "\n") -> str:
    """Replace what moves the cursor, sets colours or turns the direction of writing; ``kept`` are controls to leave."""
    return "".join(c if _safe(c) or c in kept else "\N{REPLACEMENT CHARACTER}" for c in text)


def _safe(character: str) -> bool:
    return character.isprintable() or character in _JOINERS or category(character) == "Zs"  # spaces of every width
