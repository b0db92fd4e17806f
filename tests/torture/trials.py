"""What is done to the house: many at once, kills at every step, a store that goes away, a queue that repeats itself."""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from sendgate.errors import BusyError, StoreError
from sendgate.model.ledger import State
from sendgate.model.requests import Request
from sendgate.model.times import HOUR
from sendgate.pipeline.recovery import replay, retry, settle, sweep
from sendgate.stores.journal import FileJournal
from sendgate.testing.stores import NOW
from tests.torture.faults import Absence, AbsentStore, NaiveStore, Trap, TrappedSink, TrappedStore
from tests.torture.house import CAMPAIGNS, CAP, Opened, Sink, key, populate, requests, sending, sqlite
from tests.torture.invariants import violations

Found = dict[str, Any]
_FORK = multiprocessing.get_context("fork")
"""Children start at once, with everything loaded; no store is open when they do."""

_BATCH = 50
"""Kills for each store, so that opening it stays quick."""


def caps(folder: Path, *, processes: int, decisions: int, opened: Opened | None = None) -> Found:
    """Ask in all processes for all campaigns to the same people, each in an order of its own."""
    people = range(max(1, decisions // (processes * len(CAMPAIGNS))))
    opened, sink = opened or sqlite(folder), Sink(folder / "sink")
    populate(opened, people)
    _together([(_ask_in_disorder, (opened, sink, people, seed)) for seed in range(processes)])
    return _judged(opened, sink, requests(people), decisions=len(requests(people)) * processes)


def naive(folder: Path, *, processes: int, decisions: int) -> Found:
    """The same with a store that counts, then writes: the invariants must catch it."""
    return caps(folder, processes=processes, decisions=decisions, opened=sqlite(folder, NaiveStore))


def queue(folder: Path, *, processes: int, messages: int, opened: Opened | None = None) -> Found:
    """Deliver every message three times, in disorder, to several workers at once."""
    people = range(max(1, messages // len(CAMPAIGNS)))
    opened, sink = opened or sqlite(folder), Sink(folder / "sink")
    populate(opened, people)
    chance = random.Random(7)
    deliveries = requests(people) * 3
    chance.shuffle(deliveries)
    shares = [deliveries[place::processes] for place in range(processes)]
    _together([(_ask, (opened, sink, share)) for share in shares])
    return _judged(opened, sink, requests(people), deliveries=len(deliveries))


def kills(folder: Path, *, point: str, times: int) -> Found:
    """Kill a worker at a point, again and again; let the next one go on, settle what is in doubt, and look."""
    chance = random.Random(point)
    total: Found = {"kills": 0, "in doubt": 0, "of these sent": 0, "violations": []}
    return {"point": point, **_added_up(folder, times, total, lambda place, n: _killed(place, point, n, chance))}


def _added_up(folder: Path, times: int, total: Found, trial: Callable[[Path, int], Found]) -> Found:
    """Try something so many times, some in each store, and add up what was found."""
    for start in range(0, times, _BATCH):
        place = folder / f"from-{start}"
        place.mkdir()
        found = trial(place, min(_BATCH, times - start))
        total = {name: total[name] + found[name] for name in total}
    return total


def _killed(folder: Path, point: str, times: int, chance: random.Random) -> Found:
    opened, sink = sqlite(folder), Sink(folder / "sink")
    people = range(times)
    populate(opened, people)
    died = 0
    for number in people:
        asked = requests(range(number, number + 1))
        chance.shuffle(asked)
        trap = Trap(point, chance.randint(1, CAP))
        died += _together([(_ask_trapped, (folder, sink, asked, trap))]) == [-9]
        assert _together([(_ask, (opened, sink, asked, NOW + HOUR))]) == [0]
    wanted = requests(people)
    problems = violations(opened, sink, wanted)
    doubtful, sent = _settled(opened, sink)
    _together([(_ask, (opened, sink, wanted, NOW + 2 * HOUR))])
    problems += violations(opened, sink, wanted) + _lost(opened, wanted)
    return {"kills": died, "in doubt": doubtful, "of these sent": sent, "violations": problems}


def away(folder: Path, *, step: str, times: int) -> Found:
    """Let the store go away at a step, shortly or for good; when it is back the next run does the rest."""
    chance = random.Random(step)
    total: Found = {"gone": 0, "in journal": 0, "in doubt": 0, "violations": []}
    return {"step": step, **_added_up(folder, times, total, lambda place, n: _gone(place, step, n, chance))}


def _gone(folder: Path, step: str, times: int, chance: random.Random) -> Found:
    opened, sink, journal = sqlite(folder), Sink(folder / "sink"), FileJournal(folder / "journal")
    people = range(times)
    populate(opened, people)
    gone = kept = 0
    for number in people:
        asked = requests(range(number, number + 1))
        chance.shuffle(asked)
        absence = Absence(step, chance.randint(1, CAP), chance.choice([1, 2, 1_000]))
        gone += _asked_in_vain(folder, sink, asked, absence, journal)
        with closing(opened()) as store:
            kept += journal.replay(partial(replay, store))
        _ask(opened, sink, asked, NOW + HOUR)
    wanted = requests(people)
    problems = violations(opened, sink, wanted) + _lost(opened, wanted)
    doubtful, _ = _settled(opened, sink)
    return {"gone": gone, "in journal": kept, "in doubt": doubtful, "violations": problems}


def _asked_in_vain(folder: Path, sink: Sink, asked: list[Request], absence: Absence, journal: FileJournal) -> bool:
    """Ask until the store is gone, as a run does, and tell whether it was."""

    class Store(AbsentStore):
        pass

    Store.absence = absence
    with sending(sqlite(folder, Store), sink, journal=journal) as send:
        try:
            for request in asked:
                send(request)
        except StoreError:
            return True
    return False


def _settled(opened: Opened, sink: Sink) -> tuple[int, int]:
    """Settle what is in doubt by what the provider's log says, and have what was not sent tried again."""
    taken = set(sink.keys())
    with closing(opened()) as store:
        sweep(store, NOW + 2 * HOUR)
        doubtful = store.unfinished([State.UNKNOWN], NOW + 2 * HOUR)
        for entry in doubtful:
            settle(store, entry.key, sent=entry.key in taken, now=NOW + 2 * HOUR)
            if entry.key not in taken:
                retry(store, entry.key, NOW + 2 * HOUR)
    return len(doubtful), sum(entry.key in taken for entry in doubtful)


def _lost(opened: Opened, wanted: list[Request]) -> list[str]:
    """Name people who did not get as many messages as the cap allows."""
    with closing(opened()) as store:
        sent = Counter(r.person for r in wanted if (e := store.entry(key(r))) and e.state is State.SENT)
    return [f"{p} got {sent[p]} messages, not {CAP}" for p in {r.person for r in wanted} if sent[p] != CAP]


def _judged(opened: Opened, sink: Sink, asked: list[Request], **figures: int) -> Found:
    with closing(opened()) as store:
        states = {str(state): n for state, n in sorted(store.counts().items())}
    return {**figures, **states, "violations": violations(opened, sink, asked)}


# In a process of its own ------------------------------------------------------------------------------------------


def _together(works: list[tuple[Callable[..., None], tuple[Any, ...]]]) -> list[int | None]:
    """Run each work in a process, all at once, and give how they ended."""
    running = [_FORK.Process(target=work, args=arguments) for work, arguments in works]
    for process in running:
        process.start()
    for process in running:
        process.join()
    return [process.exitcode for process in running]


def _ask_in_disorder(opened: Opened, sink: Sink, people: range, seed: int) -> None:
    """Ask person by person, as the others do, but for the campaigns in another order: everybody meets all the time."""
    chance = random.Random(seed)
    asked = []
    for number in people:
        mine = requests(range(number, number + 1))
        chance.shuffle(mine)
        asked += mine
    _ask(opened, sink, asked)


def _ask(opened: Opened, sink: Sink, asked: list[Request], now: float = NOW) -> None:
    """Ask for each message; for those that another worker has, again in the end, until all are done."""
    with sending(opened, sink, now) as send:
        for _ in range(20):
            asked = [request for request in asked if not _tried(send, request)]
            if not asked:
                return
    raise AssertionError(f"{len(asked)} messages are left")


def _tried(send: Any, request: Request) -> bool:
    try:
        send(request)
    except BusyError:
        return False
    return True


def _ask_trapped(folder: Path, sink: Sink, asked: list[Request], trap: Trap) -> None:
    class Store(TrappedStore):
        pass

    Store.trap = trap
    with sending(sqlite(folder, Store), TrappedSink(sink.path, trap)) as send:
        for request in asked:
            _tried(send, request)
