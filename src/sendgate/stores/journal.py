"""Answers of a provider that could not be written to the store, kept in a file beside it until it is back."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from sendgate.errors import StoreError
from sendgate.model.ledger import Entry, State


class FileJournal:
    """A file with one entry a line, each synced to the disk before the next step. It is not there when it is empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def append(self, entry: Entry) -> None:
        """Write down durably what an entry has become. Raises StoreError where that cannot be done either."""
        line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
        try:
            with self._lock, self._path.open("a", encoding="utf-8") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(f"`{self._path}`: {error.strerror}") from error

    def replay(self, apply: Callable[[Entry], object]) -> int:
        """Give each entry to ``apply``, then remove the file; tells how many there were.

        Where ``apply`` raises, the file stays. A last line that was cut off by a crash is skipped: its message stands
        in the store as in doubt. Raises StoreError where another line cannot be read.
        """
        if not self._path.exists():
            return 0
        lines = self._path.read_text(encoding="utf-8").split("\n")
        entries = [self._entry(number, line) for number, line in enumerate(lines[:-1], 1)]
        for entry in entries:
            apply(entry)
        self._path.unlink()
        return len(entries)

    def _entry(self, number: int, line: str) -> Entry:
        try:
            values = json.loads(line)
            return Entry(**{**values, "state": State(values["state"])})
        except (ValueError, TypeError, KeyError) as error:
            raise StoreError(f"`{self._path}`, line {number}: this is no entry of a journal") from error
