"""What is measured is right: SQL by hand and a rules engine are more opinions on the same rules. Nothing is timed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="needs the extra `audience`")
zen = pytest.importorskip("zen", reason="needs the dependency group `bench`")

ROOT = Path(__file__).parents[1]


def benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmarks' own command."""
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Decide about 2,000 people in every way there is."""
    data = tmp_path_factory.mktemp("data")
    told = benchmarks("agree", "--people", "2000", "--data", str(data))
    return data / "2000-76000", told


def test_sql_by_hand_agrees(decided: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """SQL that was written from the rules decides every row as a dry run does, also from kept facts."""
    _, told = decided
    assert (told.returncode, told.stderr) == (0, "")
    assert "agree on every row" in told.stdout


def test_the_comparison_sees_a_difference(
    decided: tuple[Path, subprocess.CompletedProcess[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decisions under another policy are told apart, with the rows that differ."""
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks.everybody import differences

    folder, _ = decided
    count, first, *_ = differences(folder / "by-hand.parquet", folder / "stricter.parquet")
    assert count.endswith("rows differ between by-hand.parquet and stricter.parquet")
    assert int(count.split()[0]) > 100
    assert first.startswith("(")


def test_a_rules_engine_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """zen-engine, given the facts, finds that the same gates block."""
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks.rules_engine import disagreements

    assert disagreements(200) == []


def test_every_gate_blocks_somebody(decided: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """The people are such that an agreement means something: every gate blocks some of them."""
    import duckdb

    from sendgate.catalog import BUILT_IN

    folder, _ = decided
    with duckdb.connect() as con:
        query = f"select distinct unnest(string_split(blocked_by, ';')) from '{folder}/by-hand.parquet'"
        blocking = {gate for (gate,) in con.execute(query).fetchall()}
    assert blocking == {gate.name for gate in BUILT_IN}


def test_figures_are_printed(tmp_path: Path) -> None:
    """A benchmark prints its figures with their targets."""
    told = benchmarks("large", "--people", "500", "--data", str(tmp_path))
    assert (told.returncode, told.stderr) == (0, "")
    assert "met: at most 6 GB" in told.stdout


def test_an_unknown_name_is_refused() -> None:
    """A benchmark that does not exist is named, and nothing runs."""
    told = benchmarks("everyone")
    assert told.returncode == 2
    assert "everyone" in told.stderr
