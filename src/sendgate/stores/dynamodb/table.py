"""The table, as DynamoDB is told to make it, and how its items are called.

| ``pk`` | ``sk`` | what it is |
|---|---|---|
| ``P#person`` | ``PROFILE`` | attributes and versions |
| ``P#person`` | ``E#id`` | an event |
| ``P#person`` | ``S#key`` | an entry of the ledger |
| ``A#column#address`` | ``P#person`` | an address leads to its people |
| ``F#hash`` | ``FORGOTTEN`` | somebody, or an address, that was forgotten |
| ``SCHEMA`` | ``SCHEMA`` | the version of all this |
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from zlib import crc32

from sendgate.errors import StoreError

Item = dict[str, Any]

VERSION = 1
"""Of the items' shape. A table with a newer one is refused."""

BY_KEY = "by-key"
"""The index that finds an entry by its key."""

UNFINISHED_INDEX = "unfinished"
"""The index of entries that somebody still has to look at; finished ones have no ``shard``, so are not in it."""

EXPIRES = "expires"
"""The attribute that DynamoDB deletes items by, some time after: epoch seconds."""

TABLE: Mapping[str, Any] = MappingProxyType(
    {
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": "key", "AttributeType": "S"},
            {"AttributeName": "shard", "AttributeType": "S"},
            {"AttributeName": "due", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": BY_KEY,
                "KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
            {
                "IndexName": UNFINISHED_INDEX,
                "KeySchema": [
                    {"AttributeName": "shard", "KeyType": "HASH"},
                    {"AttributeName": "due", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["state"]},
            },
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }
)
"""What ``create_table`` of boto3 is given beside the name, and what a template must say as well."""

SHARDS = tuple(map(str, range(8)))
"""Partitions of the index of unfinished entries. All in one would hold up the sends of the whole family."""

_LONG = 900
"""Bytes beyond which an event's id is hashed: a sort key has 1,024."""


def create_table(client: Any, name: str) -> None:
    """Make the table with a DynamoDB client of boto3, and wait for it. What has expired is deleted by DynamoDB."""
    client.create_table(TableName=name, **TABLE)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 2, "MaxAttempts": 60})
    expiry = {"Enabled": True, "AttributeName": EXPIRES}
    client.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)


def profile_key(person: str) -> Item:
    """Name the profile of a person."""
    return _key(f"P#{person}", "PROFILE")


def event_key(person: str, id: str) -> Item:  # noqa: A002
    """Name an event. Its time is not in the name: an id counts once, whenever it happened."""
    raw = text(id)["S"].encode()
    return _key(f"P#{person}", f"E#{id}" if len(raw) <= _LONG else f"E#{hashlib.sha256(raw).hexdigest()}")


def entry_key(person: str, key: str) -> Item:
    """Name an entry of the ledger."""
    return _key(f"P#{person}", f"S#{key}")


def address_key(column: str, address: str, person: str = "") -> Item:
    """Name the item by which an address leads to a person."""
    return _key(f"A#{column}#{address}", f"P#{person}")


def forgotten_key(hashed: str) -> Item:
    """Name the item by which somebody stays forgotten."""
    return _key(f"F#{hashed}", "FORGOTTEN")


SCHEMA_KEY: Item = {"pk": {"S": "SCHEMA"}, "sk": {"S": "SCHEMA"}}


def shard_of(key: str) -> str:
    """Spread entries evenly."""
    return SHARDS[crc32(key.encode()) % len(SHARDS)]


def text(value: str) -> Item:
    """Write a text. Raises StoreError, which does not show it, where it is none."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise StoreError("DynamoDB cannot keep text with half a character (a lone surrogate)") from None
    return {"S": str(value)}


def _key(pk: str, sk: str) -> Item:
    return {"pk": text(pk), "sk": text(sk)}
