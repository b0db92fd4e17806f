"""The store in memory keeps the contract."""

from __future__ import annotations

from contextlib import closing

import pytest

from sendgate.errors import StoreError
from sendgate.testing.memory import MemoryStore
from sendgate.testing.stores import KEYRING, StoreContract


class TestMemory(StoreContract):
    @pytest.fixture
    def store(self):
        with closing(MemoryStore(KEYRING)) as store:
            yield store


def test_a_closed_store_refuses():
    """After closing, every use says so, as with any other store."""
    store = MemoryStore(KEYRING)
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        store.load("ann")
