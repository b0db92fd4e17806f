"""The sending protocol keeps its promises while it is killed, crowded and asked twice.

``make torture`` does the same for longer.
"""

from __future__ import annotations

import json
import subprocess
import sys

from tests.torture.__main__ import trials
from tests.torture.faults import POINTS, STEPS


def _tried(*names):
    """Run trials in a process that has no threads, because it forks; give their figures."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", *names], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_crowd_exceeds_no_cap():
    """Eight processes decide about the same people for three brands, 4,000 times: nobody gets more than the cap."""
    (found,) = _tried("caps")
    assert found["decisions"] > 3_900
    assert found["sent"] == found["decisions"] // 8 // 3
    assert found["sent"] + found["deferred"] == found["decisions"] // 8


def test_a_store_that_counts_and_then_writes_is_caught():
    """What others do breaks the invariants, as often as the crowd decides: so they would tell if ours did."""
    (found,) = _tried("naive")
    assert found["decisions"] > 3_900
    assert found["broken"] > 0


def test_a_queue_that_repeats_itself_sends_once():
    """Every message is delivered three times, in disorder and to eight workers: it is sent once."""
    (found,) = _tried("queue")
    assert found["deliveries"] > 5_900
    assert found["sent"] == found["deliveries"] // 3 // 3


def test_a_kill_loses_and_doubles_nothing():
    """A worker that is killed at any step leaves every message to be accounted for: none is sent twice, or lost."""
    for point, found in zip(POINTS, _tried(*POINTS), strict=True):
        assert (found["trial"], found["kills"]) == (point, 20)
        doubtful = point in {"after-arm", "after-send", "before-confirm", "in-confirm"}
        assert found["in doubt"] == (20 if doubtful else 0), found
        assert found["of these sent"] == (0 if point == "after-arm" else found["in doubt"]), found


def test_a_store_that_goes_away_loses_and_doubles_nothing():
    """Shortly or for good, at any step: no answer is lost, nothing is in doubt, and the next run does the rest."""
    for step, found in zip(STEPS, _tried(*(f"away-at-{step}" for step in STEPS)), strict=True):
        assert found["gone"] == 20 if step != "confirm" else 0 < found["gone"] == found["in journal"] < 20, found
        assert (found["step"], found["in doubt"]) == (step, 0)


def test_the_trials_are_all_here():
    """Nothing that the torture knows is left out of the suite."""
    assert set(trials(long=False)) == {"caps", "naive", "queue", *POINTS, *(f"away-at-{step}" for step in STEPS)}
