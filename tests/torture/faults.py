"""Places at which a worker is killed, and stores that go away, or do not do what they must."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sendgate.errors import StoreError
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

STEPS = ("load", "reserve", "arm", "confirm")
"""Where the store may be gone."""


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


def step_of(after: Entry) -> str:
    """Name the step that swaps an entry for another."""
    return {State.SENDING: "arm", State.SENT: "confirm"}.get(after.state, "swap")


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
        return self._passed(step_of(after), lambda: super(TrappedStore, self).swap(before, after, permitted=permitted))

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


@dataclass
class Absence:
    """Lets the store be gone when a step is taken for the n-th time, for so many calls of whatever kind."""

    step: str
    passes: int
    calls: int

    def passing(self, step: str) -> None:
        """Take a step; raises StoreError while the store is gone."""
        if step == self.step:
            self.passes -= 1
        if self.passes <= 0 and self.calls:
            self.calls -= 1
            raise StoreError("the store is away")


class AbsentStore(SqliteStore):
    """A SQLite store that goes away, and comes back."""

    absence: Absence

    def load(self, person: str) -> Any:
        self.absence.passing("load")
        return super().load(person)

    def entry(self, key: str) -> Any:
        self.absence.passing("entry")
        return super().entry(key)

    def enter(self, entry: Entry, *, seen: int, over: Entry | None = None) -> bool:
        self.absence.passing("reserve")
        return super().enter(entry, seen=seen, over=over)

    def swap(self, before: Entry, after: Entry, *, permitted: bool = False) -> bool:
        self.absence.passing(step_of(after))
        return super().swap(before, after, permitted=permitted)


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
