"""A store in tables: what SQLite and PostgreSQL have in common. The SQL is what both understand, with ``?`` for values.

Nothing here locks: every write says what it expects to find (a version, a state with a token), and a count of zero
changed rows means that somebody else was there before. Both engines decide that under their own row or file lock.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from sendgate.model.events import Event
from sendgate.model.keys import Keyring
from sendgate.model.ledger import UNFINISHED, Entry, State
from sendgate.model.people import ADDRESS_OF, Profile
from sendgate.ports import FORGOTTEN, PERMISSION, Happening, Known

T = TypeVar("T")

_ENTRY = tuple(field.name for field in fields(Entry))
_STATE = _ENTRY.index("state")
_values = attrgetter(*_ENTRY)
_EVENT = Event._fields
_UNFINISHED = ", ".join(f"'{state}'" for state in sorted(UNFINISHED))
_CHUNK = 500
"""People that are read at once when everybody is asked for."""

SCHEMA = (
    f"""
    CREATE TABLE people (
        person TEXT PRIMARY KEY, version BIGINT NOT NULL, permission BIGINT NOT NULL, known INTEGER NOT NULL,
        attributes TEXT NOT NULL
    );
    CREATE TABLE addresses (
        kind TEXT NOT NULL, address TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (kind, address, person)
    );
    CREATE INDEX addresses_of ON addresses (person);
    CREATE TABLE events (
        person TEXT NOT NULL, kind TEXT NOT NULL, at DOUBLE PRECISION NOT NULL, brand TEXT NOT NULL,
        channel TEXT NOT NULL, campaign TEXT NOT NULL, creative TEXT NOT NULL, purpose TEXT NOT NULL,
        category TEXT NOT NULL, product TEXT NOT NULL, price DOUBLE PRECISION NOT NULL,
        discount DOUBLE PRECISION NOT NULL, detail TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (person, id)
    );
    CREATE TABLE entries (
        key TEXT PRIMARY KEY, person TEXT NOT NULL, campaign TEXT NOT NULL, run TEXT NOT NULL, channel TEXT NOT NULL,
        state TEXT NOT NULL, at DOUBLE PRECISION NOT NULL, changed DOUBLE PRECISION NOT NULL,
        asked DOUBLE PRECISION NOT NULL, due DOUBLE PRECISION NOT NULL, token TEXT NOT NULL, permission BIGINT NOT NULL,
        brand TEXT NOT NULL, purpose TEXT NOT NULL, offer TEXT NOT NULL, category TEXT NOT NULL, product TEXT NOT NULL,
        creative TEXT NOT NULL, gate TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
        message_id TEXT NOT NULL, payload_hash TEXT NOT NULL, body_hash TEXT NOT NULL, data TEXT NOT NULL
    );
    CREATE INDEX entries_of ON entries (person);
    CREATE INDEX entries_due ON entries (due) WHERE state IN ({_UNFINISHED});
    CREATE TABLE forgotten (hash TEXT PRIMARY KEY)
    """,
)
"""What each version of the schema adds to the one before."""


class Cursor(Protocol):
    """What is used of a database cursor."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Any:
        """Run one statement."""

    def fetchone(self) -> Any:
        """Give the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Give the rows that are left."""


class _Elsewhere(Exception):  # noqa: N818  it is no error: the transaction is undone, and the caller told
    """Somebody else was there before."""


