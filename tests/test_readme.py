"""What the README and the guides tell people to type works."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from sendgate.gate import Ask, Gate
from sendgate.model.campaigns import Campaign, Channel, Family, Offer, Purpose

ROOT = Path(__file__).parents[1]


def _blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def _commands(block: str) -> list[str]:
    joined = block.replace("\\\n", " ")
    return [line.partition(" #")[0].strip() for line in joined.splitlines() if line.startswith("sendgate ")]


def test_the_commands_of_the_readme_work_one_after_the_other(tmp_path: Path) -> None:
    """Who types the README's commands in order gets a family, a dry run, an explanation, and messages in the outbox."""
    commands = [command for block in _blocks(ROOT / "README.md", "console") for command in _commands(block)]
    typed = [shlex.split(command)[1] for command in commands]
    assert typed == ["init", "check", "dry-run", "explain", "preview", "import", "send", "ledger"]
    folder = tmp_path
    for command in commands:
        run = subprocess.run(
            [sys.executable, "-c", "from sendgate.doors.cli import main; main()", *shlex.split(command)[1:]],
            cwd=folder,
            env=os.environ | {"COLUMNS": "100"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == 0, (command, run.stderr)
        folder = tmp_path / "shop"
    decisions = (folder / "decisions.csv").read_text(encoding="utf-8").splitlines()
    audience = (folder / "audience.csv").read_text(encoding="utf-8").splitlines()
    assert len(decisions) == len(audience)


def test_the_python_of_the_readme_works(tmp_path: Path) -> None:
    """The library's example runs in a family's folder."""
    (block,) = _blocks(ROOT / "README.md", "python")
    prepare = "from sendgate.doors.cli import main; main()"
    subprocess.run([sys.executable, "-c", prepare, "init", str(tmp_path / "shop")], check=True, capture_output=True)
    run = subprocess.run(
        [sys.executable, "-c", block], cwd=tmp_path / "shop", capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.startswith("drop permission.no_opt_in never subscribed")


def test_the_gate_of_the_guide_works() -> None:
    """The gate that docs/adding-a-gate.md shows can be made, and gives its rule."""
    (block,) = _blocks(ROOT / "docs" / "adding-a-gate.md", "python")
    made: dict[str, type[Gate]] = {}
    exec(compile(block, "adding-a-gate.md", "exec", dont_inherit=True), made)
    campaign = Campaign("c", "harbor", Channel.EMAIL, Purpose.PROMOTIONAL, (Offer("o"),))
    ask = Ask(Family("Harbor"), campaign)
    gate = made["Honeymoon"].of({"lasts": "7d"})
    assert set(gate.facts(ask)) == {"joined", "now"}
    (rule,) = gate.rules(ask, {"joined": 1_772_615_520.0, "now": 1_772_615_520.0 + 6 * 86_400})
    assert rule.blocks
    assert str(rule.says) == "joined on 2026-03-04 09:12 UTC, and is left alone at first"
