"""A queue that repeats itself, in any order, to several containers at once."""

from __future__ import annotations

import logging
import multiprocessing
import random

from sendgate.doors.aws_lambda import send_handler
from sendgate.doors.aws_lambda.container import container
from sendgate.model.ledger import State
from sendgate.model.people import Profile

_FORK = multiprocessing.get_context("fork")
CONTAINERS = 4
PEOPLE = 170
CAMPAIGNS = ("hello", "hello-kids", "text", "receipt")
"""One of the first three fits under the cap; a receipt is under none."""


def _consume(function, bodies, results):
    """Be a container: take batches, and take again what was given back."""
    logging.getLogger("sendgate").setLevel(logging.CRITICAL)
    waiting, rounds = list(bodies), 0
    while waiting and rounds < 50:
        rounds += 1
        again = []
        for start in range(0, len(waiting), 10):
            batch = waiting[start : start + 10]
            response = send_handler(function.batch(*batch), function.context)
            again += [batch[int(item["itemIdentifier"][1:])] for item in response["batchItemFailures"]]
        waiting = again
    container.close()
    results.put(len(waiting))


def test_two_thousand_deliveries(function):
    """Each message three times, in disorder, to four containers: each is sent once at most, and no cap is exceeded."""
    people = [f"p{number}" for number in range(PEOPLE)]
    function.store.remember(
        Profile(who, {"email": f"{who}@customers.example", "phone": f"+49151{n:08}", "given_name": "Ann"})
        for n, who in enumerate(people)
    )
    container.close()
    wanted = [{"campaign": campaign, "person": who} for who in people for campaign in CAMPAIGNS]
    deliveries = wanted * 3
    random.Random(7).shuffle(deliveries)
    assert len(deliveries) >= 2000
    results = _FORK.Queue()
    workers = [
        _FORK.Process(target=_consume, args=(function, deliveries[place::CONTAINERS], results))
        for place in range(CONTAINERS)
    ]
    for worker in workers:
        worker.start()
    left = [results.get(timeout=100) for _ in workers]
    for worker in workers:
        worker.join(10)
    results.close()
    assert left == [0] * CONTAINERS
    entries = {who: function.store.load(who).entries.values() for who in people}
    sent = {entry.key for own in entries.values() for entry in own if entry.state is State.SENT}
    assert sorted(sent) == function.outbox()
    assert all(sum(e.state is State.SENT for e in own if e.campaign != "receipt") == 1 for own in entries.values())
    assert all(sum(e.state is State.SENT for e in own if e.campaign == "receipt") == 1 for own in entries.values())
    assert sum(len(own) for own in entries.values()) == len(wanted)
    assert {e.state for own in entries.values() for e in own} == {State.SENT, State.DEFERRED}