class Relational(ABC):
    """A store whose driver runs functions of a cursor, each in one transaction that is kept whole or undone whole."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    @abstractmethod
    def _read(self, work: Callable[[Cursor], T]) -> T:
        """Run work that only reads, in one consistent view."""

    @abstractmethod
    def _write(self, work: Callable[[Cursor], T]) -> T:
        """Run work that writes. When this returns, it is durable; when it raises, nothing was written."""

    # Profiles -----------------------------------------------------------------------------------------------------

    def load(self, person: str) -> Known:
        """Read a person with one consistent read."""
        return self._read(lambda cursor: self._load(cursor, person))

    def _load(self, cursor: Cursor, person: str) -> Known:
        row = _one(cursor, "SELECT version, permission, known, attributes FROM people WHERE person = ?", person)
        if row is None:
            forgotten = self._is_forgotten(cursor, [person])
            return Known(Profile(person, events=(FORGOTTEN,) if forgotten else (), known=False), {}, 0, 0)
        version, permission, known, attributes = row
        events = _rows(cursor, f"SELECT {_list(_EVENT)} FROM events WHERE person = ? ORDER BY at, id", person)
        entries = map(_entry, _rows(cursor, f"SELECT {_list(_ENTRY)} FROM entries WHERE person = ?", person))
        profile = Profile(person, json.loads(attributes), tuple(map(Event._make, events)), bool(known))
        return Known(profile, {entry.key: entry for entry in entries}, version, permission)

    def find(self, column: str, address: str) -> str | None:
        """Find the person who has an address; of several the first in order."""
        sql = "SELECT MIN(person) FROM addresses WHERE kind = ? AND address = ?"
        row = self._read(lambda cursor: _one(cursor, sql, column, address))
        return row[0] if row else None

    def remember(self, people: Iterable[Profile]) -> int:
        """Write attributes, in place of those that were there."""
        listed = list(people)
        return self._write(lambda cursor: sum(self._remember(cursor, profile) for profile in listed))

    def _remember(self, cursor: Cursor, profile: Profile) -> bool:
        addresses = {column: profile[column] for column in ADDRESS_OF.values() if profile[column]}
        if self._is_forgotten(cursor, [profile.person, *addresses.values()]):
            return False
        cursor.execute(
            "INSERT INTO people (person, version, permission, known, attributes) VALUES (?, 1, 0, 1, ?)"
            " ON CONFLICT (person) DO UPDATE SET version = people.version + 1, known = 1,"
            " attributes = excluded.attributes",
            (profile.person, json.dumps(dict(profile.attributes), ensure_ascii=False)),
        )
        cursor.execute("DELETE FROM addresses WHERE person = ?", (profile.person,))
        for column, address in addresses.items():
            sql = "INSERT INTO addresses (kind, address, person) VALUES (?, ?, ?)"
            cursor.execute(sql, (column, address, profile.person))
        return True

    def record(self, happenings: Iterable[Happening]) -> int:
        """Write events, each id of a person once, and give how many were new."""
        ordered = sorted(happenings, key=lambda happening: happening.person)
        groups = [(person, list(group)) for person, group in groupby(ordered, key=lambda one: one.person)]
        return self._write(lambda cursor: sum(self._record(cursor, person, group) for person, group in groups))

    def _record(self, cursor: Cursor, person: str, group: Sequence[Happening]) -> int:
        if self._is_forgotten(cursor, [person]):
            return 0
        new = [event for _, event in group if _insert(cursor, "events", ("person", *_EVENT), (person, *event))]
        if new:
            permission = sum(event.kind in PERMISSION for event in new)
            cursor.execute(
                "INSERT INTO people (person, version, permission, known, attributes) VALUES (?, 1, ?, 0, '{}')"
                " ON CONFLICT (person) DO UPDATE SET version = people.version + 1,"
                " permission = people.permission + excluded.permission",
                (person, permission),
            )
        return len(new)

    def forget(self, person: str) -> bool:
        """Erase a person, and keep keyed hashes of the id and the addresses."""
        return self._write(lambda cursor: self._forget(cursor, person))

    def _forget(self, cursor: Cursor, person: str) -> bool:
        addresses = _rows(cursor, "SELECT address FROM addresses WHERE person = ?", person)
        for name in (person, *(address for (address,) in addresses)):
            _insert(cursor, "forgotten", ("hash",), (self._keyring.sign("forgotten", name),))
        changed = 0
        for table in ("people", "addresses", "events", "entries"):
            cursor.execute(f"DELETE FROM {table} WHERE person = ?", (person,))
            changed += cursor.rowcount
        return changed > 0

    def _is_forgotten(self, cursor: Cursor, names: Iterable[str]) -> bool:
        hashes = [hashed for name in names for hashed in self._keyring.signatures("forgotten", name)]
        marks = ", ".join("?" * len(hashes))
        return _one(cursor, f"SELECT 1 FROM forgotten WHERE hash IN ({marks})", *hashes) is not None

    def people(self) -> Iterator[Profile]:
        """Give everybody in order of person, with all events."""
        sql = "SELECT person FROM people WHERE person > ? ORDER BY person LIMIT ?"
        last = ""
        while names := self._read(partial(_names, sql, last)):
            for person in names:
                known = self.load(person)
                if known.version:
                    yield known.without("")
            last = names[-1]

    # Ledger -------------------------------------------------------------------------------------------------------

    def enter(self, entry: Entry, *, seen: int, over: Entry | None = None) -> bool:
        """Write an entry if the person's version is still the one seen, and raise it."""
        return self._attempt(lambda cursor: self._enter(cursor, entry, seen, over))

    def _enter(self, cursor: Cursor, entry: Entry, seen: int, over: Entry | None) -> None:
        if seen:
            _must(_update(cursor, "UPDATE people SET version = version + 1 WHERE person = ? AND version = ?",
                          entry.person, seen))  # fmt: skip
        else:
            _must(not self._is_forgotten(cursor, [entry.person]))
            columns = ("person", "version", "permission", "known", "attributes")
            _must(_insert(cursor, "people", columns, (entry.person, 1, 0, 0, "{}")))
        if over is None:
            _must(_insert(cursor, "entries", _ENTRY, _values(entry)))
        else:
            _must(_replace(cursor, over, entry))

    def swap(self, before: Entry, after: Entry, *, permitted: bool = False) -> bool:
        """Replace an entry that is still in the state and has the token of ``before``."""
        return self._attempt(lambda cursor: self._swap(cursor, before, after, permitted=permitted))

    def _swap(self, cursor: Cursor, before: Entry, after: Entry, *, permitted: bool) -> None:
        # People first, entries second, everywhere: two transactions never wait for each other.
        if permitted:
            _must(_update(cursor, "UPDATE people SET permission = permission WHERE person = ? AND permission = ?",
                          before.person, before.permission))  # fmt: skip
        if after.counted and not before.counted:
            _update(cursor, "UPDATE people SET version = version + 1 WHERE person = ?", before.person)
        _must(_replace(cursor, before, after))

    def entry(self, key: str) -> Entry | None:
        """Read one entry."""
        sql = f"SELECT {_list(_ENTRY)} FROM entries WHERE key = ?"
        row = self._read(lambda cursor: _one(cursor, sql, key))
        return _entry(row) if row else None

    def unfinished(self, states: Iterable[State], due: float, limit: int = 1000) -> Sequence[Entry]:
        """List unfinished entries that are due, the longest due first."""
        wanted = sorted(set(states) & UNFINISHED)
        marks = ", ".join("?" * len(wanted))
        sql = (
            f"SELECT {_list(_ENTRY)} FROM entries WHERE state IN ({_UNFINISHED}) AND state IN ({marks})"
            " AND due <= ? ORDER BY due, key LIMIT ?"
        )
        return [_entry(row) for row in self._read(lambda cursor: _rows(cursor, sql, *wanted, due, limit))]

    def counts(self, campaign: str = "", run: str | None = None, since: float | None = None) -> Mapping[State, int]:
        """Count entries by state."""
        asked = {"campaign = ?": campaign or None, "run = ?": run, "changed >= ?": since}
        conditions = {sql: value for sql, value in asked.items() if value is not None}
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        sql = f"SELECT state, COUNT(*) FROM entries{where} GROUP BY state"
        rows = self._read(lambda cursor: _rows(cursor, sql, *conditions.values()))
        return {State(state): count for state, count in rows}

    def _attempt(self, work: Callable[[Cursor], None]) -> bool:
        try:
            self._write(work)
        except _Elsewhere:
            return False
        return True


