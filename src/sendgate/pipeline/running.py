"""Sending to many: a stream of requests, some at a time, until it ends or somebody says stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import NamedTuple

from sendgate.errors import SendgateError
from sendgate.model.requests import Request
from sendgate.pipeline.sending import Sent


class Done(NamedTuple):
    """What became of one request."""

    request: Request
    sent: Sent | None
    error: SendgateError | None = None
    """Why it was left as it is; the next run takes it up again."""


def send_all(
    send: Callable[[Request], Sent], requests: Iterable[Request], *, workers: int, stopped: Callable[[], bool]
) -> Iterator[Done]:
    """Send in threads, and give each result as it comes.

    Once ``stopped`` says so nothing new is begun; what is under way is finished, and given. Requests are taken from the
    stream as workers become free, so that it may be longer than memory. An error that is not one of ours is raised,
    after what is under way.
    """
    waiting = iter(requests)
    with ThreadPoolExecutor(workers, thread_name_prefix="send") as pool:
        running: set[Future[Done]] = set()
        while True:
            if not stopped():
                running.update(pool.submit(_attempt, send, one) for one in islice(waiting, 2 * workers - len(running)))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


def _attempt(send: Callable[[Request], Sent], request: Request) -> Done:
    try:
        return Done(request, send(request))
    except SendgateError as error:
        return Done(request, None, error)
