"""The sending protocol keeps its promises while it is killed, crowded and asked twice.

``make torture`` does the same for longer.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.torture.__main__ import trials
from tests.torture.faults import POINTS, STEPS


def _tried(name):
    """Run a trial in a process that has no threads, because it forks; give its figures."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", name], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_crowd_exceeds_no_cap():
    """Eight processes decide about the same people for three brands, 20,000 times: nobody gets more than the cap."""
    found = _tried("caps")
    assert found["decisions"] > 19_000
    assert found["sent"] == found["decisions"] // 8 // 3
    assert found["sent"] + found["deferred"] == found["decisions"] // 8


def test_a_store_that_counts_and_then_writes_is_caught():
    """What others do breaks the invariants: so they would tell if ours did."""
    assert _tried("naive")["broken"] > 0


def test_a_queue_that_repeats_itself_sends_once():
    """Every message is delivered three times, in disorder and to eight workers: it is sent once."""
    found = _tried("queue")
    assert found["deliveries"] > 5_900
    assert found["sent"] == found["deliveries"] // 3 // 3


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_loses_and_doubles_nothing(point):
    """A worker that is killed at any step leaves every message to be accounted for: none is sent twice, or lost."""
    found = _tried(point)
    assert found["kills"] == 20
    assert found["in doubt"] == (20 if point in {"after-arm", "after-send", "before-confirm", "in-confirm"} else 0)
    assert found["of these sent"] == (0 if point == "after-arm" else found["in doubt"])


@pytest.mark.parametrize("step", STEPS)
def test_a_store_that_goes_away_loses_and_doubles_nothing(step):
    """Shortly or for good, at any step: no answer is lost, nothing is in doubt, and the next run does the rest."""
    found = _tried(f"away-at-{step}")
    assert found["gone"] == 20 if step != "confirm" else 0 < found["gone"] == found["in journal"] < 20
    assert found["in doubt"] == 0


def test_the_trials_are_all_here():
    """Nothing that the torture knows is left out of the suite."""
    assert set(trials(long=False)) == {"caps", "naive", "queue", *POINTS, *(f"away-at-{step}" for step in STEPS)}
