"""From files into a store: who people are, and what happened to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from sendgate.audience.progress import Told
from sendgate.ports import Happening, ProfileStore

if TYPE_CHECKING:
    from sendgate.audience.run import Run

T = TypeVar("T")

_AT_ONCE = 5_000
"""How much is written in one transaction."""


@dataclass
class Imported:
    """What an import has written."""

    people: int = 0
    forgotten: int = 0
    """Rows of people who are left out because they, or whoever had their address, asked to be forgotten."""
    unchanged: list[str] = field(default_factory=list)
    """Those of them whom the store knows, and keeps as they were: an address is somebody's who was forgotten."""
    events: int = 0
    """Events that were new."""
    passed_over: int = 0
    """Events that were there already, or are of people who are left out."""


def import_run(store: ProfileStore, run: Run, told: Told) -> Imported:
    """Write everything that a run has read. Raises StoreError; what was written until then stays.

    Events come first: without them an address could be written to that left long ago. Done again, it writes the same
    people and no event twice, so an import that was interrupted is simply begun again.
    """
    done = Imported()
    _import_events(store, run, told, done)
    _import_people(store, run, told, done)
    return done


def _import_events(store: ProfileStore, run: Run, told: Told, done: Imported) -> None:
    total = sum(file.accepted for file in run.account.of("events")) - run.account.repeated_ids
    happenings = (Happening(person, event) for person, events in run.histories() for event in events)
    for batch in _batches(happenings):
        new = store.record(batch)
        done.events += new
        done.passed_over += len(batch) - new
        told("writing events", done.events + done.passed_over, total)


def _import_people(store: ProfileStore, run: Run, told: Told, done: Imported) -> None:
    total = sum(file.accepted for file in run.account.of("people"))
    for batch in _batches(run.everybody()):
        left_out = store.remember(batch)
        done.people += len(batch) - len(left_out)
        done.forgotten += len(left_out)
        done.unchanged += _forget_again(store, left_out)
        told("writing people", done.people + done.forgotten, total)


def _forget_again(store: ProfileStore, left_out: Iterable[str]) -> Iterator[str]:
    """Forget who was left out under the id that they have now: they may have come back with another.

    Gives those who are known, and are not forgotten only because somebody says that they have such an address.
    """
    for person in dict.fromkeys(left_out):
        if store.load(person).profile.known:
            yield person
        else:
            store.forget(person)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    stream = iter(items)
    while batch := list(islice(stream, _AT_ONCE)):
        yield batch
