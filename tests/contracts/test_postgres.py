"""The PostgreSQL store keeps the contract, and what a server adds to it."""

from __future__ import annotations

import multiprocessing
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier, Event
from time import sleep
from types import SimpleNamespace

import psycopg
import pytest

from sendgate.errors import StoreError
from sendgate.model.people import Profile
from sendgate.ports import FORGOTTEN
from sendgate.stores import postgres
from sendgate.stores.postgres import PostgresStore
from sendgate.testing.stores import KEYRING, StoreContract, an_entry, happening


class TestPostgres(StoreContract):
    @pytest.fixture
    def store(self, server, schema):
        with closing(PostgresStore(server, KEYRING, schema)) as store:
            yield store


def opened(url, schema="sendgate"):
    """Open a store that is closed in the end."""
    return closing(PostgresStore(url, KEYRING, schema))


def with_option(url, setting):
    """Have the server set something for the session, as ``ALTER ROLE … SET`` does."""
    return f"{url}&options=-c%20{setting.replace('=', '%3D')}"


@pytest.fixture
def admin(server, schema):
    """Open a connection beside the store's, in the same schema."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"SET search_path = {schema}")
        yield connection


@pytest.fixture
def store(server, schema):
    """Open a store in a schema of its own."""
    with opened(server, schema) as store:
        yield store


HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sendgate'"


# Starting ---------------------------------------------------------------------------------------------------------


def test_survives_being_closed(server, schema):
    """What was written is there when the store is opened again."""
    with opened(server, schema) as store:
        store.enter(an_entry(), seen=0)
    with opened(server, schema) as store:
        assert store.entry(an_entry().key) == an_entry()


def test_many_may_start_at_once(server, schema):
    """Of stores that are opened at the same moment on an empty database, one makes the tables, and all work."""
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: PostgresStore(server, KEYRING, schema), range(8)))
    assert [store.load("ann").version for store in stores] == [0] * 8
    for store in stores:
        store.close()


def test_a_newer_database_is_refused(server, schema, store, admin):
    """A database of a later version is not touched."""
    admin.execute("UPDATE version SET version = 99")
    with pytest.raises(StoreError, match=r"newer sendgate \(schema 99, and this one knows 1\): upgrade"):
        PostgresStore(server, KEYRING, schema)
    assert admin.execute("SELECT version FROM version").fetchall() == [(99,)]


def test_a_server_that_forgets_is_refused(server, schema):
    """Where a confirmed transaction may be lost with the power, nothing is sent from there."""
    with pytest.raises(StoreError, match="`synchronous_commit` off"):
        PostgresStore(with_option(server, "synchronous_commit=off"), KEYRING, schema)


def test_other_tables_are_left_alone(server, store, admin):
    """The tables are in a schema of their own: others may be called the same."""
    assert admin.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchall() == [(0,)]


def test_a_server_that_is_away_is_told_without_the_password(tmp_path):
    """The error says that nobody answers, and not what would open the door."""
    with pytest.raises(StoreError, match="PostgreSQL: connection") as refused:
        PostgresStore(f"postgresql://test:hush-hush@/postgres?host={tmp_path}", KEYRING)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("rest", ["hush/hush@localhost/postgres", "x@localhost/postgres?hush=1"])
def test_a_url_that_cannot_be_read_is_not_shown(rest):
    """What stands in a broken URL may be a password."""
    url = f"postgresql://test:{rest}"
    with pytest.raises(StoreError, match="PostgreSQL") as refused:
        PostgresStore(url, KEYRING)
    assert "hush" not in "".join(traceback.format_exception(refused.value))


# Text -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["a\0nn", "\0"])
def test_a_nul_is_refused(store, person):
    """PostgreSQL keeps no NUL in text: nothing is written, and the store goes on."""
    with pytest.raises(StoreError, match="NUL"):
        store.record([happening("viewed", "a"), happening("viewed", "a", person=person)])
    with pytest.raises(StoreError, match="NUL"):
        store.load(person)
    assert store.load("ann").version == 0


def test_an_attribute_may_hold_a_nul(store):
    """Attributes are kept as JSON, which writes a NUL in other letters."""
    store.remember([Profile("ann", {"note": "a\0b"})])
    assert store.load("ann").profile["note"] == "a\0b"


# Trouble ----------------------------------------------------------------------------------------------------------


def test_connects_again(store, admin):
    """When the server has hung up on all connections, reading and writing go on."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store.load, "abcd"))
    admin.execute(HANG_UP)
    assert store.enter(an_entry(), seen=0)
    admin.execute(HANG_UP)
    assert store.load("ann").version == 1


def test_what_is_lost_before_the_commit_is_done_again(store, admin):
    """A connection that is lost in the middle has written nothing; the work is done anew, once."""
    begun = []

    def work(cursor):
        cursor.execute("INSERT INTO forgotten (hash) VALUES ('h')")
        begun.append(1)
        if len(begun) == 1:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    store._write(work)
    assert len(begun) == 2
    assert admin.execute("SELECT count(*) FROM forgotten").fetchall() == [(1,)]


