"""A store in memory: everything happens one after the other, and nothing outlives the process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, replace

from sendgate.errors import StoreError
from sendgate.model.events import Event
from sendgate.model.keys import Keyring
from sendgate.model.ledger import UNFINISHED, Entry, State
from sendgate.model.people import ADDRESS_OF, Profile
from sendgate.ports import FORGOTTEN, PERMISSION, Happening, Known


@dataclass
class _Person:
    """What is remembered of one person."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    version: int = 0
    permission: int = 0
    known: bool = False


class MemoryStore:
    """For tests of a pipeline, and as the shortest description of what a store does."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._people: dict[str, _Person] = {}
        self._forgotten: set[str] = set()
        self._lock = threading.RLock()
        self._closed = False

    @contextmanager
    def _alone(self, *values: object) -> Iterator[None]:
        """Let nobody else in; refuse what other stores cannot keep, before anything is changed."""
        for value in values:
            _check(value)
        with self._lock:
            if self._closed:
                raise StoreError("the store in memory is closed")
            yield

    # Profiles -----------------------------------------------------------------------------------------------------

    def load(self, person: str) -> Known:
        """Read a person."""
        with self._alone(person):
            if person in self._people:
                known = _known(person, self._people[person])
                names = {person, *_addresses(self._people[person])}
                return replace(known, forgotten_addresses=frozenset(n for n in names if self._is_forgotten([n])))
            events = (FORGOTTEN,) if self._is_forgotten([person]) else ()
            return Known(Profile(person, events=events, known=False), {}, 0, 0)

    def owners(self, column: str, address: str) -> Sequence[str]:
        """Find, in order, who has an address."""
        with self._alone():
            having = (name for name, person in self._people.items() if person.attributes.get(column) == address)
            return sorted(having) if column in ADDRESS_OF.values() else []

    def remember(self, people: Iterable[Profile]) -> Sequence[str]:
        """Write attributes, in place of those that were there; give who was left out."""
        listed = list(people)
        with self._alone(*(value for profile in listed for value in (profile.person, *profile.attributes.values()))):
            return [profile.person for profile in listed if not self._remember(profile)]

    def _remember(self, profile: Profile) -> bool:
        addresses = [profile[column] for column in ADDRESS_OF.values() if profile[column]]
        if self._is_forgotten([profile.person, *addresses]):
            return False
        person = self._people.setdefault(profile.person, _Person())
        person.attributes, person.known = dict(profile.attributes), True
        person.version += 1
        return True

    def record(self, happenings: Iterable[Happening]) -> int:
        """Write events, each id of a person once, and give how many were new."""
        listed = list(happenings)
        with self._alone(*(value for happening in listed for value in (happening.person, *happening.event))):
            return sum(self._record(*happening) for happening in listed)

    def _record(self, name: str, event: Event) -> bool:
        if self._is_forgotten([name]):
            return False
        person = self._people.setdefault(name, _Person())
        if event.id in person.events:
            return False
        person.events[event.id] = event
        person.version += 1
        person.permission += event.kind in PERMISSION
        return True

    def forget(self, person: str) -> bool:
        """Erase a person, and keep keyed hashes of the id and the addresses."""
        with self._alone(person):
            there = self._people.pop(person, None)
            names = {person, *(_addresses(there) if there else ())}
            self._forgotten |= {self._keyring.sign("forgotten", name) for name in names}
            for other in self._people.values():
                shares = not names.isdisjoint(_addresses(other))
                other.version += shares
                other.permission += shares
            return there is not None

    def _is_forgotten(self, names: Iterable[str]) -> bool:
        return any(
            hashed in self._forgotten for name in names for hashed in self._keyring.signatures("forgotten", name)
        )

    def people(self) -> Iterator[Profile]:
        """Give everybody in order of person, with all events."""
        with self._alone():
            everybody = [_known(name, person).without("") for name, person in sorted(self._people.items())]
        yield from everybody

    def empty(self) -> bool:
        """Tell whether nobody is in the store."""
        with self._alone():
            return not self._people

    # Ledger -------------------------------------------------------------------------------------------------------

    def enter(self, entry: Entry, *, seen: int, over: Entry | None = None) -> bool:
        """Write an entry if the person's version is still the one seen, and raise it."""
        with self._alone(*astuple(entry)):
            there = self._people.get(entry.person)
            if (there.version if there else 0) != seen or (not seen and self._is_forgotten([entry.person])):
                return False
            if not _same(self._entry(entry.key), over):
                return False
            person = self._people.setdefault(entry.person, _Person())
            person.entries[entry.key] = entry
            person.version += 1
            return True

    def swap(self, before: Entry, after: Entry, *, permitted: bool = False) -> bool:
        """Replace an entry that is still in the state and has the token of ``before``."""
        with self._alone(*astuple(after)):
            person = self._people.get(before.person)
            if person is None or not _same(person.entries.get(before.key), before):
                return False
            if permitted and person.permission != before.permission:
                return False
            person.entries[before.key] = after
            person.version += after.counted and not before.counted
            return True

    def entry(self, key: str) -> Entry | None:
        """Read one entry."""
        with self._alone():
            return self._entry(key)

    def _entry(self, key: str) -> Entry | None:
        return next((person.entries[key] for person in self._people.values() if key in person.entries), None)

    def _entries(self) -> list[Entry]:
        return [entry for person in self._people.values() for entry in person.entries.values()]

    def unfinished(self, states: Iterable[State], due: float, limit: int = 1000) -> Sequence[Entry]:
        """List unfinished entries that are due, the longest due first."""
        wanted = set(states) & UNFINISHED
        with self._alone():
            found = [entry for entry in self._entries() if entry.state in wanted and entry.due <= due]
        return sorted(found, key=lambda entry: (entry.due, entry.key))[:limit]

    def counts(
        self, campaign: str = "", run: str | None = None, since: float | None = None, gate: str = ""
    ) -> Mapping[State, int]:
        """Count entries by state."""
        with self._alone():
            return Counter(
                entry.state
                for entry in self._entries()
                if (not campaign or entry.campaign == campaign)
                and (run is None or entry.run == run)
                and (since is None or entry.changed >= since)
                and (not gate or entry.gate == gate)
            )

    def close(self) -> None:
        """Refuse everything from here on."""
        self._closed = True


def _addresses(person: _Person) -> list[str]:
    return [person.attributes[column] for column in ADDRESS_OF.values() if person.attributes.get(column)]


def _check(value: object) -> None:
    try:
        str(value).encode()
    except UnicodeEncodeError:
        raise StoreError("cannot keep text with half a character (a lone surrogate)") from None


def _known(name: str, person: _Person) -> Known:
    profile = Profile(name, dict(person.attributes), _ordered(person.events.values()), person.known)
    return Known(profile, dict(person.entries), person.version, person.permission)


def _ordered(events: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(sorted(events, key=lambda event: (event.at, event.id)))


def _same(there: Entry | None, expected: Entry | None) -> bool:
    """Tell whether an entry is still as it was seen; None is one that is not there."""
    if there is None or expected is None:
        return there is expected
    return (there.state, there.token) == (expected.state, expected.token)
