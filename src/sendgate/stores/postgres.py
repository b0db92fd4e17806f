"""The store in PostgreSQL: for several machines.

Every transaction is READ COMMITTED and short, and none is open while a message is being sent. What a write expects to
find stands in its own WHERE, which PostgreSQL asks again when it had to wait for the row: of two who write on the same
version, one finds it changed. Reading is one REPEATABLE READ snapshot.

When the answer to COMMIT is lost, nobody knows, and a StoreError says so. What is lost before is undone, and tried
again.
"""

from __future__ import annotations

import os
import random  # noqa: TID251  for a pause, not for a decision
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, cast

import psycopg
from psycopg import conninfo, errors
from psycopg.pq import Conninfo, TransactionStatus

from sendgate.errors import StoreError
from sendgate.model.keys import Keyring
from sendgate.stores.relational import Cursor, Relational
from sendgate.stores.schema import VERSION, statements

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]

_PAUSES = (0.05, 0.1, 0.2)
"""At most so many seconds before work is begun again that was certainly undone: by a deadlock, or by a lost connection.

Whoever is broken off in a deadlock lets the other have the row. Back at once, it would often have it again before the
other is awake, and be broken off again.
"""

_MIGRATING, _FORGETTING = 0x73656E6467617401, 0x73656E6467617402
"""Advisory locks: for changing the schema; shared by all who bring somebody in, held alone by whoever forgets."""

