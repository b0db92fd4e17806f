"""A store in tables: what SQLite and PostgreSQL have in common. The SQL is what both understand, with ``?`` for values.

Nothing here locks: every write says what it expects to find (a version, a state with a token), and a count of zero
changed rows means that somebody else was there before. Both engines decide that under their own row or file lock.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import fields, replace
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from sendgate.model.events import Event
from sendgate.model.keys import Keyring
from sendgate.model.ledger import UNFINISHED, Entry, State
from sendgate.model.people import ADDRESS_OF, Profile
from sendgate.ports import FORGOTTEN, PERMISSION, Happening, Known
from sendgate.stores.schema import OPEN

T = TypeVar("T")

_ENTRY = tuple(field.name for field in fields(Entry))
_STATE = _ENTRY.index("state")
_values = attrgetter(*_ENTRY)
_EVENT = Event._fields
_PEOPLE = ("person", "version", "permission", "known", "attributes")

_ONCE = "ON CONFLICT DO NOTHING"
_RAISE = "ON CONFLICT (person) DO UPDATE SET version = people.version + 1, {}"
"""For a person who is there: the version rises, and what is filled in is set."""

_MANY = 500
"""People or events that are read or written at once."""


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
        found = _knowns(cursor, "= ?", person)
        names = {person, *(_addresses(found[0].profile).values() if found else ())}
        forgotten = self._hashed(cursor, names)
        if found:
            return replace(found[0], forgotten_addresses=frozenset(forgotten))
        return Known(Profile(person, events=(FORGOTTEN,) if forgotten else (), known=False), {}, 0, 0)

    def owners(self, column: str, address: str) -> Sequence[str]:
        """Find, in order, who has an address."""
        sql = "SELECT person FROM addresses WHERE kind = ? AND address = ? ORDER BY person"
        return [person for (person,) in self._read(lambda cursor: _rows(cursor, sql, column, address))]

    def remember(self, people: Iterable[Profile]) -> Sequence[str]:
        """Write attributes, in place of those that were there; of one person's the last. Give who was left out."""
        parts = _parts(sorted(people, key=lambda profile: profile.person))
        return self._write(lambda cursor: [person for part in parts for person in self._remember(cursor, part)])

    def _remember(self, cursor: Cursor, part: Sequence[Profile]) -> Sequence[str]:
        names = [{profile.person, *_addresses(profile).values()} for profile in part]
        forgotten = self._forgotten(cursor, set().union(*names))
        kept = [profile for profile, its in zip(part, names, strict=True) if not its & forgotten]
        once = {profile.person: profile for profile in kept}
        rows = [(p.person, 1, 0, 1, json.dumps(dict(p.attributes), ensure_ascii=False)) for p in once.values()]
        _insert(cursor, "people", _PEOPLE, rows, _RAISE.format("known = 1, attributes = excluded.attributes"))
        _rows(cursor, f"DELETE FROM addresses WHERE person IN ({_marks(once)}) RETURNING 1", *once)
        addresses = [(column, address, p.person) for p in once.values() for column, address in _addresses(p).items()]
        _insert(cursor, "addresses", ("kind", "address", "person"), addresses)
        return [profile.person for profile, its in zip(part, names, strict=True) if its & forgotten]

    def record(self, happenings: Iterable[Happening]) -> int:
        """Write events, each id of a person once, and give how many were new."""
        # In one order everywhere, so that no two transactions wait for each other.
        parts = _parts(sorted(happenings, key=lambda one: (one.person, one.event.id)))
        return self._write(lambda cursor: sum(self._record(cursor, part) for part in parts))

    def _record(self, cursor: Cursor, part: Sequence[Happening]) -> int:
        forgotten = self._forgotten(cursor, {person for person, _ in part})
        rows = [(person, *event) for person, event in part if person not in forgotten]
        new = _insert(cursor, "events", ("person", *_EVENT), rows, f"{_ONCE} RETURNING person, kind")
        permission = Counter({person: 0 for person, _ in sorted(new)})
        permission.update(person for person, kind in new if kind in PERMISSION)
        raised = [(person, 1, count, 0, "{}") for person, count in permission.items()]
        _insert(
            cursor, "people", _PEOPLE, raised, _RAISE.format("permission = people.permission + excluded.permission")
        )
        return len(new)

    def forget(self, person: str) -> bool:
        """Erase a person, and keep keyed hashes of the id and the addresses."""
        return self._write(lambda cursor: self._forget(cursor, person))

    def _forget(self, cursor: Cursor, person: str) -> bool:
        addresses = _rows(cursor, "SELECT address FROM addresses WHERE person = ?", person)
        names = sorted({person, *(address for (address,) in addresses)})
        _insert(cursor, "forgotten", ("hash",), [(self._keyring.sign("forgotten", name),) for name in names], _ONCE)
        # Others who have one of the addresses may have been decided about, and are to be decided about again.
        kinds, others = [*ADDRESS_OF.values()], f"SELECT person FROM addresses WHERE kind IN ({_marks(ADDRESS_OF)})"
        _update(cursor, f"UPDATE people SET version = version + 1, permission = permission + 1 WHERE person <> ?"
                f" AND person IN ({others} AND address IN ({_marks(names)}))", person, *kinds, *names)  # fmt: skip
        # People first: whoever enters a message waits for that row, or has written what is deleted next.
        tables = ("people", "addresses", "events", "entries")
        erased = [_rows(cursor, f"DELETE FROM {table} WHERE person = ? RETURNING 1", person) for table in tables]
        return any(erased)

    def _forgotten(self, cursor: Cursor, names: Iterable[str]) -> set[str]:
        """Give those of the names, or addresses, that were forgotten, before somebody with one of them is written."""
        return self._hashed(cursor, names)

    def _hashed(self, cursor: Cursor, names: Iterable[str]) -> set[str]:
        hashes = {hashed: name for name in names for hashed in self._keyring.signatures("forgotten", name)}
        found = _rows(cursor, f"SELECT hash FROM forgotten WHERE hash IN ({_marks(hashes)})", *hashes)
        return {hashes[hashed] for (hashed,) in found}

    def people(self) -> Iterator[Profile]:
        """Give everybody in order of person, with all events."""
        last = ""
        while page := self._read(partial(_page, last)):
            yield from (known.without("") for known in page)
            last = page[-1].profile.person

    def empty(self) -> bool:
        """Tell whether nobody is in the store."""
        return self._read(lambda cursor: _one(cursor, "SELECT 1 FROM people LIMIT 1")) is None

    # Ledger -------------------------------------------------------------------------------------------------------

    def enter(self, entry: Entry, *, seen: int, over: Entry | None = None) -> bool:
        """Write an entry if the person's version is still the one seen, and raise it."""
        return self._attempt(lambda cursor: self._enter(cursor, entry, seen, over))

    def _enter(self, cursor: Cursor, entry: Entry, seen: int, over: Entry | None) -> None:
        if seen:
            _must(_update(cursor, "UPDATE people SET version = version + 1 WHERE person = ? AND version = ?",
                          entry.person, seen))  # fmt: skip
        else:
            _must(not self._forgotten(cursor, [entry.person]))
            _must(_insert(cursor, "people", _PEOPLE, [(entry.person, 1, 0, 0, "{}")], f"{_ONCE} RETURNING 1"))
        if over is None:
            _must(_insert(cursor, "entries", _ENTRY, [_values(entry)], f"{_ONCE} RETURNING 1"))
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
        sql = (
            f"SELECT {_list(_ENTRY)} FROM entries WHERE state IN ({OPEN}) AND state IN ({_marks(wanted)})"
            " AND due <= ? ORDER BY due, key LIMIT ?"
        )
        return [_entry(row) for row in self._read(lambda cursor: _rows(cursor, sql, *wanted, due, limit))]

    def counts(
        self, campaign: str = "", run: str | None = None, since: float | None = None, gate: str = ""
    ) -> Mapping[State, int]:
        """Count entries by state."""
        asked = {"campaign = ?": campaign or None, "run = ?": run, "changed >= ?": since, "gate = ?": gate or None}
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


