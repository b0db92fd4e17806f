"""Ctrl-C: the first one finishes what is under way, the second one leaves at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from sendgate.doors.cli.failing import INTERRUPTED

_FIRST = b"\nfinishing what is under way; Ctrl-C again leaves at once, and the ledger knows\n"


class Stop:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> bool:
        """Tell."""
        return self.asked

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Note it; the second time, leave. Nothing but a plain write is safe in here."""
        if self.asked:
            os._exit(INTERRUPTED)
        self.asked = True
        os.write(2, _FIRST)


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Catch Ctrl-C, and SIGTERM as service managers send it, for as long as the ``with`` block lasts."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, stop.on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
