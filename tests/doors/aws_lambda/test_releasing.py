"""``release_handler``: what waited, and what was left behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sendgate.doors.aws_lambda import release_handler, send_handler
from sendgate.doors.aws_lambda.container import container
from sendgate.errors import StoppedError, StoreError
from sendgate.model.ledger import State
from sendgate.testing.stores import an_entry


def release(function):
    """Invoke."""
    return release_handler({"time": "2026-03-04T09:00:00Z"}, function.context)


def left(function, person="ann", campaign="hello", **values):
    """Put an entry into the ledger, as an earlier invocation left it: due long ago."""
    key, payload = function.key(campaign, person), function.house.request(campaign, person).payload
    entry = replace(an_entry(person, campaign, due=1.0, payload_hash=payload), key=key, **values)
    assert function.store.enter(entry, seen=function.store.load(person).version)


def test_what_waited_and_is_due_is_sent(function):
    """It is decided again from the start, and goes out if nothing is in the way any more."""
    left(function, state=State.DEFERRED)
    answer = release(function)
    assert answer == {"swept": {}, "released": {"Sent": 1}, "Doubtful": 0, "Waiting": 0}
    assert function.outbox() == [function.key()]


def test_what_is_not_due_waits(function):
    """A deferral is kept."""
    send_handler(function.batch({"campaign": "hello", "person": "ann"}, {"campaign": "hello-kids", "person": "ann"}),
                 function.context)  # fmt: skip
    assert release(function)["released"] == {}
    assert function.entry("hello-kids").state is State.DEFERRED


def test_what_may_still_not_be_sent_waits_on(function):
    """The cap holds whoever asks."""
    send_handler(function.batch({"campaign": "hello", "person": "ann"}), function.context)
    left(function, campaign="hello-kids", state=State.DEFERRED, asked=container.now)
    assert release(function)["released"] == {"Deferred": 1}
    assert len(function.outbox()) == 1


def test_what_was_left_reserved_is_sent_and_what_was_armed_is_in_doubt(function):
    """A worker that died between two steps has left each message where the ledger says."""
    function.knows("bob", email="bob@customers.example")
    left(function, state=State.RESERVED)
    left(function, "bob", state=State.SENDING, token="t")
    answer = release(function)
    assert answer["swept"] == {"released": 1, "unknown": 1}
    assert answer["released"] == {"Sent": 1}
    assert function.entry("hello", "bob").state is State.UNKNOWN
    assert function.outbox() == [function.key()]


def test_doubts_ring_only_when_they_are_old(function, told):
    """A report of the provider settles most doubts within seconds."""
    left(function, state=State.UNKNOWN, due=container.now - 60)
    assert release(function)["Doubtful"] == 0
    left(function, "bob", state=State.UNKNOWN, due=container.now - 3700)
    told()
    assert release(function)["Doubtful"] == 1
    _, (metrics,) = told()
    assert (metrics["Doubtful"], metrics["Waiting"]) == ([1.0], [0.0])


@pytest.mark.parametrize("remaining", [0.0, 44.0])
def test_without_time_nothing_is_begun(function, remaining):
    """What waits, waits for the next time; it is swept all the same."""
    function.remaining = remaining
    left(function, state=State.DEFERRED)
    left(function, "bob", state=State.SENDING, token="t")
    answer = release(function)
    assert (answer["swept"], answer["released"], answer["Waiting"]) == ({"unknown": 1}, {}, 1)
    assert function.outbox() == []


def test_when_the_provider_stops_so_does_this(function, monkeypatch):
    """What was under way is told, and the rest waits."""
    for number in range(40):
        function.knows(f"p{number}", email=f"p{number}@customers.example", phone="")
        left(function, f"p{number}", state=State.DEFERRED)

    def stopping(_):
        raise StoppedError("paused")

    monkeypatch.setattr(function.house, "send", stopping)
    answer = release(function)
    assert 1 <= answer["released"]["ProviderStopped"] <= 16
    assert answer["Waiting"] == 40


def test_a_campaign_that_is_gone_holds_up_nothing(function, told):
    """Its messages stay as they are, and the log says so once."""
    for number in range(3):
        entry = an_entry(f"p{number}", "gone", state=State.DEFERRED, due=1.0)
        function.store.enter(entry, seen=0)
    left(function, state=State.DEFERRED, due=2.0)
    told()
    answer = release(function)
    assert (answer["released"], answer["Waiting"]) == ({"Sent": 1}, 3)
    log, _ = told()
    (line,) = [line for line in log if line["level"] == "ERROR"]
    assert (line["number"], "`gone`" in line["why"]) == (3, True)


def test_a_store_that_goes_away_is_told(function, monkeypatch):
    """One message that could not be decided is left, and the invocation goes on."""
    left(function, state=State.DEFERRED)

    def away(_):
        raise StoreError("the store is away")

    monkeypatch.setattr(function.house, "send", away)
    assert release(function)["released"] == {"StoreAway": 1}