def test_work_that_always_breaks_is_given_up(store):
    """After a few tries it is told, and nothing was written."""
    with pytest.raises(StoreError, match="nothing was written, in 4 tries: terminating connection"):
        store._write(lambda cursor: cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())"))


def test_a_lost_answer_to_a_commit_is_told(store, admin):
    """Nobody knows whether the entry was written, so nobody says False; and it is not tried again."""
    admin.execute(
        "CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'"
    )
    admin.execute(
        "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON entries DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION hang_up()"
    )
    with pytest.raises(StoreError, match="the answer to COMMIT was lost, and nobody knows"):
        store.enter(an_entry(), seen=0)
    assert store.load("ann").version == 0


def test_of_a_deadlock_both_get_through(store, monkeypatch):
    """Whom PostgreSQL breaks off begins again, after a while: the other should be awake by then."""
    pauses = []
    monkeypatch.setattr(
        postgres, "time", SimpleNamespace(sleep=lambda longest: [pauses.append(longest), sleep(longest)])
    )
    store.remember([Profile("ann"), Profile("bob")])
    both = Barrier(2)
    begun = []

    def work(first, second):
        def touch(cursor):
            begun.append(first)
            cursor.execute("UPDATE people SET version = version + 1 WHERE person = ?", (first,))
            if begun.count(first) == 1:
                both.wait(10)
            cursor.execute("UPDATE people SET version = version + 1 WHERE person = ?", (second,))

        store._write(touch)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, ["ann", "bob"], ["bob", "ann"]))
    assert len(begun) == 2 + len(pauses) > 2
    assert min(pauses) > 0.02
    assert [store.load(person).version for person in ("ann", "bob")] == [3, 3]


def test_a_row_that_somebody_holds_is_told(server, schema, store, admin, monkeypatch):
    """Nobody waits for ever: the write is refused, and goes through later."""
    store.remember([Profile("ann")])
    monkeypatch.setitem(postgres._SESSION, "lock_timeout", "50ms")
    with opened(server, schema) as hasty:
        with admin.transaction():
            admin.execute("SELECT 1 FROM people FOR UPDATE")
            with pytest.raises(StoreError, match="lock timeout"):
                hasty.enter(an_entry(), seen=1)
        assert hasty.enter(an_entry(), seen=1)


def test_errors_do_not_show_what_is_in_rows(store):
    """PostgreSQL adds the values of a row to its errors, which may be addresses."""
    store.remember([Profile("ann@a.example")])
    with pytest.raises(StoreError, match="duplicate key") as refused:
        store._write(lambda cursor: cursor.execute("INSERT INTO people SELECT * FROM people"))
    assert "ann@a.example" not in str(refused.value)


def test_whoever_is_being_forgotten_is_not_brought_in(store, monkeypatch):
    """An import that has looked, and found nobody forgotten, is waited for, and then erased."""
    looked, go_on = Event(), Event()
    look = PostgresStore._forgotten

    def slowly(self, cursor, names):
        found = look(self, cursor, names)
        looked.set()
        assert go_on.wait(10)
        return found

    monkeypatch.setattr(PostgresStore, "_forgotten", slowly)
    with ThreadPoolExecutor(2) as pool:
        importing = pool.submit(store.remember, [Profile("ann", {"email": "ann@a.example"})])
        assert looked.wait(10)
        forgetting = pool.submit(store.forget, "ann")
        with pytest.raises(TimeoutError):
            forgetting.result(0.1)
        go_on.set()
        assert not importing.result(10)
        assert forgetting.result(10)
    known = store.load("ann")
    assert (known.version, known.profile.events) == (0, (FORGOTTEN,))
    assert not store.owners("email", "ann@a.example")


# Ending -----------------------------------------------------------------------------------------------------------


def test_a_closed_store_refuses(server, schema):
    """After closing, every use says so, and no connection is left."""
    with opened(server, schema) as store:
        pass
    with pytest.raises(StoreError, match="is closed"):
        store.load("ann")
    assert not store._idle
    store.close()


def test_a_connection_in_use_is_closed_when_it_is_given_back(store):
    """Closing does not pull the rug from under who is reading."""

    def work(cursor):
        store.close()
        cursor.execute("SELECT 17")
        return cursor.fetchone()

    assert store._read(work) == (17,)
    assert not store._idle


def _use(store, answers):
    try:
        store.load("ann")
    except StoreError as error:
        answers.put(str(error))
    store.close()


def test_a_store_is_not_carried_over_a_fork(store):
    """A forked process is told to open its own, and does not hang up the line of its parent."""
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=_use, args=(store, answers))
    child.start()
    child.join(20)
    assert "opened before a fork" in answers.get()
    assert store.load("ann").version == 0