def _knowns(cursor: Cursor, which: str, *values: Any) -> list[Known]:
    """Read the people whose id is as the condition says, in order, with everything that is known of them."""
    people = _rows(cursor, f"SELECT {_list(_PEOPLE)} FROM people WHERE person {which} ORDER BY person", *values)
    if not people:
        return []
    columns = _list(("person", *_EVENT))
    events = _by_person(_rows(cursor, f"SELECT {columns} FROM events WHERE person {which} ORDER BY at, id", *values))
    columns = _list(("person", *_ENTRY))
    entries = _by_person(_rows(cursor, f"SELECT {columns} FROM entries WHERE person {which}", *values))
    return [_known(row, events[row[0]], entries[row[0]]) for row in people]


def _known(row: Sequence[Any], events: Iterable[Sequence[Any]], entries: Iterable[Sequence[Any]]) -> Known:
    person, version, permission, known, attributes = row
    profile = Profile(person, json.loads(attributes), tuple(Event._make(event[1:]) for event in events), bool(known))
    return Known(profile, {entry.key: entry for entry in (_entry(row[1:]) for row in entries)}, version, permission)


def _page(last: str, cursor: Cursor) -> list[Known]:
    """Read the people who come next in order."""
    names = _rows(cursor, "SELECT person FROM people WHERE person > ? ORDER BY person LIMIT ?", last, _MANY)
    return _knowns(cursor, "BETWEEN ? AND ?", *names[0], *names[-1]) if names else []


