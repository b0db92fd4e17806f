"""DuckDB as an engine."""

from __future__ import annotations

import narwhals as nw

from sendgate.audience.duck import DuckEngine
from sendgate.audience.place import connected


def test_a_query_over_a_place_reads_what_was_put_there_last() -> None:
    """It is built once; what is put in a place may be made of what stood there."""
    with connected("1GB", lambda _: None) as place:
        engine = DuckEngine(place)
        somewhere = engine.place()
        frame = engine.put(engine.table({"n": [1.0, 2.0]}), somewhere)
        query = frame.filter(nw.col("n") > 1.5)
        assert engine.fetch(query) == [(2.0,)]
        engine.put(engine.query(f"select n + 10 as n from {somewhere}"), somewhere)
        assert sorted(engine.fetch(query)) == [(11.0,), (12.0,)]
        engine.clear()
        assert place.run(f"select count(*) from duckdb_tables() where table_name = '{somewhere}'") == [(0,)]
        del frame, query
