"""What one more value of a setting costs, over facts that are kept."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.claims import Figure
from benchmarks.everybody import POLICY, dry_run, people_and_events
from benchmarks.population import NOW
from benchmarks.processes import best_of, spent

SWEEPS = {
    "gates.relevance.at_least": ("1:1:1", "0.5:4:0.25"),
    "gates.unsubscribe_risk.at_most": ("0.008", "0.001:0.015:0.001"),
    "gates.fatigue.limit": ("2", "1:15:1"),
}
"""Settings with one value, and with fifteen: an offer gate, a person gate, and one that counts messages."""
MORE = 14


def tune(setting: str, values: str) -> list[str]:
    """Give the command that tries a setting over the kept facts in the folder in which it is run."""
    files = ["--audience", "audience.parquet", "--people", "people.parquet", "--events", "events.parquet"]
    command = [str(Path(sys.executable).with_name("sendgate")), "tune", setting, values, "duvets"]
    return [*command, *files, "--policy", str(POLICY), "--now", NOW, "--facts", "facts.parquet", "--json"]


def run(data: Path, people: int, runs: int) -> list[Figure]:
    """Measure each sweep against one value of the same setting."""
    folder = people_and_events(data, people)
    (folder / "facts.parquet").unlink(missing_ok=True)
    spent(dry_run(POLICY, "kept.parquet", "--facts", "facts.parquet"), folder)
    commands = {
        (setting, place): tune(setting, values)
        for setting, sweep in SWEEPS.items()
        for place, values in enumerate(sweep)
    }
    took = best_of(runs, {f"{setting} {place}": command for (setting, place), command in commands.items()}, folder)
    figures = []
    for setting in SWEEPS:
        one, many = took[f"{setting} 0"], took[f"{setting} 1"]
        figures += [
            Figure(f"15 values of {setting}, the whole command", many.seconds, "s"),
            Figure("  each value more than one", max(0.0, many.seconds - one.seconds) / MORE, "s", 0.2),
        ]
    return figures
