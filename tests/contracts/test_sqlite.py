"""The SQLite store keeps the contract, and what a file adds to it."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from contextlib import closing

import pytest

from sendgate.errors import StoreError
from sendgate.model.people import Profile
from sendgate.stores.sqlite import SqliteStore
from sendgate.testing.stores import KEYRING, StoreContract, an_entry


class TestSqlite(StoreContract):
    @pytest.fixture
    def store(self, tmp_path):
        with closing(SqliteStore(tmp_path / "sendgate.db", KEYRING)) as store:
            yield store


@pytest.fixture
def path(tmp_path):
    """Where a store may be."""
    return tmp_path / "sendgate.db"


def opened(path):
    """Open a store that is closed in the end."""
    return closing(SqliteStore(path, KEYRING))


def test_survives_being_closed(path):
    """What was written is there when the file is opened again, and no log is left beside it."""
    with opened(path) as store:
        store.enter(an_entry(), seen=0)
    assert [file.name for file in path.parent.iterdir()] == ["sendgate.db"]
    with opened(path) as store:
        assert store.entry(an_entry().key) == an_entry()


def test_a_closed_store_refuses(path):
    """After closing, every use says so."""
    with opened(path) as store:
        pass
    with pytest.raises(StoreError, match="is closed"):
        store.load("ann")
    with pytest.raises(StoreError, match="is closed"):
        store.remember([Profile("ann")])
    store.close()


def test_a_newer_file_is_refused(path):
    """A file of a later version is not touched."""
    with opened(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer sendgate \(schema 99, and this one knows 1\): upgrade"):
        SqliteStore(path, KEYRING)
    assert path.read_bytes() == before


def test_somebody_elses_database_is_refused(path):
    """A database that is not ours is not touched."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StoreError, match="a database of something else"):
        SqliteStore(path, KEYRING)


def test_what_is_no_database_is_refused(path):
    """A file of other content is refused, and stays as it is."""
    path.write_text("person,email\nann,ann@example.org\n" * 100)
    with pytest.raises(StoreError, match="not a database"):
        SqliteStore(path, KEYRING)
    assert path.read_text().startswith("person,email")


def test_a_damaged_file_is_refused(path):
    """Damage is found when the store is opened, before anything is sent."""
    with opened(path) as store:
        store.remember([Profile(f"p{number}", {"note": "x" * 500}) for number in range(200)])
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = os.urandom(20_000)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"damaged|malformed"):
        SqliteStore(path, KEYRING)


def test_a_file_that_cannot_be_made_is_refused(tmp_path):
    """A folder that is not there is told with the path."""
    with pytest.raises(StoreError, match="nowhere"):
        SqliteStore(tmp_path / "nowhere" / "sendgate.db", KEYRING)


def test_a_full_disk_loses_nothing(path):
    """When no page is left, the write is refused as a whole, and reading goes on."""
    with opened(path) as store:
        store.enter(an_entry(), seen=0)
        store._writer.execute("PRAGMA max_page_count = 1")  # SQLite then behaves as on a full disk
        with pytest.raises(StoreError, match="full"):
            store.remember([Profile(f"p{number}", {"note": "x" * 5000}) for number in range(50)])
        assert store.entry(an_entry().key) == an_entry()
        assert store.load("p0").version == 0


def test_a_locked_file_is_told(path, monkeypatch):
    """When another process does not let go, the write is refused."""
    monkeypatch.setattr("sendgate.stores.sqlite._BUSY", 0.05)
    with opened(path) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            store.enter(an_entry(), seen=0)
        other.rollback()
        assert store.enter(an_entry(), seen=0)


def _use(store, answers):
    try:
        store.load("ann")
    except StoreError as error:
        answers.put(str(error))
    else:
        answers.put("used")


def test_a_store_is_not_carried_over_a_fork(path):
    """A forked process is told to open its own: sharing a connection loses committed rows."""
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    with opened(path) as store:
        child = context.Process(target=_use, args=(store, answers))
        child.start()
        child.join(20)
        assert "opened before a fork" in answers.get()
        assert store.load("ann").version == 0


def test_one_poor_job_does_not_spoil_the_others(path):
    """Work that raises is undone alone; work committed with it stands."""
    with opened(path) as store:

        def people():
            yield Profile("ann")
            raise ValueError("a broken source")

        with pytest.raises(ValueError, match="a broken source"):
            store.remember(people())
        assert store.remember([Profile("bob")]) == 1
        assert store.load("ann").version == 0
