"""A plan of ten campaigns for everybody, with the best choice among them."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.claims import Figure
from benchmarks.everybody import POLICY, people_and_events
from benchmarks.population import NOW
from benchmarks.processes import spent

CAMPAIGNS = 10
GOODS = ("home/bedding", "home/kitchen", "home/candles", "home/bath", "kids")
BRANDS = ("harbor", "harbor-kids", "lumen")


def written(folder: Path) -> Path:
    """Write campaigns for all goods, two a day, and the plan that names them; everybody stands in every list."""
    start = datetime.fromisoformat(NOW)
    entries = []
    for number in range(CAMPAIGNS):
        campaign = {
            "name": f"campaign-{number}", "brand": BRANDS[number % len(BRANDS)], "channel": "email",
            "purpose": "promotional", "category": GOODS[number % len(GOODS)],
            "offers": [{"name": "offer", "creative": f"hero-{number}"}],
        }  # fmt: skip
        file = folder / f"campaign-{number}.yaml"
        file.write_text(json.dumps(campaign), encoding="utf-8")  # JSON is YAML
        at = start + timedelta(hours=12 * number)
        entries.append({"campaign": file.name, "at": at.isoformat(), "audience": "audience.parquet"})
        entries[-1] |= {"priority": 1 + number % 4}
    plan = folder / "plan.yaml"
    plan.write_text(json.dumps({"campaigns": entries, "horizon": "1d", "choose": "best"}), encoding="utf-8")
    return plan


def plan_of(plan: Path, *more: str) -> list[str]:
    """Give the command that decides a plan, in the folder in which it is run."""
    command = [str(Path(sys.executable).with_name("sendgate")), "plan", plan.name]
    files = ["--people", "people.parquet", "--events", "events.parquet", "--policy", str(POLICY), "--now", NOW]
    return [*command, *files, "--json", *more]


def run(data: Path, people: int, _runs: int) -> list[Figure]:
    """Measure the whole command, once with the first that comes and once with the best."""
    folder = people_and_events(data, people)
    plan = written(folder)
    first = spent(plan_of(plan, "--choose", "first"), folder)
    best = spent(plan_of(plan), folder)
    return [
        Figure(f"{CAMPAIGNS} campaigns, first come, first served", first.seconds / 60, "min"),
        Figure("its processor time", first.processor / 60, "min"),
        Figure(f"{CAMPAIGNS} campaigns, the best choice", best.seconds / 60, "min", 10.0),
        Figure("its processor time", best.processor / 60, "min"),
        Figure("its peak memory", best.gigabytes, "GB", 8.0),
    ]
