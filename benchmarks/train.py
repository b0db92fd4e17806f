"""A card of the risk of leaving, learnt from five million messages and judged on the latest of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.claims import Figure
from benchmarks.everybody import POLICY, people_and_events
from benchmarks.processes import spent


def run(data: Path, people: int, _runs: int) -> list[Figure]:
    """Measure the whole command, from the files to the card and its report."""
    folder = people_and_events(data, people)
    command = [str(Path(sys.executable).with_name("sendgate")), "train", "risk"]
    files = ["--people", "people.parquet", "--events", "events.parquet", "--policy", str(POLICY)]
    took = spent([*command, *files, "--out", "card.json", "--report", "card.md"], folder)
    learnt = json.loads((folder / "card.json").read_text(encoding="utf-8"))["provenance"]["rows"]
    return [
        Figure("messages that were learnt from", learnt / 1e6, "million"),
        Figure("learning and judging", took.seconds / 60, "min", 60.0),
        Figure("its processor time", took.processor / 60, "min"),
        Figure("its peak memory", took.gigabytes, "GB", 8.0),
    ]
