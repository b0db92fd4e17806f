"""How many are told of in a sentence: the first of them, and the number of the others."""

from __future__ import annotations

from collections.abc import Iterable


def first_of(words: Iterable[str], most: int) -> str:
    """List the first of some words, and say how many more there are: ``a, b and 7 more``."""
    there = list(words)
    return ", ".join(there[:most]) + (f" and {len(there) - most:,} more" if len(there) > most else "")


def backticked(names: Iterable[str], most: int) -> str:
    """List names as users write them: `` `a`, `b` and 7 more``."""
    return first_of((f"`{name}`" for name in names), most)
