"""What CSV and JSON Lines have in common: lines of text, copied into a table block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sendgate.audience.account import Rejection
from sendgate.audience.formats import Compression
from sendgate.audience.lines import LONGEST, LineLog
from sendgate.audience.place import Place
from sendgate.audience.records import Batch
from sendgate.audience.sources import understood
from sendgate.audience.sql import file_literal
from sendgate.errors import InputError

DIALECT = f"auto_detect = false, header = false, new_line = '\\n', encoding = 'utf-8', max_line_size = {4 * LONGEST}"


class TextSource:
    """A file of lines. Subclasses find the columns and make the relation."""

    def __init__(self, path: Path, compression: Compression, place: Place) -> None:
        self.path = path
        self._compression = compression
        self._place = place
        self._log = LineLog(str(path))

    @property
    def rejected(self) -> int:
        """See Source."""
        return self._log.rejected

    @property
    def rejections(self) -> Sequence[Rejection]:
        """See Source."""
        return self._log.rejections

    def line_of(self, row: int) -> int:
        """See Source."""
        return self._log.line_of(row)

    def _copy(self, table: str, parts: Iterable[Batch], select: Callable[[str], str], options: str) -> None:
        """Append what ``select`` makes of each part; the options say how DuckDB reads one."""
        for number, part in enumerate(parts):
            if not part.rows:
                continue
            file = self._place.folder / f"{table}-{number}"  # never twice the same name: DuckDB remembers files by name
            file.write_bytes(part.text)
            reading = f"read_csv({file_literal(file)}, parallel = {not part.multiline}, {options}, {DIALECT})"
            with understood(self.path):
                rows = self._place.number(f"insert into {table} {select(reading)}")
            file.unlink()
            if rows != part.rows:
                raise InputError(f"`{self.path}` cannot be read as rows")