def _entry(row: Sequence[Any]) -> Entry:
    return Entry(*(*row[:_STATE], State(row[_STATE]), *row[_STATE + 1 :]))


def _list(columns: Iterable[str]) -> str:
    return ", ".join(columns)


def _rows(cursor: Cursor, sql: str, *values: Any) -> list[Any]:
    cursor.execute(sql, values)
    return cursor.fetchall()


def _names(sql: str, last: str, cursor: Cursor) -> list[str]:
    return [name for (name,) in _rows(cursor, sql, last, _CHUNK)]


def _one(cursor: Cursor, sql: str, *values: Any) -> Any:
    cursor.execute(sql, values)
    return next(iter(cursor.fetchall()), None)


def _update(cursor: Cursor, sql: str, *values: Any) -> bool:
    cursor.execute(sql, values)
    return cursor.rowcount == 1


def _insert(cursor: Cursor, table: str, columns: Sequence[str], values: Sequence[Any]) -> bool:
    marks = ", ".join("?" * len(columns))
    return _update(cursor, f"INSERT INTO {table} ({_list(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING", *values)


def _replace(cursor: Cursor, before: Entry, after: Entry) -> bool:
    assignments = ", ".join(f"{column} = ?" for column in _ENTRY)
    sql = f"UPDATE entries SET {assignments} WHERE key = ? AND state = ? AND token = ?"
    return _update(cursor, sql, *_values(after), before.key, before.state, before.token)


def _must(happened: bool) -> None:  # noqa: FBT001  reads as what it says
    if not happened:
        raise _Elsewhere
