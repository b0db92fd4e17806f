"""From files into a store: who people are, and what happened to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from sendgate.ports import Happening, ProfileStore

if TYPE_CHECKING:
    from sendgate.audience.run import Run
    from sendgate.model.people import Profile

T = TypeVar("T")

Told = Callable[[str, int, int], None]
"""Is told what is being written, how much of it is done, and how much there is."""

_AT_ONCE = 5_000
"""How much is written in one transaction."""


@dataclass
class Imported:
    """What an import has written."""

    people: int = 0
    forgotten: int = 0
    """People who are left out because they asked to be forgotten."""
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
        written = store.remember(batch)
        done.people += written
        if written < len(batch):
            done.forgotten += _forget_again(store, batch)
        told("writing people", done.people + done.forgotten, total)


def _forget_again(store: ProfileStore, batch: Iterable[Profile]) -> int:
    """Forget those who were left out under the id that they have now: they may have come back with another."""
    left_out = [profile.person for profile in batch if not store.load(profile.person).profile.known]
    for person in left_out:
        store.forget(person)
    return len(left_out)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    stream = iter(items)
    while batch := list(islice(stream, _AT_ONCE)):
        yield batch
