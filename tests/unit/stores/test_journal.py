"""Answers that could not be written to the store are kept in a file until they can."""

from __future__ import annotations

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


def test_a_line_that_was_cut_off_is_skipped(path):
    """A crash in the middle of a line loses that line only; its message is in doubt in the store."""
    journal, seen = FileJournal(path), []
    journal.append(an_entry())
    path.write_text(path.read_text() + '{"key": "abc", "per')
    journal.replay(seen.append)
    assert seen == [an_entry()]


@pytest.mark.parametrize("line", ["no json", '{"key": "a"}', '{"state": "odd"}', "[]", ""])
def test_a_line_that_is_no_entry_is_told(path, line):
    """Something else in the file is not passed over: line, file and what it is not."""
    journal = FileJournal(path)
    journal.append(an_entry())
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(StoreError, match="line 2: this is no entry"):
        journal.replay(lambda _: None)
    assert path.exists()


def test_a_journal_that_cannot_be_written_is_told(tmp_path):
    """Without a disk there is nothing left to try."""
    with pytest.raises(StoreError, match="No such file"):
        FileJournal(tmp_path / "nowhere" / "journal").append(an_entry())
