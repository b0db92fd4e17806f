"""What the tests of this folder share: files in a folder, and a run over them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from sendgate.audience import open_run
from sendgate.model.times import parse_time

pytest.importorskip("duckdb", reason="the extra `audience` is not installed")

NOW = parse_time("2026-03-01T12:00:00Z")


class Folder:
    """A folder of input files, and runs over them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def parquet(self, name: str, query: str) -> Path:
        import duckdb

        con = duckdb.connect()
        con.execute(f"copy ({query}) to '{self.path / name}' (format parquet)").fetchall()
        con.close()
        return self.path / name

    def open(
        self,
        *,
        audience: str | bytes | Path | None = None,
        people: str | bytes | Path | None = None,
        events: str | bytes | Path | None = None,
        **options: Any,
    ) -> AbstractContextManager[Any]:
        def file(name: str, content: str | bytes | Path) -> Path:
            return content if isinstance(content, Path) else self.write(name, content)

        return open_run(
            now=options.pop("now", NOW),
            audience=None if audience is None else file("audience.csv", audience),
            people=[] if people is None else [file("people.csv", people)],
            events=[] if events is None else [file("events.csv", events)],
            **options,
        )

    def events(self, content: str | bytes | Path) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
        """Read one event file: the events, and the lines that were rejected."""
        with self.open(events=content) as run:
            (file,) = run.account.files
            assert file.rows_in == file.accepted + file.rejected
            assert len(file.rejections) == file.rejected
            return dicts(run.tables.events), [(rejection.line, rejection.reason) for rejection in file.rejections]


def dicts(frame: Any) -> list[dict[str, Any]]:
    """Bring a frame into memory, a dict a row."""
    relation = frame.to_native()
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give an empty folder."""
    return Folder(tmp_path)


@pytest.fixture
def rows_of() -> Callable[[Any], list[dict[str, Any]]]:
    """Give the rows of an audience in its order."""
    return lambda frame: sorted(dicts(frame), key=lambda row: row["row"])


@pytest.fixture
def now() -> float:
    """Give the decision time of rows that have none."""
    return NOW
