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
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from sendgate.errors import StoreError
from sendgate.model.keys import Keyring
from sendgate.stores.relational import SCHEMA, Cursor, Relational

T = TypeVar("T")

_BUSY = 30.0
"""Seconds to wait for another process that writes."""

_APPLICATION = 0x53474154
"""``SGAT``: how a file says whose it is (``PRAGMA application_id``)."""


class SqliteStore(Relational):
    """Open for use by any number of threads of this process. Close it; a process that was forked opens its own."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        super().__init__(keyring)
        self._path = path
        self._process = os.getpid()
        self._readers: list[sqlite3.Connection] = []
        self._mine = threading.local()
        self._closed = False
        self._jobs: deque[_Job[Any]] = deque()
        self._writing = threading.Lock()
        with self._translated():
            self._writer = self._connect()
            try:
                self._prepare()
            except BaseException:
                self._writer.close()
                raise

    def _connect(self) -> sqlite3.Connection:
        # Transactions are begun and ended by name: isolation_level=None keeps Python from adding its own.
        connection = sqlite3.connect(self._path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _prepare(self) -> None:
        connection = self._writer
        trouble = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if trouble != "ok":
            raise StoreError(f"`{self._path}` is damaged: {trouble}")
        connection.execute("PRAGMA journal_mode = WAL")
        with _transaction(connection):
            (whose,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if whose != _APPLICATION and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                raise StoreError(f"`{self._path}` is a database of something else")
            if version > len(SCHEMA):
                known = f"schema {version}, and this one knows {len(SCHEMA)}"
                raise StoreError(f"`{self._path}` was written by a newer sendgate ({known}): upgrade sendgate")
            for statements in SCHEMA[version:]:
                for statement in statements.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {len(SCHEMA)}")

    def _read(self, work: Callable[[Cursor], T]) -> T:
        with self._translated():
            connection = self._reader()
            connection.execute("BEGIN")
            try:
                return work(connection.cursor())
            finally:
                connection.execute("ROLLBACK")

    def _reader(self) -> sqlite3.Connection:
        """Give this thread's connection for reading: in WAL, readers wait for nobody."""
        if not hasattr(self._mine, "connection"):
            self._mine.connection = self._connect()
            self._readers.append(self._mine.connection)
        return self._mine.connection  # type: ignore[no-any-return]

    def _write(self, work: Callable[[Cursor], T]) -> T:
        self._check()
        job = _Job(work)
        self._jobs.append(job)
        with self._writing:
            if not job.done:
                # Whoever gets here first leads: what others have added meanwhile is written with it.
                self._commit([self._jobs.popleft() for _ in range(len(self._jobs))])
        return job.result()

    def _commit(self, jobs: list[_Job[Any]]) -> None:
        try:
            with self._translated(), _transaction(self._writer):
                for job in jobs:
                    job.run(self._writer)
        except BaseException as error:
            for job in jobs:
                job.fail(StoreError(f"`{self._path}`: nothing was written: {error}"))
            if not isinstance(error, StoreError):
                raise
        finally:
            for job in jobs:
                job.done = True

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what SQLite raises into StoreError, and refuse a store that is closed or was carried over a fork."""
        self._check()
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"`{self._path}`: {error}") from error

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
            for connection in (*self._readers, self._writer):
                connection.close()


class _Job(Generic[T]):
    """Work that waits to be written, and what came of it."""

    def __init__(self, work: Callable[[Cursor], T]) -> None:
        self._work = work
        self._value: list[T] = []
        self._error: BaseException | None = None
        self.done = False

    def run(self, connection: sqlite3.Connection) -> None:
        """Do the work; where it raises, undo it alone, and let the others of the transaction stand."""
        connection.execute("SAVEPOINT job")
        try:
            self._value.append(self._work(connection.cursor()))
        except sqlite3.Error:
            raise
        except BaseException as error:  # noqa: BLE001  it is raised where the work was asked for
            connection.execute("ROLLBACK TO job")
            self._error = error
        connection.execute("RELEASE job")

    def fail(self, error: BaseException) -> None:
        """Note that the transaction came to nothing."""
        self._error = error

    def result(self) -> T:
        """Give what the work gave, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._value[0]


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
