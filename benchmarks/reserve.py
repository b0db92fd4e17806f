"""Reserving alone: eight processes enter messages into one store, each about its own people, then all about the same.

Every reservation is one durable transaction. Where all want the same people, whoever decided on a version that was
overtaken decides again; of each version there must be one winner.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.claims import Figure
from sendgate.ports import Store
from sendgate.stores.sqlite import SqliteStore
from sendgate.testing import postgres_server
from sendgate.testing.stores import KEYRING, an_entry

PROCESSES = 8
EACH = 400
"""Messages that each process enters."""

SHARED = 50
"""People whom all processes want, where they want the same."""

Opened = Callable[[], Store]


def run(_data: Path, _people: int, runs: int) -> list[Figure]:
    """Measure each store there is; a store is new for each run."""
    figures = []
    for name, stores in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        measured = []
        for number in range(runs):
            with stores(number) as opened:
                if opened is not None:
                    measured.append((_rate(opened, _apart), _rate(opened, _together), _over(opened)))
        if measured:
            apart, together, over = zip(*measured, strict=True)
            figures += [
                Figure(f"{name}: reservations by {PROCESSES} processes, of their own people", max(apart), "/s"),
                Figure(f"{name}: the same, all of the same {SHARED} people", max(together), "/s"),
                Figure(f"{name}: reservations beyond one for each version", max(over), "", at_most=0),
            ]
    return figures


@contextmanager
def _sqlite(_: int) -> Iterator[Opened]:
    with tempfile.TemporaryDirectory() as folder:
        yield partial(SqliteStore, Path(folder) / "sendgate.db", KEYRING)


@contextmanager
def _postgres(_: int) -> Iterator[Opened | None]:
    if postgres_server.programs() is None:
        yield None
        return
    from sendgate.stores.postgres import PostgresStore

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        with postgres_server.running(folder) as url:
            yield partial(PostgresStore, url, KEYRING)


def _rate(opened: Opened, work: Callable[[Store, int], int]) -> float:
    """Let all processes work at once, and give how many reservations a second they made together."""
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(PROCESSES + 1), context.SimpleQueue()
    processes = [context.Process(target=_process, args=(opened, work, n, start, answers)) for n in range(PROCESSES)]
    for process in processes:
        process.start()
    start.wait(60)
    started = perf_counter()
    made = sum(answers.get() for _ in processes)
    seconds = perf_counter() - started
    for process in processes:
        process.join(60)
    return made / seconds


def _process(opened: Opened, work: Callable[[Store, int], int], number: int, start: Any, answers: Any) -> None:
    with closing(opened()) as store:
        start.wait(60)
        answers.put(work(store, number))


def _apart(store: Store, number: int) -> int:
    return sum(store.enter(an_entry(f"own-{number}-{n}"), seen=0) for n in range(EACH))


def _together(store: Store, number: int) -> int:
    made = 0
    for n in range(EACH):
        person, won = f"shared-{n % SHARED}", False
        while not won:
            won = store.enter(an_entry(person, f"{number}-{n}"), seen=store.load(person).version)
        made += won
    return made


def _over(opened: Opened) -> int:
    """Count what is in the ledger beyond one entry for each version of a person, or missing from it."""
    with closing(opened()) as store:
        known = [store.load(f"shared-{n}") for n in range(SHARED)]
    assert sum(len(one.entries) for one in known) == PROCESSES * EACH, "a reservation was lost"
    return sum(abs(len(one.entries) - one.version) for one in known)
