"""The store in one SQLite file: no server, and as durable as the disk.

Commits are shared. Whoever wants to write puts the work on a list and waits for the one connection that writes; the
first to get it does everything that is on the list, in one transaction, and syncs the disk once for all of them. So
many threads pay for few syncs, and each of them still returns only when its own work is durable.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Generic, TypeVar

from sendgate.errors import StoreError
from sendgate.model.keys import Keyring
from sendgate.stores.relational import Cursor, Relational
from sendgate.stores.schema import VERSION, statements

T = TypeVar("T")

_BUSY = 30.0
"""Seconds to wait for another process that writes."""

_LARGE = 256_000_000
"""Bytes up to which the whole file is checked when it is opened, which takes a second at most."""

_VITAL = ("people", "entries", "forgotten")
"""What is checked of a larger file: all that keeps a message from being sent twice, or to somebody who left."""

_OLDEST = (3, 35)
"""The first version that knows RETURNING."""

_ASK = 0.001
"""Seconds between two tries to begin writing: with eight processes, twice the rate of SQLite's own waiting."""

_APPLICATION = 0x53474154
"""``SGAT``: how a file says whose it is (``PRAGMA application_id``)."""


class SqliteStore(Relational):
    """Open for use by any number of threads of this process. Close it; a process that was forked opens its own."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        super().__init__(keyring)
        self._path = path
        self._process = os.getpid()
        self._closed = False
        self._idle: deque[sqlite3.Connection] = deque()
        self._jobs: deque[_Job[Any]] = deque()
        self._writing = threading.Lock()
        with self._translated():
            self._writer = self._connect()
            try:
                _prepare(self._writer, path)
                self._writer.execute("PRAGMA busy_timeout = 0")  # see `_begin`
            except BaseException:
                self._writer.close()
                raise

    def _connect(self) -> sqlite3.Connection:
        # Transactions are begun and ended by name: isolation_level=None keeps Python from adding its own.
        connection = sqlite3.connect(self._path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # who is forgotten is not left in free pages of the file
        return connection

    # Reading ------------------------------------------------------------------------------------------------------

    def _read(self, work: Callable[[Cursor], T]) -> T:
        self._check()
        with self._translated(), self._reader() as connection:
            connection.execute("BEGIN")
            try:
                return work(connection.cursor())
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for reading, as many as there are threads that read: in WAL they wait for nobody."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.append(connection)
            if self._closed:  # meanwhile: nobody closes a connection that another thread is using
                self._close_idle()

    def _close_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    # Writing ------------------------------------------------------------------------------------------------------

    def _write(self, work: Callable[[Cursor], T]) -> T:
        self._check()
        job = _Job(work)
        self._jobs.append(job)
        try:
            with self._writing:
                if not job.done:
                    self._commit()
        except BaseException:
            with suppress(ValueError):  # interrupted while it waited: nobody shall do it later, unasked
                self._jobs.remove(job)
            raise
        with self._translated():
            return job.result()

    def _commit(self) -> None:
        """Do everything that is on the list, in one transaction."""
        jobs: list[_Job[Any]] = []
        try:
            with suppress(IndexError):
                while True:
                    jobs.append(self._jobs.popleft())
            self._check()
            with self._translated(), _transaction(self._writer):
                for job in jobs:
                    job.run(self._writer)
        except StoreError as error:
            for job in jobs:
                job.fail(StoreError(f"nothing was written: {error}"))
        except BaseException:
            for job in jobs:
                job.fail(StoreError(f"`{self._path}`: interrupted: nobody knows whether it was written"))
            raise
        finally:
            for job in jobs:
                job.done = True

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"`{self._path}`: {error}") from error
        except UnicodeEncodeError:  # which would show the text
            raise StoreError(f"`{self._path}`: cannot keep text with half a character (a lone surrogate)") from None

    def _check(self) -> None:
        # A SQLite connection that is used on both sides of a fork loses committed rows.
        if os.getpid() != self._process:
            raise StoreError(f"`{self._path}` was opened before a fork: open it again in the new process")
        if self._closed:
            raise StoreError(f"`{self._path}` is closed")

    def close(self) -> None:
        """Close all connections; the last process that does leaves one file, without a write-ahead log."""
        if self._closed or os.getpid() != self._process:
            return
        with self._writing:
            self._closed = True
            self._close_idle()
            self._writer.close()


class _Job(Generic[T]):
    """Work that waits to be written, and what came of it."""

    def __init__(self, work: Callable[[Cursor], T]) -> None:
        self._work = work
        self._value: list[T] = []
        self._error: Exception | None = None
        self.done = False

    def run(self, connection: sqlite3.Connection) -> None:
        """Do the work; where it raises, undo it alone, and let the others of the transaction stand."""
        connection.execute("SAVEPOINT job")
        try:
            self._value.append(self._work(connection.cursor()))
        except Exception as error:
            if not connection.in_transaction:  # SQLite has undone all of it, as it may when the disk is full
                raise
            connection.execute("ROLLBACK TO job")
            self._error = error  # which is raised where the work was asked for
        connection.execute("RELEASE job")

    def fail(self, error: Exception) -> None:
        """Note that the transaction came to nothing."""
        self._error = error

    def result(self) -> T:
        """Give what the work gave, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._value[0]


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Check a file, and bring it to this version. Raises StoreError, with the file untouched, where it is not ours."""
    if sqlite3.sqlite_version_info < _OLDEST:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} is too old: {'.'.join(map(str, _OLDEST))} or later is needed"
        )
    fresh = _version(connection, path) == 0
    for table in ("",) if fresh or path.stat().st_size <= _LARGE else _VITAL:
        trouble = connection.execute(f"PRAGMA quick_check({table or 1})").fetchone()[0]
        if trouble != "ok":
            raise StoreError(f"`{path}` is damaged: {trouble}")
    if fresh:
        _log_ahead(connection)
    if _version(connection, path) < VERSION:
        with _transaction(connection):
            # Asked again: another process may have been here first.
            for statement in statements(_version(connection, path), "TEXT", " WITHOUT ROWID"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Read the version of a file's schema; 0 where it is empty. Raises StoreError where the file is not for us."""
    version, whose, filled = connection.execute(
        "SELECT user_version, application_id, EXISTS (SELECT 1 FROM sqlite_master)"
        " FROM pragma_user_version, pragma_application_id"
    ).fetchone()
    if whose != _APPLICATION and filled:
        raise StoreError(f"`{path}` is a database of something else")
    if version > VERSION:
        known = f"schema {version}, and this one knows {VERSION}"
        raise StoreError(f"`{path}` was written by a newer sendgate ({known}): upgrade sendgate")
    return int(version)


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log, which the file then keeps."""
    for wait in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:  # another process is at the same; here SQLite itself does not wait
            sleep(wait)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    _begin(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _begin(connection: sqlite3.Connection) -> None:
    """Begin to write; wait for other processes that do, and ask often: SQLite itself would doze while nobody writes."""
    until = monotonic() + _BUSY
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            sleep(_ASK)
        else:
            return
