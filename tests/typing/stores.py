"""Stores are what ports says: mypy compares every signature."""

from __future__ import annotations

from pathlib import Path

from sendgate.ports import Store
from sendgate.stores.dynamodb import DynamoStore, maker
from sendgate.stores.postgres import PostgresStore
from sendgate.stores.sqlite import SqliteStore
from sendgate.testing.memory import MemoryStore
from sendgate.testing.stores import KEYRING


def stores(folder: Path) -> list[Store]:
    """Open one of each."""
    return [
        SqliteStore(folder / "sendgate.db", KEYRING),
        PostgresStore("postgresql://host/database", KEYRING, schema="sendgate"),
        DynamoStore("table", KEYRING, maker("eu-central-1"), days=400),
        MemoryStore(KEYRING),
    ]
