"""``outbox://folder``: one file for each message, for trying, for tests, and for whatever else picks up files."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import Condition, get_ident
from typing import ClassVar

from sendgate.model.campaigns import Channel
from sendgate.ports import Answer, Arm, Parcel, Receipt
from sendgate.providers.words import unfit_key

_STOPS: Mapping[int, str] = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk cannot be written to",
    errno.EACCES: "the folder may not be written to",
    errno.EPERM: "the folder does not allow what an outbox needs (links)",
    errno.ENOTSUP: "the folder does not allow what an outbox needs (links)",
    errno.ENOENT: "the folder is gone",
    errno.ENOTDIR: "the folder is a file",
    errno.EEXIST: "the folder is a file",  # from making it; that a message is there already is asked for elsewhere
}
"""What stands in the way of every other message as well."""


class Outbox:
    """Writes ``key.eml`` for an e-mail and ``key.json`` for anything else.

    A file is there whole, or not at all; one that is there survives the loss of power, and is never written over.
    """

    channels: ClassVar = frozenset(Channel)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._flush = _Flush(folder)

    def send(self, parcel: Parcel, arm: Arm) -> Receipt:
        """Write beside, arm, and put in place: what is put in place at last is the message."""
        if reason := unfit_key(parcel):
            return Receipt(Answer.REFUSED, detail=reason)
        path = self._folder / f"{parcel.key}{'.eml' if isinstance(parcel.content, bytes) else '.json'}"
        beside = self._folder / f".{parcel.key}.{os.getpid()}.{get_ident()}"
        try:
            try:
                self._write(beside, _content(parcel))
            except OSError as error:
                return _failed(error)
            arm()
            return self._put(beside, path)
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)

    def _write(self, beside: Path, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _put(self, beside: Path, path: Path) -> Receipt:
        try:
            os.link(beside, path)
        except FileExistsError:
            same = path.read_bytes() == beside.read_bytes()
            said = "it is in the outbox already" if same else "another message with its key is in the outbox"
            return Receipt(Answer.ACCEPTED if same else Answer.REFUSED, path.name if same else "", said)
        except OSError as error:
            return _failed(error)
        try:
            self._flush()
        except OSError as error:
            return Receipt(Answer.UNKNOWN, detail=f"it may not survive a loss of power: {error.strerror}")
        return Receipt(Answer.ACCEPTED, path.name)

    def erase(self, key: str) -> bool:
        """Remove the message under a key, whose person asked to be forgotten; tell whether it was there."""
        paths = [*self._folder.glob(f"{key}.*"), *self._folder.glob(f".{key}.*")]  # a killed process may leave a draft
        for path in paths:
            path.unlink(missing_ok=True)
        return bool(paths)

    def close(self) -> None:
        """Nothing is held open."""

    def __repr__(self) -> str:
        return f"Outbox({str(self._folder)!r})"


def _content(parcel: Parcel) -> bytes:
    if isinstance(parcel.content, bytes):
        return parcel.content
    message = {
        "key": parcel.key,
        "campaign": parcel.campaign,
        "channel": parcel.channel.value,
        "sender": parcel.sender,
        "recipient": parcel.recipient,
        **asdict(parcel.content),
    }
    return json.dumps(message, ensure_ascii=False, indent=1).encode() + b"\n"


def _failed(error: OSError) -> Receipt:
    if reason := _STOPS.get(error.errno or 0):
        return Receipt(Answer.STOPPED, detail=reason)
    return Receipt(Answer.NOT_SENT, detail=f"the file cannot be written: {error.strerror}")


class _Flush:
    """Makes the names in a folder durable, once for all threads that wait for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changed = Condition()
        self._begun = self._done = 0
        self._running = False

    def __call__(self) -> None:
        """Return when everything that was put in the folder before the call is durable. Raises OSError."""
        with self._changed:
            mine = self._begun + 1  # one that is running now may have begun too early
            while self._done < mine:
                if self._running:
                    self._changed.wait()
                else:
                    self._run()

    def _run(self) -> None:
        self._running, self._begun = True, self._begun + 1
        self._changed.release()
        try:
            _sync(self._folder)
        finally:
            self._changed.acquire()
            self._running = False
            self._changed.notify_all()
        self._done = self._begun


def _sync(folder: Path) -> None:
    if os.name == "nt":
        return  # a folder cannot be opened there, and NTFS keeps a journal of names
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
