"""What must be so after any run, whatever happened in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing

from sendgate.model.ledger import Entry, State
from sendgate.model.requests import Request
from tests.torture.house import CAP, Opened, Sink, key

SETTLED = {State.SENT, State.SENDING, State.UNKNOWN}


def violations(opened: Opened, sink: Sink, asked: Iterable[Request]) -> list[str]:
    """Check the five invariants, and say in words what does not hold."""
    wanted = {key(request): request for request in asked}
    taken = Counter(sink.keys())
    with closing(opened()) as store:
        entries = {name: entry for name in wanted if (entry := store.entry(name)) is not None}
    return [
        *(f"{name} was sent {times} times" for name, times in taken.items() if times > 1),
        *(f"{name} is sent, and never was" for name in _in(entries, {State.SENT}) if name not in taken),
        *(f"{name} was sent, and is {_state(entries, name)}" for name in taken if name not in _in(entries, SETTLED)),
        *_over("ledger", Counter(entry.person for entry in entries.values() if entry.counted)),
        *_over("sink", Counter(wanted[name].person for name in taken)),
        *(f"{name} was asked for, and nobody knows of it" for name in wanted if name not in entries),
    ]


def _in(entries: Mapping[str, Entry], states: set[State]) -> list[str]:
    return [name for name, entry in entries.items() if entry.state in states]


def _state(entries: Mapping[str, Entry], name: str) -> str:
    return str(entries[name].state) if name in entries else "not in the ledger"


def _over(where: str, counts: Counter[str]) -> list[str]:
    return [f"{person} has {n} messages in the {where}, over {CAP}" for person, n in counts.items() if n > CAP]
