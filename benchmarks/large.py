"""A long audience: ten million rows with one event each, on average."""

from __future__ import annotations

from pathlib import Path

from benchmarks.claims import Figure
from benchmarks.everybody import POLICY, dry_run
from benchmarks.population import population
from benchmarks.processes import spent


def run(data: Path, people: int, _runs: int) -> list[Figure]:
    """Measure that it finishes, and in how much memory."""
    folder = population(data, people, people // 2, people - people // 2)
    took = spent(dry_run(POLICY, "decided.parquet"), folder)
    return [
        Figure(f"sendgate dry-run of {people:,} people", took.seconds, "s"),
        Figure("its peak memory", took.gigabytes, "GB", 6.0),
    ]
