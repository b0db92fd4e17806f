"""People in a DynamoDB table.

Whatever changes a person raises the version in their profile, in the same transaction. What DynamoDB promises of
reading is less than what a decision needs: a query that runs beside a transaction may see one of its items and not
yet the other. So a profile is read before the rest, and lists under ``latest`` what the last transactions wrote; what
is listed and was not seen is read again, in a transaction. See ``docs/decisions/0013-what-a-store-must-hold.md``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from time import sleep

from sendgate.errors import StoreError
from sendgate.model.events import Event
from sendgate.model.keys import Keyring
from sendgate.model.people import ADDRESS_OF, Profile
from sendgate.ports import FORGOTTEN, PERMISSION, Happening, Known
from sendgate.stores.dynamodb.calls import ATTEMPTS, FAILED, Calls, Make, worded
from sendgate.stores.dynamodb.items import (
    attribute,
    attributes_item,
    entry_of,
    event_item,
    event_of,
    profile_of,
)  # fmt: skip
from sendgate.stores.dynamodb.table import (
    SCHEMA_KEY,
    VERSION,
    Item,
    address_key,
    event_key,
    forgotten_key,
    profile_key,
)  # fmt: skip

KEEP_DAYS = 400
"""How long finished entries and most events are kept: longer than the longest window of any gate."""

KEEP_DAYS_AT_LEAST = 45

_AT_ONCE = 8
"""Threads of an import: DynamoDB is slow to answer one, and quick to answer many."""

_EVENTS = 80
"""Events in one transaction, which takes 100 items with the profile and what is forgotten."""

_UNSEEN = 20
"""How long ``latest`` grows before somebody looks whether all of it can be seen."""

THERE = "attribute_exists(#pk) AND attribute_not_exists(#erasing)"
ABSENT = "attribute_not_exists(#pk)"


class DynamoPeople:
    """What a family remembers of people. Nothing is connected before the first use."""

    def __init__(
        self,
        table: str,
        keyring: Keyring,
        make: Make,
        days: float = KEEP_DAYS,
        pause: Callable[[float], None] = sleep,
    ) -> None:
        """``make`` makes a client, such as ``maker()``; ``days`` is how long what is finished is kept."""
        if days < KEEP_DAYS_AT_LEAST:
            raise ValueError(f"what is finished is kept for {KEEP_DAYS_AT_LEAST} days at least, not for {days:g}")
        self._keyring = keyring
        self._days = days
        self._opened = Calls(table, make, pause)
        self._checked = False

    @property
    def _calls(self) -> Calls:
        """The table, once it is known to be of this version."""
        if not self._checked:
            self._check_version()
            self._checked = True
        return self._opened

    def _check_version(self) -> None:
        found = self._opened.get(SCHEMA_KEY)
        if found is None:
            self._opened.put_new({**SCHEMA_KEY, "version": attribute(VERSION)})
        elif _number(found, "version") > VERSION:
            known = f"schema {_number(found, 'version')}, and this one knows {VERSION}"
            raise StoreError(
                f"table `{self._opened.table}` was written by a newer sendgate ({known}): upgrade sendgate"
            )

    def close(self) -> None:
        """Close the connections."""
        self._opened.close()

    # Reading people -----------------------------------------------------------------------------------------------

    def load(self, person: str) -> Known:
        """Read a person: the profile first, then the rest, all strongly consistent."""
        for _ in self._calls.attempts():
            profile = self._calls.get(profile_key(person))
            if profile is None or "erasing" in profile:
                return self._stranger(person)
            items = self._seen(profile, self._belongings(person))
            if items is not None:
                return replace(_known(profile, items), forgotten_addresses=frozenset(self._gone(profile)))
        raise StoreError("DynamoDB: a person is written about too fast to be read")

    def _gone(self, profile: Item) -> Iterator[str]:
        """Give the addresses that others had who were forgotten, by the hashes that stand in the profile since then."""
        hashes = set(profile.get("gone", {"SS": []})["SS"])
        for _, address in _addresses_of(profile) if hashes else ():
            if not hashes.isdisjoint(self._keyring.signatures("forgotten", address)):
                yield address

    def _belongings(self, person: str) -> dict[str, Item]:
        """Read events and entries, by sort key."""
        told = worded({":pk": profile_key(person)["pk"]}, KeyConditionExpression="#pk = :pk")
        return {item["sk"]["S"]: item for item in self._calls.pages("query", ConsistentRead=True, **told)}

    def _seen(self, profile: Item, items: dict[str, Item]) -> dict[str, Item] | None:
        """Add what the profile says was written last, where it is not seen yet; None where the profile changed."""
        latest = [entry["S"].split(" ", 1) for entry in profile["latest"]["L"]]
        unseen = [sk for mark, sk in latest if _mark(items.get(sk)) != mark]
        for start in range(0, len(unseen), 99):
            part = unseen[start : start + 99]
            keys = [{"pk": profile["pk"], "sk": {"S": sk}} for sk in part]
            found = self._calls.get_together([{"pk": profile["pk"], "sk": profile["sk"]}, *keys])
            if found is None or found[0] is None or found[0]["version"] != profile["version"]:
                return None
            items |= {sk: item for sk, item in zip(part, found[1:], strict=True) if item is not None}
        return items

    def _stranger(self, person: str) -> Known:
        forgotten = any(self._calls.get(key) for key in self._hashes([person]))
        return Known(Profile(person, events=(FORGOTTEN,) if forgotten else (), known=False), {}, 0, 0)

    def owners(self, column: str, address: str) -> Sequence[str]:
        """Find, in order, who has an address."""
        told = worded({":pk": address_key(column, address)["pk"]}, KeyConditionExpression="#pk = :pk")
        return [item["sk"]["S"].removeprefix("P#") for item in self._calls.pages("query", ConsistentRead=True, **told)]

    def people(self) -> Iterator[Profile]:
        """Give everybody in order of person, by a scan of the table that is put in order in a temporary file."""
        import sqlite3  # noqa: PLC0415  a Lambda function has no use for it

        told = worded({":people": {"S": "P#"}}, FilterExpression="begins_with(#pk, :people)")
        rows = (
            (item["pk"]["S"], item["sk"]["S"], json.dumps(item))
            for item in self._calls.pages("scan", ConsistentRead=True, **told)
        )
        with closing(sqlite3.connect("")) as ordered:  # a file that SQLite deletes
            ordered.execute("CREATE TABLE items (pk, sk, item, PRIMARY KEY (pk, sk)) WITHOUT ROWID")
            ordered.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", rows)
            found = ordered.execute("SELECT * FROM items ORDER BY pk, sk")
            for _, group in groupby(found, key=lambda row: row[0]):
                items = {sk: json.loads(item) for _, sk, item in group}
                profile = items.get("PROFILE")
                if profile and "erasing" not in profile:
                    yield _known(profile, items).without("")

    def empty(self) -> bool:
        """Tell whether nobody is in the store: a scan that ends with the first profile it meets."""
        told = worded(
            {":profile": {"S": "PROFILE"}},
            FilterExpression="#sk = :profile AND attribute_not_exists(#erasing)",
            ProjectionExpression="#pk",
        )
        return next(self._calls.pages("scan", ConsistentRead=True, **told), None) is None

    # Writing people -----------------------------------------------------------------------------------------------

    def remember(self, people: Iterable[Profile]) -> Sequence[str]:
        """Write attributes, in place of those that were there; each person in a transaction of their own."""
        groups: defaultdict[str, list[Profile]] = defaultdict(list)
        for profile in people:
            groups[profile.person].append(profile)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            written = pool.map(self._remember, groups.values())
            return [one.person for group, done in zip(groups.values(), written, strict=True) if not done
                    for one in group]  # fmt: skip

    def _remember(self, profiles: Sequence[Profile]) -> bool:
        profile = profiles[-1]
        has = {(column, profile[column]) for column in ADDRESS_OF.values() if profile[column]}
        checks = self._not_forgotten([profile.person, *(address for _, address in has)])
        for _ in self._calls.attempts():
            before = self._calls.get(profile_key(profile.person))
            if before is not None and "erasing" in before:
                return False
            old = _addresses_of(before) if before else set()
            moves = [self._calls.put(address_key(*one, profile.person)) for one in sorted(has)]
            moves += [self._calls.drop(address_key(*one, profile.person)) for one in sorted(old - has)]
            values = {"attributes": attributes_item(profile.attributes), "known": attribute(value=True)}
            reasons = self._calls.transact([self._raised(profile.person, before, set_=values), *moves, *checks])
            if not reasons:
                return True
            if FAILED in reasons[-len(checks) :]:
                return False
        raise _outrun()

    def record(self, happenings: Iterable[Happening]) -> int:
        """Write events, each id of a person once; each person's in transactions of their own."""
        groups: defaultdict[str, dict[str, Event]] = defaultdict(dict)
        for person, event in happenings:
            groups[person].setdefault(event.id, event)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return sum(pool.map(lambda group: self._record(group[0], [*group[1].values()]), groups.items()))

    def _record(self, person: str, events: Sequence[Event]) -> int:
        parts = [events[start : start + _EVENTS] for start in range(0, len(events), _EVENTS)]
        return sum(self._record_part(person, part) for part in parts)

    def _record_part(self, person: str, events: Sequence[Event]) -> int:
        checks = self._not_forgotten([person])
        for _ in self._calls.attempts():
            before = self._read_before(person)
            if before is not None and "erasing" in before:
                return 0
            permission = [event for event in events if event.kind in PERMISSION]
            marks = [f" {event_key(person, event.id)['sk']['S']}" for event in permission]
            puts = [self._calls.put(event_item(person, event, self._days), ABSENT) for event in events]
            profile = self._raised(person, before, marks=marks, permission=len(permission))
            reasons = self._calls.transact([profile, *puts, *(checks if before is None else [])])
            if not reasons:
                return len(events)
            if FAILED in reasons[1 + len(puts) :]:
                return 0
            written = reasons[1 : 1 + len(puts)]
            events = [event for event, reason in zip(events, written, strict=True) if reason != FAILED]
            if not events:
                return 0
        raise _outrun()

    def _read_before(self, person: str) -> Item | None:
        """Read a profile to write about it; where much was written lately, see to it that ``latest`` starts anew."""
        before = self._calls.get(profile_key(person))
        if before is not None and "erasing" not in before and len(before["latest"]["L"]) >= _UNSEEN:
            version = self.load(person).version
            if version == _number(before, "version"):
                return {**before, "latest": {"L": []}}
        return before

    def _raised(
        self, person: str, before: Item | None, *, marks: Sequence[str] = (), permission: int = 0,
        set_: Mapping[str, Item] | None = None,
    ) -> Item:  # fmt: skip
        """Raise the version of a profile that is still as it was read; or make the profile."""
        if before is None:
            new = {"version": attribute(1), "permission": attribute(permission), "known": attribute(value=False),
                   "attributes": attributes_item({}), "latest": listed(marks), "person": attribute(person)}  # fmt: skip
            return self._calls.put({**new, **(set_ or {}), **profile_key(person)}, ABSENT)
        version = _number(before, "version")
        values = {**(set_ or {}), "version": attribute(version + 1),
                  "permission": attribute(_number(before, "permission") + permission),
                  "latest": {"L": [*before["latest"]["L"], *listed(marks)["L"]]}}  # fmt: skip
        change = f"SET {', '.join(f'#{name} = :{name}' for name in values)}"
        given = {":seen": attribute(version), **{f":{name}": value for name, value in values.items()}}
        return self._calls.update(profile_key(person), change, f"{THERE} AND #version = :seen", given)

    # Forgetting ---------------------------------------------------------------------------------------------------

    def forget(self, person: str) -> bool:
        """Erase a person. If it breaks off, nobody can be written to or about already; asked again, it goes on."""
        key = profile_key(person)
        for _ in self._calls.attempts():
            before = self._calls.get(key)
            addresses = _addresses_of(before) if before else set()
            names = sorted({person, *(address for _, address in addresses)})
            hashes = [self._calls.put(forgotten_key(self._keyring.sign("forgotten", name))) for name in names]
            if not self._calls.transact([self._marked(key, before), *hashes]):
                self._tell_others(person, names)
                return self._erase(person, addresses) or before is not None
        raise _outrun()

    def _marked(self, key: Item, before: Item | None) -> Item:
        """Mark a profile, so that nobody enters or records anything from here on.

        Its attributes must be those whose addresses are hashed; what else is written meanwhile is erased with the rest.
        """
        if before is None:
            return self._calls.check(key, ABSENT)
        values, same = {":yes": attribute(value=True), ":one": attribute(1)}, "attribute_not_exists(#attributes)"
        if "attributes" in before:
            values[":seen"], same = before["attributes"], "#attributes = :seen"
        return self._calls.update(
            key, "SET #erasing = :yes ADD #version :one", f"attribute_exists(#pk) AND {same}", values
        )

    def _tell_others(self, person: str, names: Sequence[str]) -> None:
        """Write into the profiles of others that an address of theirs is forgotten; no import can add one from here on.

        As a hash: who gives up the address has nothing of it left.
        """
        for column, name in ((column, name) for column in ADDRESS_OF.values() for name in names):
            hashed = {":gone": {"SS": [self._keyring.sign("forgotten", name)]}, ":one": attribute(1)}
            change = "ADD #gone :gone, #version :one, #permission :one"
            for other in self.owners(column, name):
                update = self._calls.update(profile_key(other), change, THERE, hashed)
                if other != person and (reasons := self._calls.transact([update])) and FAILED not in reasons:
                    raise _outrun()

    def _erase(self, person: str, addresses: Iterable[tuple[str, str]]) -> bool:
        profile = profile_key(person)
        self._calls.delete([address_key(column, address, person) for column, address in addresses])
        told = worded({":pk": profile["pk"]}, KeyConditionExpression="#pk = :pk", ProjectionExpression="#pk, #sk")
        keys = self._calls.pages("query", ConsistentRead=True, **told)
        erased = self._calls.delete([key for key in keys if key != profile])
        # The profile goes last: until then it says what is left to do.
        self._calls.delete([profile])
        return erased > 0

    def _hashes(self, names: Iterable[str]) -> list[Item]:
        hashes = dict.fromkeys(hashed for name in names for hashed in self._keyring.signatures("forgotten", name))
        return [forgotten_key(hashed) for hashed in hashes]

    def _not_forgotten(self, names: Iterable[str]) -> list[Item]:
        return [self._calls.check(key, ABSENT) for key in self._hashes(names)]


def _known(profile: Item, items: Mapping[str, Item]) -> Known:
    events = (event_of(item) for sk, item in items.items() if sk.startswith("E#"))
    entries = (entry_of(item) for sk, item in items.items() if sk.startswith("S#"))
    read = profile_of(profile, events)
    by_key = {entry.key: entry for entry in entries}
    return Known(read, by_key, _number(profile, "version"), _number(profile, "permission"))


def _number(item: Item, name: str) -> int:
    return int(item[name]["N"])


def listed(marks: Iterable[str]) -> Item:
    """Write what a transaction wrote, as ``latest`` has it: a mark, a blank and a sort key for each item."""
    return {"L": [{"S": mark} for mark in marks]}


def _mark(item: Item | None) -> str | None:
    """Give what tells an item from what stood in its place before; None where it is not there."""
    return None if item is None else item.get("mark", {"S": ""})["S"]


def _addresses_of(profile: Item) -> set[tuple[str, str]]:
    attributes = profile["attributes"]["M"]
    return {(column, attributes[column]["S"]) for column in ADDRESS_OF.values() if attributes.get(column, {}).get("S")}


def _outrun() -> StoreError:
    return StoreError(f"DynamoDB: a person is written about too fast: no write got through in {ATTEMPTS} tries")
