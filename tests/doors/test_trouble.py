"""When the world does not play along: disks, databases, clocks and servers."""

from __future__ import annotations

import errno
import json
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from sendgate.doors import delivery, releasing
from sendgate.errors import StoreError
from sendgate.providers import outbox
from sendgate.stores.sqlite import SqliteStore
from sendgate.testing.smtp_sink import SmtpSink
from sendgate.wiring import house

SEND = ("send", "hello", "--audience", "audience.csv")
FIRST_TRY = "6 rows = 5 sent + 1 dropped\n"


def with_pragma(monkeypatch, pragma: str) -> None:
    """Let SQLite itself find that it cannot write."""
    connect = SqliteStore._connect

    def connected(self):
        connection = connect(self)
        connection.execute(f"PRAGMA {pragma}")
        return connection

    monkeypatch.setattr(SqliteStore, "_connect", connected)


def set_clock(monkeypatch, *moments: str) -> None:
    """Let the clock show moments, one for each time that it is asked, the last one for ever."""
    times = [datetime.fromisoformat(moment).timestamp() for moment in moments]

    class Time:
        sleep = staticmethod(lambda _seconds: None)
        monotonic = staticmethod(house.time.monotonic)

        @staticmethod
        def time() -> float:
            return times.pop(0) if len(times) > 1 else times[0]

    for module in (house, releasing, delivery):
        monkeypatch.setattr(module, "time", Time)


# Disks and databases ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pragma", "said"),
    [("query_only = 1", "attempt to write a readonly database"), ("max_page_count = 1", "disk is full")],
)
def test_nothing_is_sent_where_the_ledger_cannot_be_written(shop, sendgate, letters, monkeypatch, pragma, said) -> None:
    """A disk that is full, a database that may only be read: status 2, one line, and the next run sends."""
    with monkeypatch.context() as patched:
        with_pragma(patched, pragma)
        Path("many.csv").write_text("person\n" + "".join(f"m{n}\n" for n in range(300)))
        result = sendgate("send", "hello", "--audience", "many.csv")
    assert result.exit_code in {1, 2}, result.output
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert letters() == []
    assert FIRST_TRY in sendgate(*SEND).stdout


def test_a_database_that_is_damaged_is_told_and_nothing_is_sent(shop, sendgate, letters) -> None:
    """It is looked at before anything is done."""
    database = Path("sendgate.db")
    content = bytearray(database.read_bytes())
    content[4096:12288] = b"\xa5" * 8192
    database.write_bytes(content)
    result = sendgate(*SEND)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("sendgate: `sendgate.db` is damaged")
    assert "Traceback" not in result.stderr
    assert letters() == []


@pytest.mark.parametrize("content", [b"not a database at all, but text" * 100, b""])
def test_a_file_of_something_else_is_no_store(shop, sendgate, letters, content) -> None:
    """Text is refused; an empty file is an empty store, which knows nobody."""
    Path("sendgate.db").write_bytes(content)
    result = sendgate(*SEND)
    assert result.exit_code == 2
    assert letters() == []


