"""The account of a run."""

from __future__ import annotations

import pytest

from sendgate.errors import BusyError, RequestError, StoreError
from sendgate.model.ledger import State
from sendgate.model.requests import Request
from sendgate.pipeline.running import Done
from sendgate.pipeline.sending import Sent
from sendgate.pipeline.tally import Ending, Tally
from sendgate.testing.stores import NOW, an_entry

REQUEST = Request("hello", "ann")


def done(state, *, fresh=True, **changes):
    """Give a message that ended in a state."""
    return Done(REQUEST, Sent(an_entry(state=state, **changes), fresh))


@pytest.mark.parametrize("state", State)
def test_every_state_is_an_ending(state):
    """No message is missing from the account."""
    tally = Tally(1)
    tally.add(done(state))
    assert sum(tally.endings.values()) == 1


def test_all_endings_together_are_the_rows():
    """What nobody came to is left."""
    tally = Tally(10)
    tally.reject(2)
    tally.repeat()
    tally.add(done(State.SENT))
    tally.add(done(State.BOUNCED, fresh=False))
    tally.add(Done(REQUEST, None, BusyError("busy")))
    tally.add(Done(REQUEST, None, RequestError("other data")))
    found = {ending: number for ending, number in tally.endings.items() if number}
    assert found == {Ending.SENT: 2, Ending.DROPPED: 1, Ending.REJECTED: 3, Ending.LEFT: 4}
    assert (tally.before, tally.fresh, tally.needs_a_look) == (1, 1, True)


def test_what_a_shadow_held_is_told_apart():
    """It was not stopped by a gate."""
    assert Tally(1).add(done(State.DROPPED, gate="shadow", reason="shadow.held")).ending is Ending.HELD


def test_the_first_that_waits_is_known():
    """So that people know when to look again."""
    tally = Tally(2)
    for due in (NOW + 60, NOW + 30):
        tally.add(done(State.DEFERRED, due=due))
    assert tally.next_due == NOW + 30


@pytest.mark.parametrize("state", [State.SENT, State.DROPPED, State.DEFERRED])
def test_a_run_as_it_should_be_needs_no_look(state):
    """To be dropped or to wait is nothing wrong."""
    tally = Tally(1)
    tally.add(done(state))
    assert not tally.needs_a_look


@pytest.mark.parametrize("error", [BusyError("busy"), StoreError("away")])
def test_an_error_is_no_decision(error):
    """Nothing was done about that row."""
    tally = Tally(1)
    tally.add(Done(REQUEST, None, error))
    assert (tally.fresh, tally.endings[Ending.LEFT]) == (0, 1)
