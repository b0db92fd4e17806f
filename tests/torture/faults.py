"""Places at which a worker is killed, and a store that does not do what it must."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sendgate.model.ledger import Entry, State
from sendgate.ports import Answer, Arm, Parcel, Receipt
from sendgate.stores.relational import Cursor
from sendgate.stores.sqlite import SqliteStore
from tests.torture.house import Sink

T = TypeVar("T")

POINTS = (
    "before-load", "after-load", "before-reserve", "in-reserve", "after-reserve", "before-arm", "in-arm", "after-arm",
    "after-send", "before-confirm", "in-confirm", "after-confirm",
)  # fmt: skip
"""Where a kill may hit, in the order of a message's way. ``in-…``: written, and not yet committed."""


def die() -> None:
    """End this process as a power cut does: nothing is flushed, closed or told."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Trap:
    """Kills when a point is passed for the n-th time."""

    point: str
    passes: int

    def passing(self, point: str) -> None:
        """Pass a point."""
        if point == self.point:
            self.passes -= 1
            if self.passes <= 0:
                die()


class TrappedStore(SqliteStore):
    """A SQLite store with a trap around and inside of each step."""

    trap: Trap
    _step = ""

    def load(self, person: str) -> Any:
        self.trap.passing("before-load")
        known = super().load(person)
        self.trap.passing("after-load")
        return known

    def enter(self, entry: Entry, *, seen: int, over: Entry | None = None) -> bool:
        return self._passed("reserve", lambda: super(TrappedStore, self).enter(entry, seen=seen, over=over))

    def swap(self, before: Entry, after: Entry, *, permitted: bool = False) -> bool:
        step = {State.SENDING: "arm", State.SENT: "confirm"}.get(after.state, "swap")
        return self._passed(step, lambda: super(TrappedStore, self).swap(before, after, permitted=permitted))

    def _passed(self, step: str, work: Callable[[], T]) -> T:
        self.trap.passing(f"before-{step}")
        self._step = step
        done = work()
        self.trap.passing(f"after-{step}")
        return done

    def _write(self, work: Callable[[Cursor], T]) -> T:
        def trapped(cursor: Cursor) -> T:
            done = work(cursor)
            self.trap.passing(f"in-{self._step}")
            return done

        return super()._write(trapped)


@dataclass(frozen=True)
class TrappedSink(Sink):
    """A sink with a trap between taking a message and saying so."""

    trap: Trap | None = None

    def send(self, parcel: Parcel, arm: Arm) -> Receipt:
        arm()
        self.taken(parcel.key)
        if self.trap:
            self.trap.passing("after-send")
        return Receipt(Answer.ACCEPTED, parcel.key)


class NaiveStore(SqliteStore):
    """What others do: count, then send, then record. It takes every entry, whatever has happened since it was read."""

    def _enter(self, cursor: Cursor, entry: Entry, seen: int, over: Entry | None) -> None:
        known = self._load(cursor, entry.person)
        super()._enter(cursor, entry, known.version, known.entries.get(entry.key))