def test_a_database_of_a_newer_sendgate_is_refused(shop, sendgate, letters) -> None:
    """With the advice to upgrade."""
    connection = sqlite3.connect("sendgate.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    result = sendgate(*SEND)
    assert result.exit_code == 2
    assert "upgrade sendgate" in result.stderr


def test_an_outbox_on_a_full_disk_stops_the_run(shop, sendgate, letters, monkeypatch) -> None:
    """Nothing is in doubt, because no file was put in place; the next run sends everything."""

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(outbox.os, "fsync", full)
        result = sendgate(*SEND)
    assert result.exit_code in {1, 2}
    assert "the run ended early: the disk is full" in result.stderr
    assert letters() == []
    assert sendgate("ledger", "unknown").stdout == "no message is in doubt\n"
    assert "5 sent + 1 dropped" in sendgate(*SEND).stdout


def test_a_store_that_goes_away_in_the_middle_ends_the_run(shop, sendgate, letters, monkeypatch) -> None:
    """What was answered is in the journal, and the next start writes it down: nothing is sent twice."""
    swap, calls = SqliteStore.swap, []

    def away(self, before, after, *, permitted=False):
        calls.append(after.state)
        if len(calls) > 3 and after.state == "sent":
            raise StoreError("the store is away")
        return swap(self, before, after, permitted=permitted)

    with monkeypatch.context() as patched:
        patched.setattr(SqliteStore, "swap", away)
        set_clock(patched, "2026-11-22T10:00:00+00:00")
        result = sendgate(*SEND, "--workers", "1")
    assert result.exit_code == 1
    assert "the run ended early: the store is away" in result.stderr
    assert "sent + " in result.stdout
    assert Path("sendgate.journal").exists()
    sent = letters()
    result = sendgate(*SEND)
    assert not Path("sendgate.journal").exists()
    assert "6 rows = 5 sent + 1 dropped" in result.stdout
    assert len(letters()) == 5
    assert set(sent) <= set(letters())


# Servers ----------------------------------------------------------------------------------------------------------


def test_a_server_that_takes_a_message_and_hangs_leaves_it_in_doubt(shop, sendgate) -> None:
    """The wait is bounded, nothing is tried again, and the message can be settled."""
    with SmtpSink() as sink:
        with Path("sendgate.yaml").open("a") as file:
            file.write(f"provider: 'smtp://127.0.0.1:{sink.port}?starttls=never&timeout=0.5'\n")
        sink.trouble("dot: taken, hang")
        result = sendgate(*SEND, "--workers", "1")
        assert result.exit_code == 1
        assert "6 rows = 4 sent + 1 dropped + 1 in doubt" in result.stdout
        (doubt,) = json.loads(sendgate("ledger", "unknown", "--json").stdout)
        assert sendgate("ledger", "settle", doubt["key"], "--sent").exit_code == 0
        assert FIRST_TRY.strip() in sendgate(*SEND).stdout
        assert sorted(taken.key for taken in sink.taken) == sorted({taken.key for taken in sink.taken})
        assert len(sink.taken) == 5


# Clocks -----------------------------------------------------------------------------------------------------------

CAP = "  frequency: {caps: [{limit: 1, per: 1d, within: family}]}\n"


def test_a_clock_that_steps_back_breaks_no_cap(shop, sendgate, letters, monkeypatch) -> None:
    """What was sent ten minutes in the future counts all the same, and a message is sent once."""
    with Path("sendgate.yaml").open("a") as file:
        file.write(CAP)
    forward, back = ["2026-11-22T10:00:00+00:00"] * 25, "2026-11-22T09:50:00+00:00"
    set_clock(monkeypatch, *forward, back)
    assert FIRST_TRY in sendgate(*SEND, "--workers", "1").stdout
    again = json.loads(sendgate("send", "again", "--audience", "audience.csv", "--json").stdout)
    assert (again["sent"], again["deferred"], again["dropped"]) == (0, 5, 1)
    assert "6 of them were done before" in sendgate(*SEND).stdout
    assert len(letters()) == 5
    assert sendgate("release").stdout == "0 messages due = nothing\n"


@pytest.mark.parametrize(
    ("evening", "due"),
    [
        ("2026-03-28T22:00:00+01:00", "2026-03-29T08:00:00+02:00"),  # the night has 10 hours, one is left out
        ("2026-10-24T22:00:00+02:00", "2026-10-25T08:00:00+01:00"),  # and here one comes twice
    ],
)
def test_a_night_in_which_the_clock_changes_ends_in_the_morning(
    shop, sendgate, letters, monkeypatch, evening, due
) -> None:
    """A message waits until eight as the person's clock shows it, and is released then, and not before."""
    with Path("sendgate.yaml").open("a") as file:
        file.write('  quiet_hours: {from: "21:00", to: "08:00", assume_timezone: Europe/Berlin}\n')
    Path("audience.csv").write_text("person\np0\n")
    set_clock(monkeypatch, evening)
    sendgate(*SEND, "--out", "out.jsonl")
    (row,) = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    morning = datetime.fromisoformat(due).timestamp()
    assert (row["outcome"], datetime.fromisoformat(row["until"]).timestamp()) == ("deferred", morning)
    set_clock(monkeypatch, datetime.fromtimestamp(morning - 60, tz=datetime.fromisoformat(due).tzinfo).isoformat())
    assert sendgate("release").stdout == "0 messages due = nothing\n"
    set_clock(monkeypatch, due)
    assert "1 message = 1 sent" in sendgate("release").stdout
    assert letters() == ["p0@x.example"]
