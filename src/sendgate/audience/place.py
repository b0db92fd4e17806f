"""The DuckDB connection of one run: everything that it keeps lies in memory or in a folder of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from sendgate.audience.progress import Progress
from sendgate.errors import InputError

MEMORY = "3GB"
"""How much memory DuckDB may use before it goes to disk."""


class Place:
    """Where the relations of one run are made."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path, progress: Progress) -> None:
        self.con = con
        self.folder = folder
        """For files that live as long as the run."""
        self.progress = progress
        self._names = 0

    def run(self, sql: str, values: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement to its end: DuckDB refuses other work while rows of a result are left."""
        rows: list[tuple[Any, ...]] = self.con.execute(sql, values).fetchall()
        return rows

    def number(self, sql: str) -> int:
        """Run a query for one whole number."""
        return int(self.run(sql)[0][0])

    def new_name(self, kind: str) -> str:
        """Give a name that no relation has yet."""
        self._names += 1
        return f"{kind}_{self._names}"


_NOT_OF_DATA = (
    duckdb.InterruptException,  # Ctrl-C
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.InternalException,
)
"""What is no fault of the files or the machine."""


@contextmanager
def computed() -> Iterator[None]:
    """Turn what may go wrong behind a good header, lack of memory or disk or a damaged page, into InputError."""
    try:
        yield
    except _NOT_OF_DATA:
        raise
    except duckdb.Error as error:
        raise InputError(f"the tables cannot be computed: {str(error).partition(chr(10))[0].rstrip(': ')}") from error


@contextmanager
def connected(memory_limit: str, progress: Progress) -> Iterator[Place]:
    """Open a database in memory that never loads or downloads an extension, and clean up behind it."""
    with tempfile.TemporaryDirectory(prefix="sendgate-") as folder:
        con = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory_limit or MEMORY,
                "temp_directory": folder,
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "allow_community_extensions": "false",
            },
        )
        try:
            place = Place(con, Path(folder), progress)
            place.run("set TimeZone = 'UTC'")
            place.run("set python_enable_replacements = false")  # a name in a query is never a variable's
            with computed():  # what is a view is read whenever a query asks for it, up to the end
                yield place
        finally:
            con.close()
