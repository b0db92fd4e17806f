"""What the first decision costs in a fresh interpreter, as a Lambda function pays it, against its two large imports."""

from __future__ import annotations

import subprocess
import sys
from compileall import compile_dir
from pathlib import Path
from statistics import median

import sendgate
from benchmarks.claims import Figure
from benchmarks.everybody import FAMILY, POLICY

_TIMED = "from time import perf_counter; started = perf_counter()\n{}\nprint(perf_counter() - started)"

BARE = "import pydantic, jinja2"
FIRST_DECISION = f"""
from sendgate import Decider, Plan, Profile, load_campaign, load_policy
policy = load_policy({str(POLICY)!r})
campaign = load_campaign({str(FAMILY / "campaigns/duvets.yaml")!r}, policy)
decision = Decider(Plan(policy, campaign))(Profile.of("ann", {{"email": "ann@customers.example"}}), 1772388000.0)
assert decision.outcome == "drop", decision
"""


def _seconds(program: str) -> float:
    command = [sys.executable, "-c", _TIMED.format(program)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def run(_data: Path, _people: int, runs: int) -> list[Figure]:
    """Measure both in turn. Bytecode is there, as an installer leaves it, also for this checkout."""
    compile_dir(sendgate.__path__[0], quiet=1)
    rounds = [(_seconds(BARE), _seconds(FIRST_DECISION)) for _ in range(10 * runs)]
    bare, first = (median(times) for times in zip(*rounds, strict=True))
    return [
        Figure("`import pydantic, jinja2`, median", bare * 1e3, "ms"),
        Figure("import sendgate, load policy and campaign, decide", first * 1e3, "ms"),
        Figure("the first decision against the two imports", first / bare, "x", 1.5),
    ]
