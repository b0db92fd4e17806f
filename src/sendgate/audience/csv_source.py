"""CSV files."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

from sendgate.audience.columns import Column, name_of
from sendgate.audience.formats import Compression, open_text
from sendgate.audience.lines import REASONS, LineLog, blocks
from sendgate.audience.place import Place
from sendgate.audience.records import Shape, batches
from sendgate.audience.sources import Projection, selection
from sendgate.audience.sql import literal
from sendgate.audience.text_source import TextSource
from sendgate.errors import InputError

_DELIMITERS = ",;\t|"


class CsvSource(TextSource):
    """A CSV file, separated by comma, semicolon, tab or bar, whichever makes sense of its header."""

    def __init__(self, path: Path, compression: Compression, place: Place, known: Collection[str]) -> None:
        super().__init__(path, compression, place)
        with open_text(path, compression) as stream:
            line, _ = self._header(blocks(stream))
        names, delimiter = _parse_header(path, line, known)
        self.columns = [Column(name.strip(), f"c{at}") for at, name in enumerate(names)]
        self._shape = Shape(delimiter, len(names))

    def _header(self, parts: Iterator[bytes]) -> tuple[str, bytes]:
        """Give the first line that is not blank, and the rest of its block. Raises InputError."""
        for part in parts:
            line, _, rest = part.lstrip(b"\n").partition(b"\n")
            self._log = LineLog(str(self.path))
            self._log.line += len(part) - len(part.lstrip(b"\n")) + 1
            if line in REASONS:
                raise InputError(f"`{self.path}` has no header that can be read: {REASONS[line]}")
            if b"\0" in line or b"\r" in line:
                kind = "NUL bytes: is it UTF-16?" if b"\0" in line else "carriage returns for line ends"
                raise InputError(f"`{self.path}` has no header that can be read: it holds {kind}")
            if line.startswith(b"{"):
                raise InputError(f"`{self.path}` is not CSV, as its name says: it looks like JSON Lines")
            if line.strip():
                return line.decode(), rest
        raise InputError(f"`{self.path}` is empty: expected a header line with the names of the columns")

    def load(self, name: str, projection: Projection) -> bool:
        """See Source."""
        texts = [column.sql for column in self.columns]
        table = f"{name}_rows"
        nothing = f"(select {', '.join(f'cast(null as varchar) as {text}' for text in texts)} where false)"

        def select(relation: str) -> str:
            return selection(projection, relation, {}, projection.reason)

        self._place.run(f"create table {table} as {select(nothing)}")
        self._place.run(f"create view {name} as select rowid as row_no, * from {table}")
        columns = ", ".join(f"'{text}': 'VARCHAR'" for text in texts)
        delimiter = literal(self._shape.delimiter)
        options = f"columns = {{{columns}}}, delim = {delimiter}, quote = '\"', escape = '\"'"
        with open_text(self.path, self._compression) as stream:
            parts = blocks(stream)
            _, rest = self._header(parts)
            self._copy(table, batches(_chain(rest, parts), self._shape, self._log), select, options)
        return True


def _chain(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _parse_header(path: Path, line: str, known: Collection[str]) -> tuple[list[str], str]:
    """Split the header by the delimiter that yields the most known names. Raises InputError."""
    splits = {delimiter: fields for delimiter in _DELIMITERS if (fields := _split(line, delimiter))}
    if not splits:
        raise InputError(
            f"`{path}` has no header that can be read: a name in it has more than {csv.field_size_limit():,} characters"
        )

    def sense(delimiter: str) -> int:
        return sum(name_of(name.strip(), known) in known for name in splits[delimiter])

    best = max(splits, key=sense)
    return splits[best], best


def _split(line: str, delimiter: str) -> list[str]:
    """Split a line; nothing where a field is longer than Python's reader takes, as in a file that is something else."""
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return []
