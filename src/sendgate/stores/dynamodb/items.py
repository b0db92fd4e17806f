"""Profiles, events and entries as items of DynamoDB, and back. What has its default value is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from sendgate.model.events import SERVICE, SHARING, Event
from sendgate.model.ledger import Entry, State
from sendgate.model.people import Profile
from sendgate.model.times import DAY, FOREVER
from sendgate.ports import PERMISSION
from sendgate.stores.dynamodb.table import EXPIRES, Item, entry_key, event_key, shard_of, text

LASTING = PERMISSION | {*SHARING, *SERVICE}
"""Kinds of events that never expire: what they say holds until another one says otherwise."""

_FLOATS = frozenset({"at", "changed", "asked", "due", "price", "discount"})
_INTEGERS = frozenset({"permission"})

_EVENT: Mapping[str, Any] = {name: Event._field_defaults.get(name, MISSING) for name in Event._fields}
_ENTRY: Mapping[str, Any] = {field.name: field.default for field in fields(Entry)}
_ALWAYS = frozenset({"state", "token"})
"""What conditions ask for."""

ENTRY_ATTRIBUTES = frozenset({*_ENTRY, "shard", EXPIRES})
"""What an entry may have beside its key and its mark."""

_SMALLEST, _LARGEST = 1e-128, 1e125
"""Between these, DynamoDB keeps a number as it is written."""


def attribute(value: object) -> Item:
    """Write a value. A number is written out, never counted with, so that it comes back as the same float."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, float) and value and not _SMALLEST < abs(value) < _LARGEST:
        return {"S": repr(value)}  # also nan and infinity, for which it has no number
    return {"N": repr(value)}


def _value(name: str, given: Item) -> Any:
    (written,) = given.values()
    return float(written) if name in _FLOATS else int(written) if name in _INTEGERS else written


def _packed(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> Item:
    told = {name: value for name, value in values.items() if name in _ALWAYS or value != defaults[name]}
    return {name: attribute(value) for name, value in told.items()}


def _unpacked(item: Item, names: Iterable[str]) -> dict[str, Any]:
    return {name: _value(name, item[name]) for name in names if name in item}


def event_item(person: str, event: Event, days: float) -> Item:
    """Write an event, which expires so many days after it happened unless it is one that lasts."""
    item = _packed(event._asdict(), _EVENT)
    if event.kind not in LASTING and abs(event.at) < FOREVER:
        item[EXPIRES] = attribute(int(event.at + days * DAY))
    return item | event_key(person, event.id)


def event_of(item: Item) -> Event:
    """Read an event."""
    return Event(**_unpacked(item, _EVENT))


def entry_item(entry: Entry, days: float) -> Item:
    """Write an entry. One that is finished expires so many days later; one that is not never does."""
    item = _packed({name: getattr(entry, name) for name in _ENTRY}, _ENTRY)
    if entry.finished:
        item[EXPIRES] = attribute(int(entry.changed + days * DAY))
    else:
        item |= {"shard": attribute(shard_of(entry.key)), "due": attribute(entry.due)}
    return item | entry_key(entry.person, entry.key)


def entry_of(item: Item) -> Entry:
    """Read an entry."""
    values = _unpacked(item, _ENTRY)
    return Entry(**{**values, "state": State(values["state"])})


def profile_of(item: Item, events: Iterable[Event]) -> Profile:
    """Read a profile."""
    attributes = {name: given["S"] for name, given in item["attributes"]["M"].items()}
    ordered = tuple(sorted(events, key=lambda event: (event.at, event.id)))
    return Profile(item["person"]["S"], attributes, ordered, item["known"]["BOOL"])


def attributes_item(attributes: Mapping[str, str]) -> Item:
    """Write the attributes of a person."""
    return {"M": {name: text(value) for name, value in attributes.items()}}
