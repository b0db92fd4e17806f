"""Answers of a provider that could not be written to the store, kept in a file beside it until it is back.

Processes share the file without a lock. Whoever replays it first renames it to a name of their own; whoever appends
looks afterwards whether the file was still there, and else appends again, to the next one. So an answer may be written
down twice, which changes nothing, and is never lost, wherever a process is killed.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from glob import escape
from pathlib import Path

from sendgate.errors import StoreError
from sendgate.model.ledger import Entry, State

TAKEN = ".taken-"
"""Follows the name of the journal in that of a file that somebody is replaying, or was when they were killed."""

UNREADABLE = ".unreadable"
"""Follows the name of the journal in that of the file of what is no entry."""

_log = logging.getLogger(__name__)


class FileJournal:
    """A file with one entry a line, each synced to the disk before the next step. It is not there when it is empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def append(self, entry: Entry) -> None:
        """Write down durably what an entry has become. Raises StoreError where that cannot be done either."""
        line = json.dumps(asdict(entry), ensure_ascii=False).encode(errors="replace")
        try:
            with self._lock:
                while not _appended(self._path, line):
                    pass
        except OSError as error:
            raise StoreError(f"`{self._path}`: {error.strerror}") from error

    def replay(self, apply: Callable[[Entry], object]) -> int:
        """Give each entry to ``apply``, then remove the file; tells how many there were.

        Where ``apply`` raises, what there is stays for the next time. A line that is no entry, such as one that was cut
        off by a crash, is set aside in a file that a warning names; its message stands in the store as in doubt.
        """
        try:
            return sum(self._replay(file, apply) for file in self._taken())
        except OSError as error:
            raise StoreError(f"`{self._path}`: {error.strerror}") from error

    def _taken(self) -> Iterator[Path]:
        """Take what others have left behind, then the journal itself, each under a name that nobody else has."""
        left = self._path.parent.glob(f"{escape(self._path.name)}{TAKEN}*")
        for path in (*sorted(left), self._path):
            if path.exists():
                descriptor, name = tempfile.mkstemp(prefix=f"{self._path.name}{TAKEN}", dir=self._path.parent)
                os.close(descriptor)
                try:
                    path.replace(name)
                except FileNotFoundError:  # somebody else was quicker, and does it
                    Path(name).unlink(missing_ok=True)
                else:
                    yield Path(name)

    def _replay(self, file: Path, apply: Callable[[Entry], object]) -> int:
        with suppress(FileNotFoundError):  # somebody else took it for left behind, and does it
            lines = [line for line in file.read_bytes().split(b"\n") if line]
            read = [(line, _entry(line)) for line in lines]
            entries = [entry for _, entry in read if entry]
            for entry in entries:
                apply(entry)
            self._set_aside([line for line, entry in read if entry is None])
            file.unlink(missing_ok=True)
            return len(entries)
        return 0

    def _set_aside(self, lines: Sequence[bytes]) -> None:
        if lines:
            aside = self._path.with_name(self._path.name + UNREADABLE)
            _appended(aside, b"\n".join(lines))
            _log.warning("`%s`: %d of its lines cannot be read: they are in `%s` now", self._path, len(lines), aside)


def _appended(path: Path, line: bytes) -> bool:
    """Append a line durably, and tell whether the file is still in its place, where it will be found."""
    with path.open("ab") as file:
        begun = file.tell() == 0
        # In front as well: the line before may have been cut off, and would take this one with it.
        file.write(b"\n" + line + b"\n")
        file.flush()
        os.fsync(file.fileno())
        written = os.fstat(file.fileno())
        if begun and os.name == "posix":
            _sync_folder(path.parent)
        try:
            return os.path.samestat(written, path.stat())
        except FileNotFoundError:
            return False


def _sync_folder(folder: Path) -> None:
    """Keep the name of a new file through the loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _entry(line: bytes) -> Entry | None:
    """Read an entry; None where a line is none."""
    try:
        values = json.loads(line)
        return Entry(**{**values, "state": State(values["state"])})
    except (ValueError, TypeError, KeyError):
        return None
