"""Parquet files, read where they lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sendgate.audience.account import Rejection
from sendgate.audience.columns import Column
from sendgate.audience.formats import check_parquet
from sendgate.audience.place import Place
from sendgate.audience.sources import Projection, selection, understood
from sendgate.audience.sql import file_literal, identifier
from sendgate.errors import InputError

_NUMBER = "file_row_number"


class ParquetSource:
    """A Parquet file. Rows are read where they lie, when a query needs them."""

    rejected = 0
    rejections: Sequence[Rejection] = ()

    def __init__(self, path: Path, place: Place) -> None:
        check_parquet(path)
        self.path = path
        self._place = place
        self.relation = f"read_parquet({file_literal(path)}, file_row_number = true, hive_partitioning = false)"
        with understood(path):
            own = place.run(f"describe from read_parquet({file_literal(path)}, hive_partitioning = false)")
        if any(row[0].casefold() == _NUMBER for row in own):
            raise InputError(
                f"`{path}` has a column `{_NUMBER}`, which is what DuckDB calls the number of a row: rename it"
            )
        with understood(path):
            described = place.run(f"describe select * from {self.relation}")
        self.columns = [Column(row[0].strip(), identifier(row[0]), row[1]) for row in described if row[0] != _NUMBER]

    def load(self, name: str, projection: Projection) -> bool:
        """See Source. Of one fault alone DuckDB mostly knows by the statistics of a file that no row has it."""
        with understood(self.path):
            self._place.run(f"create view {name} as {self._selection(projection, projection.reason)}")
            alone = (self._selection(projection, fault.condition) for fault in projection.faults)
            return any(self._place.number(f"select count(*) from ({one}) where rejected") for one in alone)

    def _selection(self, projection: Projection, rejected: str) -> str:
        return selection(projection, self.relation, {"row_no": "file_row_number"}, rejected)

    def line_of(self, row: int) -> int:
        """Count rows from 1."""
        return row + 1
