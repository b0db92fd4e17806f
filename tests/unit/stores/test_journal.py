"""Answers that could not be written to the store are kept in a file until they can."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from sendgate.errors import StoreError
from sendgate.model.ledger import State
from sendgate.stores.journal import FileJournal
from sendgate.testing.stores import an_entry


@pytest.fixture
def path(tmp_path):
    """Where the journal is."""
    return tmp_path / "sendgate.journal"


def test_entries_come_back_in_order(path):
    """What was appended is replayed once, as it was, and the file is gone."""
    journal, seen = FileJournal(path), []
    entries = [an_entry(name, state=State.SENT, detail="süß\n'quoted'") for name in ("ann", "bob")]
    for entry in entries:
        journal.append(entry)
    assert FileJournal(path).replay(seen.append) == 2
    assert seen == entries
    assert not path.exists()
    assert journal.replay(seen.append) == 0


def test_a_replay_that_fails_keeps_the_file(path):
    """While the store is still away nothing is lost."""
    journal = FileJournal(path)
    journal.append(an_entry())

    def away(_):
        raise StoreError("away")

    with pytest.raises(StoreError):
        journal.replay(away)
    assert journal.replay(lambda _: None) == 1


def test_a_line_that_was_cut_off_takes_no_other_with_it(path):
    """A crash in the middle of a line loses that line only; its message is in doubt in the store."""
    journal, seen = FileJournal(path), []
    journal.append(an_entry())
    path.write_text(path.read_text() + '{"key": "abc", "per')
    journal.append(an_entry("bob"))
    journal.replay(seen.append)
    assert seen == [an_entry(), an_entry("bob")]
    assert not path.exists()


@pytest.mark.parametrize("line", [b"no json", b'{"key": "a"}', b'{"state": "odd"}', b"[]", b'{"key": "\xc3'])
def test_a_line_that_is_no_entry_is_set_aside(path, line, caplog):
    """It locks nobody out and is not lost: a warning names the file that it is in from then on."""
    journal, seen = FileJournal(path), []
    journal.append(an_entry())
    for _ in range(2):
        path.write_bytes((path.read_bytes() if path.exists() else b"") + line)
        journal.replay(seen.append)
    aside = path.with_name("sendgate.journal.unreadable")
    assert seen == [an_entry()]
    assert list(path.parent.iterdir()) == [aside]
    assert aside.read_bytes().split() == [*line.split(), *line.split()]
    assert [(record.levelno, str(aside) in record.message) for record in caplog.records] == [
        (logging.WARNING, True)
    ] * 2
    assert line.decode(errors="replace") not in caplog.text


def test_what_is_appended_while_another_replays_is_kept(path, monkeypatch):
    """Whether it comes before the file is read, after that, or when it is about to be removed."""
    journal, other, seen = FileJournal(path), FileJournal(path), []
    journal.append(an_entry("ann"))
    read, unlink = Path.read_bytes, Path.unlink

    def reads(self):
        other.append(an_entry("bob"))
        text = read(self)
        other.append(an_entry("cas"))
        return text

    def unlinks(self, **options):
        other.append(an_entry("dan"))
        unlink(self, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", reads)
        patched.setattr(Path, "unlink", unlinks)
        journal.replay(seen.append)
    journal.replay(seen.append)
    assert [entry.person for entry in seen] == ["ann", "bob", "cas", "dan"]
    assert not list(path.parent.iterdir())


def test_what_is_appended_to_a_file_that_was_taken_is_appended_again(path, monkeypatch):
    """A file that was open when somebody renamed it may have been read already."""
    journal, other, seen = FileJournal(path), FileJournal(path), []
    other.append(an_entry("ann"))
    opened = Path.open

    def opens(self, *words):
        file = opened(self, *words)
        monkeypatch.undo()
        other.replay(seen.append)
        return file

    monkeypatch.setattr(Path, "open", opens)
    journal.append(an_entry("bob"))
    journal.replay(seen.append)
    assert [entry.person for entry in seen] == ["ann", "bob"]


def test_two_may_replay_at_once(path):
    """One comes when the other has the file: both find nothing wrong, and nothing is lost."""
    journal, other, seen = FileJournal(path), FileJournal(path), []
    journal.append(an_entry("ann"))

    def meanwhile(entry):
        seen.append(entry)
        if len(seen) == 1:
            other.replay(seen.append)

    assert journal.replay(meanwhile) == 1
    assert {entry.person for entry in seen} == {"ann"}
    assert not list(path.parent.iterdir())


def test_a_file_that_another_takes_just_then_is_the_others(path, monkeypatch):
    """Between looking and renaming, and between renaming and reading."""
    for step in ("replace", "read_bytes"):
        journal, other, seen = FileJournal(path), FileJournal(path), []
        journal.append(an_entry())
        real = getattr(Path, step)

        def slow(self, *words, other=other, seen=seen, real=real):
            monkeypatch.undo()
            other.replay(seen.append)
            return real(self, *words)

        monkeypatch.setattr(Path, step, slow)
        assert journal.replay(seen.append) == 0
        assert seen == [an_entry()]
        assert not list(path.parent.iterdir())


def test_what_somebody_took_and_left_behind_is_taken_again(path):
    """Whoever was killed in the middle of replaying."""
    journal, seen = FileJournal(path), []

    class KilledError(BaseException):
        pass

    def killed(_):
        raise KilledError

    journal.append(an_entry("ann"))
    with pytest.raises(KilledError):
        journal.replay(killed)
    journal.append(an_entry("bob"))
    assert journal.replay(seen.append) == 2
    assert [entry.person for entry in seen] == ["ann", "bob"]
    assert not list(path.parent.iterdir())


def test_a_journal_that_cannot_be_taken_is_told(path, monkeypatch):
    """With its name and the reason."""
    journal = FileJournal(path)
    journal.append(an_entry())

    def fails(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(StoreError, match=r"sendgate\.journal`: Permission denied"):
        journal.replay(lambda _: None)


def test_a_journal_that_cannot_be_written_is_told(tmp_path):
    """Without a disk there is nothing left to try."""
    with pytest.raises(StoreError, match="No such file"):
        FileJournal(tmp_path / "nowhere" / "journal").append(an_entry())