def _by_person(rows: Iterable[Sequence[Any]]) -> defaultdict[str, list[Sequence[Any]]]:
    groups: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups


def _entry(row: Sequence[Any]) -> Entry:
    return Entry(*(*row[:_STATE], State(row[_STATE]), *row[_STATE + 1 :]))


def _addresses(profile: Profile) -> dict[str, str]:
    return {column: profile[column] for column in ADDRESS_OF.values() if profile[column]}


def _parts(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[start : start + _MANY] for start in range(0, len(items), _MANY)]


def _list(columns: Iterable[str]) -> str:
    return ", ".join(columns)


def _marks(values: Sized) -> str:
    """Write a mark for each value; of an empty list, which SQL does not know, what equals nothing."""
    return _list("?" * len(values)) or "NULL"


def _rows(cursor: Cursor, sql: str, *values: Any) -> list[Any]:
    cursor.execute(sql, values)
    return cursor.fetchall()


def _one(cursor: Cursor, sql: str, *values: Any) -> Any:
    return next(iter(_rows(cursor, sql, *values)), None)


def _update(cursor: Cursor, sql: str, *values: Any) -> bool:
    cursor.execute(sql, values)
    return cursor.rowcount == 1


def _insert(cursor: Cursor, table: str, columns: Sequence[str], rows: Sequence[Any], then: str = "") -> list[Any]:
    """Insert rows with one statement, and give what it returns where ``then`` says RETURNING."""
    if not rows:
        return []
    marks = _list([f"({_marks(columns)})"] * len(rows))
    cursor.execute(f"INSERT INTO {table} ({_list(columns)}) VALUES {marks} {then}", [*chain.from_iterable(rows)])
    return cursor.fetchall() if "RETURNING" in then else []


def _replace(cursor: Cursor, before: Entry, after: Entry) -> bool:
    assignments = _list(f"{column} = ?" for column in _ENTRY)
    sql = f"UPDATE entries SET {assignments} WHERE key = ? AND state = ? AND token = ?"
    return _update(cursor, sql, *_values(after), before.key, before.state, before.token)


def _must(happened: object) -> None:
    if not happened:
        raise _Elsewhere
