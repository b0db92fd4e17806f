"""Rows that repeat a key: the first in file order counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sendgate.audience.loading import Loaded
from sendgate.audience.place import Place


class Repeats(NamedTuple):
    """A table of the rows (``file``, ``row_no``, the key) whose key stood earlier."""

    table: str
    rows: int

    def firsts(self, file: int, loaded: Loaded) -> str:
        """Give the end of a query, from its ``from`` on: the good rows of a file without those that repeat."""
        rows = f"from {loaded.name} part where {loaded.good}"
        if not self.rows:
            return rows
        later = f"select 1 from {self.table} later where later.file = {file} and later.row_no = part.row_no"
        return f"{rows} and not exists ({later})"


def find_repeats(place: Place, files: Mapping[int, Loaded], key: str) -> Repeats:
    """Look for texts that stand in the column ``key`` more than once, in files by their order; empty ones are none.

    Hashes come first: keys are long, many, and nearly all different.
    """
    table = place.new_name("repeats")
    place.run(f"create table {table} (file integer, row_no bigint, {key} varchar)")
    rows = " union all ".join(
        f"select {file} as file, row_no, {key}, hash({key}) as hashed from {loaded.name}"
        f" where {loaded.good} and {key} <> ''"
        for file, loaded in files.items()
    )
    if rows:
        hashes = f"{table}_hashes"
        place.run(f"create table {hashes} as select hashed from ({rows}) group by hashed having count(*) > 1")
        if place.number(f"select count(*) from {hashes}"):
            place.run(
                f"insert into {table} select file, row_no, {key} from ({rows}) semi join {hashes} using (hashed)"
                f" qualify row_number() over (partition by {key} order by file, row_no) > 1"
            )
    return Repeats(table, place.number(f"select count(*) from {table}"))