_CONNECTING: Mapping[str, Any] = {
    "application_name": "sendgate",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""What holds where the URL does not say otherwise: a server that is gone is noticed within a minute."""

_SESSION = {
    "client_encoding": "UTF8",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}
"""A worker that hangs must not hold up the others for longer."""


def connection_options() -> set[str]:
    """Name what may stand after the question mark of a URL: what libpq knows."""
    return {option.keyword.decode() for option in Conninfo.get_defaults()}


class PostgresStore(Relational):
    """Open for use by any number of threads; each transaction has a connection of its own. Close it."""

    def __init__(self, url: str, keyring: Keyring, schema: str = "sendgate") -> None:
        super().__init__(keyring)
        self._schema = schema
        self._process = os.getpid()
        self._closed = False
        self._idle: deque[Connection] = deque()
        try:
            self._parameters: dict[str, Any] = {**_CONNECTING, **conninfo.conninfo_to_dict(url)}
        except psycopg.Error:  # whose text quotes parts of the URL, such as the password
            raise StoreError("the URL of the PostgreSQL database cannot be read") from None
        try:
            self._write(self._prepare)
        except BaseException:
            self.close()
            raise

    # Connections --------------------------------------------------------------------------------------------------

    def _connect(self) -> Connection:
        with _translated():
            connection = psycopg.connect(conninfo.make_conninfo("", **self._parameters), autocommit=True)
        try:
            with _translated():
                _settle(connection, {"search_path": self._schema, **_SESSION})
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        """Lend a connection that nobody else uses, and take it back where it is still good."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            if connection.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
            self._take_back(connection)

    def _take_back(self, connection: Connection) -> None:
        if connection.info.transaction_status is TransactionStatus.IDLE:
            self._idle.append(connection)
        else:
            # Where one is lost, the server may have gone, and the others with it: they are made anew.
            connection.close()
            self._close_idle()
        if self._closed:
            self._close_idle()

    def _close_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def close(self) -> None:
        """Close all connections; those in use are closed when they are given back."""
        if os.getpid() == self._process:
            self._closed = True
            self._close_idle()

    # Transactions -------------------------------------------------------------------------------------------------

    def _read(self, work: Callable[[Cursor], T]) -> T:
        return self._run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work)

    def _write(self, work: Callable[[Cursor], T]) -> T:
        return self._run("BEGIN ISOLATION LEVEL READ COMMITTED", work)

    def _run(self, begin: str, work: Callable[[Cursor], T]) -> T:
        for longest in _PAUSES:
            with suppress(_Undone):
                return self._once(begin, work)
            time.sleep(longest * random.uniform(0.5, 1))  # noqa: S311  no secret
        try:
            return self._once(begin, work)
        except _Undone as undone:
            raise StoreError(f"PostgreSQL: nothing was written, in {len(_PAUSES) + 1} tries: {undone}") from undone

    def _once(self, begin: str, work: Callable[[Cursor], T]) -> T:
        """Run work in one transaction. Raises _Undone where it certainly came to nothing and may be tried again."""
        self._check()
        with _translated(), self._lent() as connection:
            try:
                connection.execute(begin)
                value = work(_MarkedCursor(connection.cursor()))
            except (errors.DeadlockDetected, errors.SerializationFailure) as error:
                raise _Undone(_told(error)) from error
            except psycopg.Error as error:
                if connection.closed:
                    raise _Undone(_told(error)) from error
                raise
            self._commit(connection)
        return value

    def _commit(self, connection: Connection) -> None:
        try:
            connection.execute("COMMIT")
        except psycopg.Error as error:
            if connection.closed:
                lost = "the answer to COMMIT was lost, and nobody knows whether it was written"
                raise StoreError(f"PostgreSQL: {lost}: {_told(error)}") from error
            raise

    def _check(self) -> None:
        # The server would take what two processes say in one connection for one conversation.
        if os.getpid() != self._process:
            raise StoreError("the PostgreSQL store was opened before a fork: open it again in the new process")
        if self._closed:
            raise StoreError("the PostgreSQL store is closed")

    # Forgetting ---------------------------------------------------------------------------------------------------

    def _forgotten(self, cursor: Cursor, names: Iterable[str]) -> set[str]:
        # A row that is not there cannot be locked. So whoever looks whether somebody was forgotten, before bringing
        # them in, keeps out for that long whoever forgets.
        cursor.execute(f"SELECT pg_advisory_xact_lock_shared({_FORGETTING})")
        return super()._forgotten(cursor, names)

    def _forget(self, cursor: Cursor, person: str) -> bool:
        cursor.execute(f"SELECT pg_advisory_xact_lock({_FORGETTING})")
        return super()._forget(cursor, person)

    # The schema ---------------------------------------------------------------------------------------------------

    def _prepare(self, cursor: Cursor) -> None:
        """Bring the schema to this version. Raises StoreError where it is a newer one."""
        cursor.execute("SELECT to_regclass('version')")
        if cursor.fetchone() != (None,) and _version(cursor) == VERSION:
            return
        # Of several processes that start at once, one does it, and the others find it done.
        cursor.execute(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
        cursor.execute("SELECT to_regnamespace(?)", (self._schema,))
        if cursor.fetchone() == (None,):
            cursor.execute(f"CREATE SCHEMA {self._schema}")
        cursor.execute("CREATE TABLE IF NOT EXISTS version (version INTEGER NOT NULL)")
        since = _version(cursor)
        for statement in filter(None, statements(since, 'TEXT COLLATE "C"')):
            cursor.execute(statement)
        if since < VERSION:
            cursor.execute("DELETE FROM version")
            cursor.execute("INSERT INTO version VALUES (?)", (VERSION,))


class _Undone(Exception):  # noqa: N818  it is handled here, by trying again
    """A transaction came to nothing; the database is as it was before."""


class _MarkedCursor:
    """A cursor for SQL with ``?`` where values go."""

    def __init__(self, cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
        self._cursor = cursor
        self.fetchone = cursor.fetchone
        self.fetchall = cursor.fetchall

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> None:
        plain = [value.value if isinstance(value, Enum) else value for value in values]
        self._cursor.execute(_marked(sql), plain)


@lru_cache
def _marked(sql: str) -> bytes:
    return sql.replace("?", "%s").encode()


def _version(cursor: Cursor) -> int:
    cursor.execute("SELECT COALESCE(MAX(version), 0) FROM version")
    version = cast("int", cursor.fetchone()[0])
    if version > VERSION:
        known = f"schema {version}, and this one knows {VERSION}"
        raise StoreError(f"the PostgreSQL database was written by a newer sendgate ({known}): upgrade sendgate")
    return version


def _settle(connection: Connection, settings: dict[str, str]) -> None:
    """Set what the session needs, and refuse a server that may forget what it has confirmed."""
    calls = ", ".join(["set_config(%s, %s, false)"] * len(settings))
    values = [text for setting in settings.items() for text in setting]
    asked = f"SELECT current_setting('synchronous_commit'), current_setting('fsync'), {calls}"
    row = connection.execute(asked.encode(), values).fetchone()
    for name, value in zip(("synchronous_commit", "fsync"), row or (), strict=False):
        if value == "off":
            why = "what it has confirmed may be lost, and sent again; turn it on, for this role or database at least"
            raise StoreError(f"PostgreSQL runs with `{name}` off: {why}")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise StoreError(f"PostgreSQL: {_told(error)}") from error
    except UnicodeEncodeError:  # which would show the text
        raise StoreError("PostgreSQL cannot keep text with half a character (a lone surrogate)") from None


def _told(error: psycopg.Error) -> str:
    """Give the first line of what PostgreSQL says: further ones show the values of rows."""
    return error.diag.message_primary or next(iter(str(error).splitlines()), type(error).__name__)
