"""When a run of many messages ends early, and how many of them are in work at a time."""

from __future__ import annotations

import math
from collections.abc import Callable

from sendgate.errors import SendgateError, StoppedError, StoreError
from sendgate.pipeline.running import Done
from sendgate.wiring.house import House

WORKERS = 32
"""Waiting for a provider and for the disk is shared by so many."""


class Halt:
    """Says when nothing new is to be begun: somebody said stop, or every other message would fare alike."""

    def __init__(self, asked: Callable[[], bool]) -> None:
        self._asked = asked
        self.error: SendgateError | None = None
        """What put an end to the run: the store is away, or the provider takes nothing more."""

    def __call__(self) -> bool:
        """Tell whether to stop."""
        return self.error is not None or self._asked()

    def note(self, done: Done) -> None:
        """Look whether an error concerns all messages."""
        if isinstance(done.error, StoppedError | StoreError) and self.error is None:
            self.error = done.error


def workers_for(house: House, wanted: int | None) -> int:
    """Give how many messages are in work at a time; who waits for a turn must not wait out a lease."""
    rate = house.policy.sending.rate
    return wanted or (min(WORKERS, max(1, math.ceil(2 * rate))) if rate else WORKERS)
