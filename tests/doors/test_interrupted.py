"""Sending that is interrupted, in processes of its own: afterwards every message is where it belongs, once."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

PEOPLE = 300
SEND = ["send", "hello", "--audience", "audience.csv", "--workers", "8"]


@pytest.fixture
def crowd(shop, sendgate) -> Path:
    """The family with many people, and a provider that takes a second for them all."""
    names = [f"q{n}" for n in range(PEOPLE)]
    Path("crowd.csv").write_text("person,email,given_name\n" + "".join(f"{n},{n}@x.example,Pat\n" for n in names))
    Path("audience.csv").write_text("person\n" + "".join(f"{n}\n" for n in names))
    assert sendgate("import", "--people", "crowd.csv").exit_code == 0
    with Path("sendgate.yaml").open("a") as file:
        file.write("sending: {rate: 300}\n")
    return shop


def begun(crowd: Path, messages: int) -> subprocess.Popen:
    """Start sending, and come back when so many messages are in the outbox."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from sendgate.doors.cli import main; main()", *SEND],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "100"},
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not ended(process):
        if len(keys(crowd)) >= messages:
            return process
    process.kill()
    raise AssertionError(process.communicate())


def ended(process: subprocess.Popen) -> bool:
    """Tell whether a process has ended, and leave it a moment of the processor."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.005)
    return process.returncode is not None


def keys(crowd: Path) -> list[str]:
    """Give the messages in the outbox."""
    return [path.stem for path in Path("outbox").glob("*.eml")]


def recipients(crowd: Path) -> list[str]:
    """Give to whom the messages in the outbox go."""
    texts = (path.read_text() for path in Path("outbox").glob("*.eml"))
    return sorted(re.search(r"^To: (\w+)@", text, re.MULTILINE)[1] for text in texts)


def counts(sendgate, *words: str) -> dict:
    """Give what the ledger has."""
    return json.loads(sendgate("ledger", "status", "hello", "--json").stdout)


@pytest.mark.parametrize(("messages", "number"), [(1, signal.SIGINT), (60, signal.SIGINT), (120, signal.SIGTERM)])
def test_ctrl_c_finishes_what_is_under_way_and_the_same_command_does_the_rest(
    crowd, sendgate, messages, number
) -> None:
    """Nothing is in doubt, nothing is sent twice, and the account is right both times."""
    process = begun(crowd, messages)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "finishing what is under way" in err
    assert "the same command again does the rest" in err
    sent = int(re.search(r"300 rows = (\d+) sent \+ \d+ left$", out, re.MULTILINE)[1])
    assert messages <= sent < PEOPLE
    assert counts(sendgate) == {"sent": sent}
    told = json.loads(sendgate(*SEND, "--json").stdout)
    assert (told["sent"], told["before"]) == (PEOPLE, sent)
    assert recipients(crowd) == sorted(f"q{n}" for n in range(PEOPLE))


def test_a_second_ctrl_c_leaves_at_once(crowd, sendgate) -> None:
    """Even where the provider hangs; the ledger knows what may have been sent."""
    hang = "import time; from sendgate.providers.outbox import Outbox as O; s = O.send\n"
    hang += "O.send = lambda self, parcel, arm: (s(self, parcel, arm), time.sleep(600))[0]\n"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{hang}from sendgate.doors.cli import main; main()", *SEND],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(keys(crowd)) < 8 and time.monotonic() < deadline and not ended(process):
        pass
    process.send_signal(signal.SIGINT)
    assert "finishing" in process.stderr.readline() + process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert counts(sendgate) == {"sending": 8}


@pytest.mark.parametrize("messages", [1, 80])
def test_after_a_kill_everything_can_be_settled(crowd, sendgate, messages) -> None:
    """What was sent is sent or in doubt, never lost; settled against the outbox, everybody gets one message."""
    process = begun(crowd, messages)
    process.kill()
    process.communicate(timeout=30)
    left = json.loads(sendgate(*SEND, "--json").stdout)
    assert left["left"] <= 8, "at most one message for each worker waits for its lease to run out"
    with closing(sqlite3.connect("sendgate.db")) as ledger:  # two minutes later
        ledger.execute("UPDATE entries SET due = 0 WHERE state IN ('reserved', 'sending')")
        ledger.commit()
    assert sendgate("ledger", "sweep").exit_code == 0
    doubts = [entry["key"] for entry in json.loads(sendgate("ledger", "unknown", "--json").stdout)]
    there = set(keys(crowd))
    for key in doubts:
        answer = "--sent" if key in there else "--not-sent"
        assert sendgate("ledger", "settle", key, answer).exit_code == 0
        if key not in there:
            assert sendgate("ledger", "retry", key).exit_code == 0
    told = json.loads(sendgate(*SEND, "--json").stdout)
    assert told["sent"] == told["rows"] == PEOPLE
    assert recipients(crowd) == sorted(f"q{n}" for n in range(PEOPLE))
    assert counts(sendgate) == {"sent": PEOPLE}
