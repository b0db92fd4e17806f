"""What became of each row of an audience, as a file beside which the audience's own columns stand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import duckdb

from sendgate.audience.formats import Format, format_of
from sendgate.audience.output import listed, own_names, write_query
from sendgate.audience.place import Place
from sendgate.audience.sql import identifier
from sendgate.errors import InputError

_AT_ONCE = 10_000


class Outcome(NamedTuple):
    """What became of a row."""

    person: str
    outcome: str
    gate: str = ""
    reason: str = ""
    detail: str = ""
    until: str = ""
    """For what waits: ``2026-03-04T09:12:00Z``."""
    offer: str = ""
    key: str = ""
    message_id: str = ""


class Outcomes:
    """Collects outcomes in any order, and writes them in that of the audience."""

    def __init__(self, place: Place, own: Mapping[str, str]) -> None:
        self._place = place
        self._own = own_names(own, Outcome._fields)
        self._waiting: list[tuple[int, Outcome]] = []
        columns = ", ".join(f"{identifier(name)} varchar" for name in Outcome._fields)
        place.run(f'create table outcomes ("row" bigint, {columns})')

    def add(self, row: int, outcome: Outcome) -> None:
        """Note what became of a row. Raises InputError where there is no room for it."""
        self._waiting.append((row, outcome))
        if len(self._waiting) >= _AT_ONCE:
            self._keep()

    def write(self, out: Path) -> None:
        """Write a row for each accepted row of the audience; what is not known of is left for later.

        Raises InputError where the file cannot be written.
        """
        self._keep()
        kinds = {row[0]: row[1] for row in self._place.run("describe audience")}
        values = {new: (f"a.{column}", kinds[column]) for new, column in self._own.items()}
        values |= {name: (f"nullif(o.{identifier(name)}, '')", "VARCHAR") for name in Outcome._fields}
        values["person"] = ("coalesce(o.person, r.person)", "VARCHAR")
        values["outcome"] = ("coalesce(o.outcome, 'left')", "VARCHAR")
        columns = listed(values, text=format_of(out).format is Format.CSV)
        query = (
            f'select {columns} from "rows" r join audience a on a.row_no = r."row"'
            ' left join outcomes o on o."row" = r."row" order by r."row"'
        )
        write_query(self._place, query, out)

    def _keep(self) -> None:
        if not self._waiting:
            return
        columns = list(zip(*((row, *outcome) for row, outcome in self._waiting), strict=True))
        marks = ", ".join("unnest(?)" for _ in columns)
        try:
            self._place.run(f"insert into outcomes select {marks}", [list(column) for column in columns])
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise InputError(f"what became of the rows cannot be kept: {str(error).partition(chr(10))[0]}") from error
        self._waiting.clear()
