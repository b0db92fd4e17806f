"""What a file is to the rest: columns, and rows that can be made into a DuckDB relation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

import duckdb

from sendgate.audience.account import Rejection
from sendgate.audience.columns import Column
from sendgate.audience.sql import identifier
from sendgate.errors import InputError


class Fault(NamedTuple):
    """What may be wrong with a row, as expressions."""

    condition: str
    reason: str
    """A sentence that says what is wrong."""


class Projection(NamedTuple):
    """What is made of the rows of a file."""

    raw: Mapping[str, str]
    """Names with expressions over the file's columns."""
    values: Mapping[str, str]
    """Names with expressions over the names before."""
    give: Mapping[str, str]
    """Names with expressions over all names before: the columns of the relation."""
    faults: Sequence[Fault]
    """Why a row is rejected, over all names before: the first that it has."""

    @property
    def reason(self) -> str:
        """Why a row is rejected; null where it is not."""
        return f"case {' '.join(f'when {fault.condition} then {fault.reason}' for fault in self.faults)} end"


class Source(Protocol):
    """One file."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def columns(self) -> Sequence[Column]:
        """Its columns, in order."""

    @property
    def rejected(self) -> int:
        """How many rows could not even be read as rows."""

    @property
    def rejections(self) -> Sequence[Rejection]:
        """The first of them."""

    def load(self, name: str, projection: Projection) -> bool:
        """Make a relation with ``row_no``, what the projection gives, and ``rejected`` (null in good rows).

        Gives whether there may be any that is not good.
        """

    def line_of(self, row: int) -> int:
        """Tell where the row with this ``row_no`` stands in the file."""


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """Turn what DuckDB says about a file into InputError."""
    try:
        yield
    except duckdb.InterruptException:
        raise
    except duckdb.OutOfMemoryException as error:
        raise InputError(f"`{path}` needs more memory than allowed: {_first_line(error)}") from error
    except duckdb.Error as error:
        raise InputError(f"`{path}` cannot be read: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")


def _listed(expressions: Mapping[str, str]) -> str:
    return ", ".join(f"{expression} as {identifier(name)}" for name, expression in expressions.items())


def selection(projection: Projection, relation: str, also: Mapping[str, str], reason: str) -> str:
    """Write the query for a projection of a relation; ``also`` names columns that its reason or order needs."""
    inner = f"select {_listed({**also, **projection.raw})} from {relation}"
    if projection.values:
        inner = f"select *, {_listed(projection.values)} from ({inner})"
    kept = {name: identifier(name) for name in also if name == "row_no"}
    return f"select {_listed({**kept, **projection.give})}, {reason} as rejected from ({inner})"
