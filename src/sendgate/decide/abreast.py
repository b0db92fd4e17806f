"""Parties that walk side by side, in processes of their own: a walk is plain Python, which keeps one core busy.

What goes to a process and comes back is plain values. Processes are started afresh and not forked: DuckDB has threads.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from sendgate.decide.calendar import Calendar
from sendgate.decide.parties import Guide, Party, Walked
from sendgate.errors import InputError
from sendgate.model.categories import Assortment

Walking = Callable[[Iterable[Party]], Iterator[Walked]]
"""Lets parties walk and gives what they came to, in order. Parties are asked for as they set off."""


@contextmanager
def walking(calendar: Calendar, most: int, *, best: bool, processes: int) -> Iterator[Walking]:
    """Let parties walk in so many processes; in this one if that is enough, or if a gate cannot be sent to another.

    Raises InputError where a process ends before its work is done.
    """
    sent = _packed((calendar, most, best)) if processes > 1 else None
    if sent is None:
        guide = Guide(calendar, most, best=best)
        yield lambda parties: map(guide, parties)
        return
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _begin, (sent,))
    try:
        yield lambda parties: _side_by_side(pool, parties, 2 * processes)
    except BrokenProcessPool as error:
        raise InputError("a process that decides about people ended early: memory may be short") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _side_by_side(pool: ProcessPoolExecutor, parties: Iterable[Party], most: int) -> Iterator[Walked]:
    """Have no more parties on their way at a time than keep everybody busy: each takes room."""
    away: deque[Future[Walked]] = deque()
    for party in parties:
        away.append(pool.submit(_walk, party))
        if len(away) >= most:
            yield away.popleft().result()
    while away:
        yield away.popleft().result()


_guides: list[Guide] = []
"""The one of this process, where it is one that was started for walks."""


def _begin(sent: bytes) -> None:
    """Make a process ready. It ends with the one that started it, and leaves it to that one to be interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    calendar, most, best = pickle.loads(sent)  # noqa: S301  this very program wrote it
    _guides.append(Guide(calendar, most, best=best))


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _walk(party: Party) -> Walked:
    return _guides[0](party)


class _Pickler(pickle.Pickler):
    """Writes settings, also those that do not pickle by themselves."""

    def reducer_override(self, value: Any) -> Any:
        """Say how to make a value again."""
        if isinstance(value, MappingProxyType):
            return _unchanging, (dict(value),)
        if isinstance(value, Assortment):  # it may remember answers, in a function of its own
            return Assortment, (value.categories, value.products)
        return NotImplemented


def _unchanging(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


def _packed(value: object) -> bytes | None:
    """Write a value; None where some gate of somebody's own cannot be written."""
    file = io.BytesIO()
    try:
        _Pickler(file).dump(value)
    except (pickle.PicklingError, TypeError, AttributeError):
        return None
    return file.getvalue()
