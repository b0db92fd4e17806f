from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from sendgate.model.campaigns import Channel
from sendgate.ports import Answer
from sendgate.providers.opening import open_provider
from sendgate.providers.outbox import Outbox
from sendgate.testing.providers import Arming, ProviderContract, Taken, a_parcel

FAILURES = {
    "fsync ENOSPC": Answer.STOPPED,
    "fsync EDQUOT": Answer.STOPPED,
    "fsync EIO": Answer.NOT_SENT,
    "link EROFS": Answer.STOPPED,
    "link EPERM": Answer.STOPPED,
    "link EMLINK": Answer.NOT_SENT,
    "folder EIO": Answer.UNKNOWN,
}


class Folder:
    """A folder of messages, whose disk can fail."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, self._monkeypatch = path, monkeypatch

    @property
    def taken(self) -> list[Taken]:
        return [self._taken(path) for path in sorted(self.path.glob("[!.]*"))]

    def _taken(self, path: Path) -> Taken:
        content = path.read_bytes()
        head = content.decode().split("\r\n\r\n")[0].split("\r\n")
        to = next(line.removeprefix("To: ") for line in head if line.startswith("To: "))
        return Taken(path.stem, to, content)

    @property
    def attempts(self) -> int:
        return len(list(self.path.glob("*"))) if self.path.exists() else 0

    def trouble(self, name: str) -> None:
        """Let a call of the system fail once."""
        where, _, code = name.partition(" ")
        call = "_sync" if where == "folder" else where
        target = "sendgate.providers.outbox._sync" if where == "folder" else f"os.{call}"
        module, _, attribute = target.rpartition(".")
        usual = __import__(module, fromlist=[attribute]).__dict__[attribute]

        def fails(*arguments):
            self._monkeypatch.setattr(target, usual)
            number = getattr(errno, code)
            raise OSError(number, os.strerror(number), "ann@example.org")

        self._monkeypatch.setattr(target, fails)


class TestOutbox(ProviderContract):
    """A folder."""

    troubles = FAILURES

    @pytest.fixture
    def sink(self, tmp_path, monkeypatch):
        return Folder(tmp_path / "out", monkeypatch)

    @pytest.fixture
    def provider(self, sink):
        return open_provider("outbox://out", sink.path.parent)


@pytest.fixture
def outbox(tmp_path) -> Outbox:
    """Give an outbox in a folder that is not there yet."""
    return Outbox(tmp_path / "a" / "b")


def files(tmp_path) -> list[str]:
    """List what is in it, hidden files too."""
    return sorted(path.name for path in (tmp_path / "a" / "b").iterdir())


def test_mail_is_written_as_it_is(outbox, tmp_path):
    """The file is the message, named by its key, and nothing is left beside it."""
    parcel = a_parcel()
    receipt = outbox.send(parcel, Arming())
    assert (receipt.answer, receipt.message_id) == (Answer.ACCEPTED, f"{parcel.key}.eml")
    assert files(tmp_path) == [f"{parcel.key}.eml"]
    assert (tmp_path / "a" / "b" / f"{parcel.key}.eml").read_bytes() == parcel.content


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.PUSH])
def test_other_messages_are_json(outbox, tmp_path, channel):
    """A text message and a notification are written with whom they are for."""
    parcel = a_parcel(channel=channel)
    assert outbox.send(parcel, Arming()).answer is Answer.ACCEPTED
    written = json.loads((tmp_path / "a" / "b" / f"{parcel.key}.json").read_text(encoding="utf-8"))
    assert written["recipient"] == parcel.recipient
    assert written["channel"] == channel
    assert written["text" if channel is Channel.SMS else "body"] == "Your duvet is waiting."


def test_the_same_message_again_is_there_already(outbox, tmp_path):
    """Sending it twice leaves one file."""
    outbox.send(a_parcel(), Arming())
    receipt = outbox.send(a_parcel(), Arming())
    assert (receipt.answer, receipt.detail) == (Answer.ACCEPTED, "it is in the outbox already")
    assert len(files(tmp_path)) == 1


def test_another_message_with_the_same_key_is_refused(outbox, tmp_path):
    """What is there is never written over."""
    outbox.send(a_parcel(), Arming())
    assert outbox.send(replace(a_parcel(), content=b"To: x\r\n\r\n"), Arming()).answer is Answer.REFUSED
    assert (tmp_path / "a" / "b" / f"{a_parcel().key}.eml").read_bytes() == a_parcel().content


def test_what_is_not_armed_leaves_no_file(outbox, tmp_path):
    """Neither whole nor half."""
    with pytest.raises(ZeroDivisionError):
        outbox.send(a_parcel(), Arming(ZeroDivisionError()))
    assert files(tmp_path) == []


def test_a_full_disk_leaves_no_half_file(outbox, tmp_path, monkeypatch):
    """The run is stopped with the reason, before the message is armed."""
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
    arm = Arming()
    receipt = outbox.send(a_parcel(), arm)
    assert (receipt.answer, receipt.detail, arm.times) == (Answer.STOPPED, "the disk is full", 0)
    assert files(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_is_really_full(outbox, tmp_path, monkeypatch):
    """What the system says of a full disk is understood."""
    usual = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *rest: usual(Path("/dev/full") if "." in self.name else self, *rest))
    assert outbox.send(a_parcel(), Arming()).detail == "the disk is full"


@pytest.mark.parametrize("folder", ["out", "out/below"])
def test_a_folder_that_is_a_file_stops_the_run(tmp_path, folder):
    """No message can be written there, now or later."""
    (tmp_path / "out").write_text("")
    receipt = Outbox(tmp_path / folder).send(a_parcel(), Arming())
    assert (receipt.answer, receipt.detail) == (Answer.STOPPED, "the folder is a file")


def test_a_folder_that_vanishes_stops_the_run(outbox, tmp_path):
    """Between writing and putting in place somebody may tidy up."""

    def tidy():
        for path in (tmp_path / "a" / "b").iterdir():
            path.unlink()

    receipt = outbox.send(a_parcel(), tidy)
    assert (receipt.answer, receipt.detail) == (Answer.STOPPED, "the folder is gone")


def test_names_are_made_durable_for_several_threads_at_once(outbox, monkeypatch):
    """Threads that wait for the folder share one flush, and none returns before one that began after its file."""
    from sendgate.providers import outbox as module

    flushes, usual = [], module._sync

    def counted(folder):
        flushes.append(len(list(folder.iterdir())))
        usual(folder)

    monkeypatch.setattr(module, "_sync", counted)
    parcels = [a_parcel(f"person-{number}") for number in range(200)]
    with ThreadPoolExecutor(8) as threads:
        answers = {receipt.answer for receipt in threads.map(lambda parcel: outbox.send(parcel, Arming()), parcels)}
    assert answers == {Answer.ACCEPTED}
    assert 0 < len(flushes) <= 200


def test_a_flush_that_fails_fails_for_whom_it_was_for(outbox, monkeypatch):
    """The next message is flushed again, and is not in doubt."""
    from sendgate.providers import outbox as module

    usual = module._sync
    monkeypatch.setattr(module, "_sync", lambda _: (_ for _ in ()).throw(OSError(errno.EIO, "Input/output error")))
    assert outbox.send(a_parcel("ann"), Arming()).answer is Answer.UNKNOWN
    monkeypatch.setattr(module, "_sync", usual)
    assert outbox.send(a_parcel("bob"), Arming()).answer is Answer.ACCEPTED
