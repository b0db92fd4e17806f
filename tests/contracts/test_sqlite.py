"""The SQLite store keeps the contract, and what a file adds to it."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from time import sleep

import pytest

from sendgate.errors import StoreError
from sendgate.model.people import Profile
from sendgate.stores.sqlite import SqliteStore
from sendgate.testing.stores import KEYRING, StoreContract, an_entry, happening


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
    before = path.read_bytes()
    with pytest.raises(StoreError, match="a database of something else"):
        SqliteStore(path, KEYRING)
    assert path.read_bytes() == before


def test_an_old_sqlite_is_refused(path, monkeypatch):
    """What it does not know would go wrong in the middle."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(StoreError, match=r"too old: 3\.35 or later"):
        SqliteStore(path, KEYRING)


def _open(path, gate, answers):
    gate.wait(20)
    try:
        SqliteStore(path, KEYRING).close()
    except StoreError as error:
        answers.put(str(error))
    else:
        answers.put("opened")


def test_many_processes_may_open_a_new_file_at_once(path):
    """Of processes that start together, one makes the tables, and none is turned away."""
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(6), context.SimpleQueue()
    processes = [context.Process(target=_open, args=(path, gate, answers)) for _ in range(6)]
    for process in processes:
        process.start()
    told = [answers.get() for _ in processes]
    for process in processes:
        process.join(20)
    assert told == ["opened"] * 6


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


@pytest.mark.parametrize(("table", "found"), [("entries", True), ("events", False)])
def test_of_a_large_file_the_ledger_is_checked(path, monkeypatch, table, found):
    """Reading all events would take minutes; what keeps a message from being sent twice is always read."""
    monkeypatch.setattr("sendgate.stores.sqlite._LARGE", 0)
    with opened(path) as store:
        store.record([happening("viewed", f"{number}", detail="x" * 500) for number in range(200)])
        for number in range(200):
            store.enter(an_entry(f"p{number}", data="x" * 500), seen=0)
    with closing(sqlite3.connect(path)) as connection:
        root = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (page,) = connection.execute(root, (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size + 8 : page * size] = os.urandom(size - 8)
    path.write_bytes(content)
    if found:
        with pytest.raises(StoreError, match=r"damaged|malformed"):
            SqliteStore(path, KEYRING)
    else:
        with opened(path) as store:
            assert store.entry(an_entry("p7", data="x" * 500).key)


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
        assert not store.remember([Profile("bob")])
        assert store.load("ann").version == 0


# Sharing a commit -------------------------------------------------------------------------------------------------


def together(store, *works):
    """Have work written in one transaction: while the first holds the writer, the others line up behind it."""
    with ThreadPoolExecutor(len(works)) as pool:
        with store._writing:
            futures = [pool.submit(store._write, work) for work in works]
            while len(store._jobs) < len(works):
                sleep(0.001)
        return [future.exception(20) or future.result() for future in futures]


def commits(store):
    """Collect the statements that begin and end transactions of the writer."""
    seen = []
    store._writer.set_trace_callback(lambda sql: seen.append(sql) if sql in {"COMMIT", "ROLLBACK"} else None)
    return seen


def insert(value):
    """Make work that writes a row."""
    return lambda cursor: cursor.execute("INSERT INTO forgotten (hash) VALUES (?)", (value,)) and value


def rows(store):
    """Read what was written."""
    return store._read(lambda cursor: [*cursor.execute("SELECT hash FROM forgotten ORDER BY hash").fetchall()])


def test_threads_share_a_commit(path):
    """What lines up while one is writing is written with one sync of the disk."""
    with opened(path) as store:
        seen = commits(store)
        assert sorted(together(store, *(insert(letter) for letter in "abcd"))) == ["a", "b", "c", "d"]
        assert seen == ["COMMIT"]
        assert len(rows(store)) == 4


def test_what_sqlite_refuses_does_not_spoil_the_others(path):
    """A row that is there already, and text that is none, are told to whom they belong; the rest is written."""
    with opened(path) as store:
        store._write(insert("a"))
        first, twice, half, last = together(store, insert("b"), insert("a"), insert("\ud800"), insert("c"))
        assert (first, last) == ("b", "c")
        assert "UNIQUE" in str(twice)
        assert "half a character" in str(half)
        assert {type(twice), type(half)} == {StoreError}
        assert rows(store) == [("a",), ("b",), ("c",)]


def test_an_interrupt_ends_the_one_who_was_interrupted(path):
    """Ctrl-C reaches the thread that leads, not the owner of the work at hand; all others are told, nothing stays."""
    with opened(path) as store:

        def interrupted(cursor):
            raise KeyboardInterrupt

        told = together(store, insert("a"), interrupted, insert("b"))
        assert sorted(type(one).__name__ for one in told) == ["KeyboardInterrupt", "StoreError", "StoreError"]
        assert rows(store) == []
        assert store._write(insert("c")) == "c"


def test_work_whose_thread_was_interrupted_is_not_done_later(path, monkeypatch):
    """Whoever was told that it came to nothing finds that it did."""
    with opened(path) as store:

        class Interrupted:
            def __enter__(self):
                raise KeyboardInterrupt

            def __exit__(self, *error):
                pass

        with monkeypatch.context() as patch:
            patch.setattr(store, "_writing", Interrupted())
            with pytest.raises(KeyboardInterrupt):
                store._write(insert("a"))
        store._write(insert("b"))
        assert rows(store) == [("b",)]


def test_closing_waits_for_nobody_who_reads(path):
    """A connection in use is closed when it is given back, by whoever used it; the file is whole afterwards."""
    with opened(path) as store:

        def work(cursor):
            store.close()
            return cursor.execute("SELECT 17").fetchone()

        assert store._read(work) == (17,)
        assert not store._idle
    assert [file.name for file in path.parent.iterdir()] == ["sendgate.db"]


def test_threads_that_end_leave_no_connection_behind(path):
    """A server that makes a thread for each request does not run out of files."""
    with opened(path) as store:
        for _ in range(20):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(store.load, "ann").result()
        assert len(store._idle) == 1


def test_nothing_of_somebody_forgotten_is_left_in_the_file(path):
    """What is erased is overwritten, not only unlinked."""
    with opened(path) as store:
        store.remember([Profile("ann", {"email": "ann@canary.example"}), Profile("bob", {"email": "bob@a.example"})])
        store.forget("ann")
    assert b"canary" not in path.read_bytes()
    assert b"bob@a.example" in path.read_bytes()
