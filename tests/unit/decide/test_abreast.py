"""Parties that walk in processes of their own, and what may go wrong with these."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from sendgate.decide.abreast import walking
from sendgate.decide.calendar import Calendar, Entry
from sendgate.decide.parties import Party
from sendgate.decide.plan import Plan
from sendgate.decide.recall import Recall
from sendgate.decide.residue import Residue
from sendgate.errors import InputError
from sendgate.gate import Gate
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.times import DAY
from tests.unit.decide import simple

NOW = 1_000_000_000.0
PEOPLE = 6


def calendar(*more: Gate) -> Calendar:
    """Give two campaigns of which only one can be sent in time: the second is worth more."""
    policy = simple.policy(frequency={"caps": [{"limit": 1, "per": "7d", "within": "family"}]})
    policy = replace(policy, gates=(*policy.gates, *more))
    plans = [Plan(policy, simple.campaign(name)) for name in ("first", "second")]
    entries = (Entry(plan, NOW + DAY * i, value=1.0 + i) for i, plan in enumerate(plans))
    return Calendar(tuple(entries), NOW + 5 * DAY)


def parties(several: Calendar) -> Iterator[Party]:
    """Give people one by one; every other was sent something three days ago, so that the first campaign waits."""
    recalls = [Recall(Residue(several, i)) for i in range(2)]
    for number in range(PEOPLE):
        events = [Event("subscribed", NOW - 9 * DAY), *[Event("viewed", NOW - DAY, category="home/bedding")] * 3]
        if number % 2:
            events.append(Event("sent", NOW - 3 * DAY, campaign="another", purpose="promotional"))
        log = tuple(sorted(events, key=lambda event: event.at))
        person = Profile(f"person-{number}", {"email": "ann@x.example"}, log)
        known = {(i, entry.at): recalls[i](person, entry.at) for i, entry in enumerate(several.entries)}
        yield Party({number: known}, {number: person} if number > 2 else {})


def test_processes_come_to_the_same_in_the_same_order() -> None:
    """Those who are remembered, who wait, and who get the better of two messages; goods remember answers by then."""
    several = calendar()
    found = []
    for processes in (1, 2):
        with walking(several, 256, best=True, processes=processes) as walk:
            found.append(list(walk(parties(several))))
            assert bool(multiprocessing.active_children()) == (processes > 1)
    here, abreast = found
    assert abreast == here
    assert [len(came.waiting) for came in here] == [0, 1, 0, 0, 0, 0]
    assert [came.changed for came in here] == [1, 0, 1, 1, 1, 1]
    assert [bool(came.recalled) for came in here] == [False, False, False, True, False, True]
    assert not multiprocessing.active_children()


def test_parties_set_off_as_others_return() -> None:
    """No more are in memory than keep the processes busy."""
    several = calendar()
    asked = []

    def more() -> Iterator[Party]:
        for party in [*parties(several)] * 3:
            asked.append(party)
            yield party

    with walking(several, 256, best=True, processes=2) as walk:
        next(walk(more()))
    assert len(asked) == 4


def test_a_gate_that_cannot_be_sent_keeps_everybody_here() -> None:
    """A gate may hold what only this process has: then one process does."""

    class Mine(Gate, frozen=True):
        name = "mine"
        holds: Any = None

    several = calendar(Mine(holds=lambda: None))
    with walking(several, 256, best=True, processes=2) as walk:
        assert sum(came.changed for came in walk(parties(several))) == PEOPLE - 1
        assert not multiprocessing.active_children()


class Ending:
    """Ends the process to which it is sent."""

    def __reduce__(self) -> tuple[Callable[[int], Any], tuple[int]]:
        """Say so."""
        return os._exit, (1,)


def test_a_process_that_ends_early_is_told_of() -> None:
    """Whoever started the plan reads what may be wrong, and nothing is left running."""
    with pytest.raises(InputError, match="ended early"), walking(calendar(), 256, best=True, processes=2) as walk:
        list(walk([Party({0: Ending()})]))  # type: ignore[dict-item]
    assert not multiprocessing.active_children()


def test_what_goes_wrong_in_a_process_goes_wrong_here() -> None:
    """A mistake in a gate is no reason to lose people."""
    with pytest.raises(IndexError), walking(calendar(), 256, best=True, processes=2) as walk:
        list(walk([Party({0: {(0, NOW): ()}})]))
