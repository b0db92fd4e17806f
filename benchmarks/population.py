"""The people, events and audience that the benchmarks run on, made once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks.processes import spent

HERE = Path(__file__).parent
NOW = "2026-03-01T18:00:00Z"
"""The decision time in ``population.sql``."""


def population(data: Path, people: int, subscriptions: int, happenings: int) -> Path:
    """Give the folder with ``people.parquet``, ``events.parquet`` and ``audience.parquet``; make it where needed."""
    folder = data / f"{people}-{subscriptions + happenings}"
    if not folder.is_dir():
        draft = folder.with_name(f"{folder.name}.{os.getpid()}.part")
        draft.mkdir(parents=True)
        variables = {"people": people, "subscriptions": subscriptions, "happenings": happenings}
        settings = "; ".join(f"set variable {name} = {value}" for name, value in variables.items())
        spent(sql(HERE / "population.sql", first=settings), draft)
        draft.rename(folder)
    return folder


def sql(*scripts: Path, first: str = "") -> list[str]:
    """Give the command that runs SQL scripts on DuckDB, one after the other, after some statements."""
    program = "import duckdb, sys; duckdb.execute(sys.argv[1] + ''.join(open(name).read() for name in sys.argv[2:]))"
    return [sys.executable, "-c", program, f"{first};" if first else "", *map(str, scripts)]
