"""A gate of another package, installed as its users install it, works like a built-in one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "custom_gate"
FILES = ["--people", "people.csv", "--events", "events.csv", "--now", "2026-03-04T12:00:00Z"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the package into a folder of its own: no network, and nothing of the environment changes."""
    target = tmp_path_factory.mktemp("installed")
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(EXAMPLE)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return target


def _run(*arguments: str, path: Path | None, cwd: Path = EXAMPLE) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(path or ""), "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=cwd, env=environment, timeout=120)


def _sendgate(*arguments: str, path: Path | None, cwd: Path = EXAMPLE) -> subprocess.CompletedProcess[str]:
    start = "import sys; from sendgate.doors.cli import main; sys.exit(main())"
    environment = {**os.environ, "PYTHONPATH": str(path or ""), "COLUMNS": "200"}
    command = [sys.executable, "-c", start, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=cwd, env=environment, timeout=120)


def test_its_own_tests_pass(installed: Path) -> None:
    """The package's tests, which run it in both regimes, pass where it is installed."""
    done = _run("pytest", "-q", "-p", "no:cacheprovider", "test_loyalty_pause.py", path=installed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_the_command_line_knows_it(installed: Path) -> None:
    """A dry run applies it, and names it as the reason."""
    done = _sendgate("dry-run", "campaign.yaml", "--audience", "audience.csv", *FILES, path=installed)
    assert done.returncode == 0, done.stderr
    assert "loyalty_pause: redeemed a reward on 2026-02-22 12:00 UTC" in done.stdout


def test_its_times_are_told_as_times(installed: Path) -> None:
    """An explanation shows a day and a number of days, as the gate says what it measures; no seconds."""
    done = _sendgate("explain", "campaign.yaml", "--person", "ada", *FILES, path=installed)
    assert done.returncode == 0, done.stderr
    (line,) = (line.split() for line in done.stdout.splitlines() if line.startswith("✗"))
    assert line[1:7] == ["loyalty_pause", "22", "Feb", "2026", "10", "days"]


def test_a_mistake_in_its_settings_is_found(installed: Path, tmp_path: Path) -> None:
    """A misspelt setting of it is a mistake with file, line and the right name."""
    family = shutil.copytree(EXAMPLE, tmp_path / "family")
    policy = (family / "sendgate.yaml").read_text("utf-8").replace("lasts:", "last:")
    (family / "sendgate.yaml").write_text(policy, "utf-8")
    done = _sendgate("check", ".", path=installed, cwd=family)
    assert done.returncode == 2
    assert "sendgate.yaml:7:" in done.stderr + done.stdout
    assert "lasts" in done.stderr + done.stdout


def test_without_the_package_its_section_is_a_mistake() -> None:
    """A policy that names a gate which is not installed is refused, not run without it."""
    done = _sendgate("check", ".", path=None)
    assert done.returncode == 2
    assert "loyalty_pause" in done.stderr + done.stdout
