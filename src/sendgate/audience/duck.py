"""DuckDB as the engine of the table regime."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import narwhals as nw

from sendgate.audience.place import Place, computed
from sendgate.audience.sql import identifier, literal
from sendgate.model.times import UTMOST

if TYPE_CHECKING:
    import duckdb


class DuckEngine:
    """``facts.engine.Engine`` on one DuckDB connection, whose frames must not outlive it."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._kept: list[str] = []

    def query(self, sql: str) -> nw.LazyFrame[Any]:
        """Make a frame of a query."""
        return nw.from_native(self._place.con.sql(sql))

    def run(self, sql: str) -> None:
        """Run a statement."""
        with computed():
            self._place.run(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Give the rows of a query."""
        with computed():
            return self._place.run(sql)

    def arrays(self, frame: nw.LazyFrame[Any]) -> dict[str, Any]:
        """Bring numbers into memory, an array for each column."""
        with computed():
            columns: dict[str, Any] = frame.to_native().fetchnumpy()
        return columns

    def frame(self, relation: duckdb.DuckDBPyRelation) -> nw.LazyFrame[Any]:
        """Take a relation of this connection as a frame."""
        return nw.from_native(relation)

    def fetch(self, frame: nw.LazyFrame[Any]) -> list[tuple[Any, ...]]:
        """Bring a small result into memory, a tuple a row."""
        with computed():
            rows: list[tuple[Any, ...]] = frame.to_native().fetchall()
        return rows

    def table(self, columns: Mapping[str, Sequence[float] | Sequence[str]]) -> nw.LazyFrame[Any]:
        """Make a small table of numbers (doubles) and texts; a column without rows is one of doubles."""
        name = self._new_name()
        texts = {column for column, values in columns.items() if values and isinstance(values[0], str)}
        kinds = {column: "varchar" if column in texts else "double" for column in columns}
        declared = ", ".join(f"{identifier(column)} {kind}" for column, kind in kinds.items())
        self._place.run(f"create table {name} ({declared})")
        values = [list(column) for column in columns.values()]
        rows = ", ".join(f"unnest(cast(? as {kind}[]))" for kind in kinds.values())
        self._place.run(f"insert into {name} select {rows}", values)
        return self.query(f"from {name}")

    def keep(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Compute a frame once."""
        return self.query(f"from {self._created(frame)}")

    @contextmanager
    def briefly(self, frame: nw.LazyFrame[Any]) -> Iterator[nw.LazyFrame[Any]]:
        """Compute a frame once, and give up what was computed at the end of the ``with`` block."""
        name = self._created(frame)
        yield self.query(f"from {name}")
        self._place.run(f"drop table {name}")

    def _created(self, frame: nw.LazyFrame[Any]) -> str:
        name = self._new_name()
        relation = frame.to_native()
        with computed():
            relation.create(name)
        return name

    def place(self) -> str:
        """Give a name for a place to ``put`` frames in."""
        return self._new_name()

    def put(self, frame: nw.LazyFrame[Any], place: str) -> nw.LazyFrame[Any]:
        """Compute a frame in a place; DuckDB looks for the tables of a relation by name whenever it is computed."""
        draft = self._place.new_name("draft")
        with computed():
            frame.to_native().create(draft)
        self._place.run(f"drop table if exists {place}")
        self._place.run(f"alter table {draft} rename to {place}")
        return self.query(f"from {place}")

    def numbered(self, frame: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
        """Add a number that no other row has."""
        numbered: nw.LazyFrame[Any] = nw.from_native(
            frame.to_native().project(f"*, row_number() over () as {identifier(column)}")
        )
        return numbered

    def beside(
        self, frame: nw.LazyFrame[Any], tables: Sequence[nw.LazyFrame[Any]], *keys: str, shared: bool = False
    ) -> nw.LazyFrame[Any]:
        """Add the columns of tables to the rows that have the same keys, in one query."""
        join, using = "join" if shared else "left join", ", ".join(map(identifier, keys))
        joins = (f" {join} ({table.to_native().sql_query()}) using ({using})" for table in tables)
        return self.query(f"from ({frame.to_native().sql_query()}){''.join(joins)}")

    def scratch(self) -> DuckEngine:
        """Give an engine on the same connection for frames that are kept for a while."""
        return DuckEngine(self._place)

    def clear(self) -> None:
        """Drop the frames that this engine has kept."""
        for name in self._kept:
            self._place.run(f"drop table if exists {name}")
        self._kept.clear()

    def _new_name(self) -> str:
        name = self._place.new_name("kept")
        self._kept.append(name)
        return name

    def with_hash_share(self, frame: nw.LazyFrame[Any], column: str, salt: str) -> nw.LazyFrame[Any]:
        """Add ``facts.kinds.HashShare`` of the column ``person``."""
        digest = f"sha256({literal(salt)} || chr(0) || person)"
        share = f"cast('0x' || left({digest}, 8) as uinteger) / 4294967296.0"
        shared: nw.LazyFrame[Any] = nw.from_native(frame.to_native().project(f"*, {share} as {identifier(column)}"))
        return shared

    def with_moment_texts(self, frame: nw.LazyFrame[Any], texts: Mapping[str, str]) -> nw.LazyFrame[Any]:
        """Add columns with ``facts.sentence.moment_text`` of others."""
        written = "".join(f", {_moment_text(identifier(at))} as {identifier(name)}" for name, at in texts.items())
        told: nw.LazyFrame[Any] = nw.from_native(frame.to_native().project(f"*{written}"))
        return told


def _moment_text(at: str) -> str:
    text = f"strftime(make_timestamp(cast({at} * 1000000 as bigint)), '%Y-%m-%d %H:%M UTC')"
    return f"case when abs({at}) < {UTMOST} then {text} else 'an unknown time' end"
