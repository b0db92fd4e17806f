"""How fast, and how much in a day: what a provider allows, kept on our side."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sendgate.model.campaigns import Channel
from sendgate.ports import Answer, Arm, Parcel, Provider, Receipt


class Limited:
    """A provider that is asked at most so often, and at most so many times.

    ``rate``: messages a second, evenly spaced; 0 is as fast as it goes. ``left``: how many more may be sent; None is no
    limit. A message that the provider certainly did not send does not count.
    """

    def __init__(
        self,
        provider: Provider,
        clock: Callable[[], float],
        pause: Callable[[float], None],
        *,
        rate: float = 0.0,
        left: int | None = None,
    ) -> None:
        self._provider = provider
        self._clock = clock
        self._pause = pause
        self._interval = 1 / rate if rate else 0.0
        self._next = 0.0
        self._left = left
        self._lock = threading.Lock()

    @property
    def channels(self) -> frozenset[Channel]:
        """What the provider carries."""
        return self._provider.channels

    def send(self, parcel: Parcel, arm: Arm) -> Receipt:
        """Wait for a turn, and send; STOPPED, with nothing sent, where the quota is used up."""
        if not self._taken():
            return Receipt(Answer.STOPPED, detail="the daily quota is used up")
        self._pause(self._turn())
        armed = False

        def noted() -> None:
            nonlocal armed
            arm()
            armed = True

        try:
            receipt = self._provider.send(parcel, noted)
        except BaseException:
            if not armed:  # so it was not sent
                self._give_back()
            raise
        if receipt.answer not in {Answer.ACCEPTED, Answer.UNKNOWN}:
            self._give_back()
        return receipt

    def close(self) -> None:
        """Let go of connections."""
        self._provider.close()

    def _taken(self) -> bool:
        with self._lock:
            if self._left is None:
                return True
            self._left -= 1
            return self._left >= 0

    def _give_back(self) -> None:
        with self._lock:
            if self._left is not None:
                self._left += 1

    def _turn(self) -> float:
        """Take the next turn, and tell how long it is until then."""
        with self._lock:
            now = self._clock()
            turn = max(self._next, now)
            self._next = turn + self._interval
            return turn - now
