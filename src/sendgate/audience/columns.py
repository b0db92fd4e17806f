"""Which column of a file is which: names as written, and the names that mean something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from sendgate.errors import InputError

_CLOSE = 0.8
"""As close as `open` is to `opened`."""


class Column(NamedTuple):
    """A column of a file."""

    name: str
    """As written, trimmed."""
    sql: str
    """The expression that reads it."""
    kind: str = "VARCHAR"
    """DuckDB's name of its type."""


def name_of(written: str, known: Collection[str]) -> str:
    """Give the known name that is meant, whatever its case; any other name stays as it is."""
    folded = written.casefold()
    return folded if folded in known else written


def heading(path: Path, columns: Sequence[Column], known: Collection[str]) -> Mapping[str, Column]:
    """Find the columns by name. A column without a name is left out.

    Raises InputError where a name stands twice, also where only the case differs.
    """
    named = [column for column in columns if column.name]
    counts = Counter(column.name.casefold() for column in named)
    doubled = [column.name for column in named if counts[column.name.casefold()] > 1]
    if doubled:
        raise InputError(f"`{path}` names a column twice: {_names(doubled)}")
    return {name_of(column.name, known): column for column in named}


def require(path: Path, found: Mapping[str, Column], required: Iterable[str]) -> None:
    """Raise InputError that names every missing column, what is there, and what may have been meant."""
    missing = [name for name in required if name not in found]
    if missing:
        raise InputError(
            f"`{path}` has no column {_names(missing)}: it has {_names(found) or 'none'}{_meant(missing, found)}"
        )


def require_one(path: Path, found: Mapping[str, Column], options: Sequence[str]) -> str:
    """Give the first of the options that is there; raise InputError where none is."""
    present = next((name for name in options if name in found), "")
    if not present:
        raise InputError(
            f"`{path}` has none of the columns {_names(options)}: it has {_names(found) or 'none'}"
            f"{_meant(options, found)}"
        )
    return present


def misspelt(written: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Find names that are almost one of the known, each with that one. What is only somewhat alike is let be."""
    near = {name: get_close_matches(name.casefold().replace("-", "_"), known, n=1, cutoff=_CLOSE) for name in written}
    return {name: guess[0] for name, guess in near.items() if guess}


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _meant(missing: Iterable[str], found: Iterable[str]) -> str:
    written = {name.casefold(): name for name in found}
    guesses = {name: get_close_matches(name, written, n=1) for name in missing}
    meant = [f"`{written[guess[0]]}` for `{name}`" for name, guess in guesses.items() if guess]
    return f" (did you mean {', '.join(meant)}?)" if meant else ""
