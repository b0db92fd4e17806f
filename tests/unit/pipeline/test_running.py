"""Sending to many, until it ends or somebody says stop."""

from __future__ import annotations

import threading
from itertools import count

import pytest

from sendgate.errors import BusyError
from sendgate.model.requests import Request
from sendgate.pipeline.running import send_all
from sendgate.pipeline.sending import Sent
from sendgate.testing.stores import an_entry


def requests(number):
    """Ask for messages to many."""
    return (Request("hello", f"p{at}") for at in range(number))


def sends(request):
    """Send one."""
    return Sent(an_entry(request.person), fresh=True)


def test_every_request_is_answered():
    """As many results as requests, each with its own."""
    done = list(send_all(sends, requests(500), workers=4, stopped=lambda: False))
    assert sorted(one.request.person for one in done) == sorted(f"p{at}" for at in range(500))
    assert all(one.sent.entry.person == one.request.person for one in done)


def test_what_goes_wrong_with_one_leaves_the_others():
    """An error of ours is the result of its request."""

    def fails(request):
        if request.person == "p3":
            raise BusyError("another worker")
        return sends(request)

    done = list(send_all(fails, requests(10), workers=3, stopped=lambda: False))
    assert [(one.request.person, str(one.error)) for one in done if one.error] == [("p3", "another worker")]
    assert sum(one.sent is not None for one in done) == 9


def test_a_stop_finishes_what_is_under_way():
    """Nothing new is begun, and everything that was begun is told."""
    stop, begun = threading.Event(), count()

    def send(request):
        next(begun)
        if request.person == "p5":
            stop.set()
        return sends(request)

    done = list(send_all(send, requests(10_000), workers=2, stopped=stop.is_set))
    assert 6 <= len(done) < 30
    assert len(done) == next(begun)


def test_the_stream_is_read_as_it_is_needed():
    """An audience that does not fit into memory is not collected first."""
    read = count()

    def endless():
        while True:
            yield Request("hello", f"p{next(read)}")

    results = send_all(sends, endless(), workers=2, stopped=lambda: False)
    for _ in range(10):
        next(results)
    results.close()
    assert next(read) < 40


def test_a_bug_is_not_hidden():
    """What is no error of ours is raised."""

    def breaks(request):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(send_all(breaks, requests(3), workers=2, stopped=lambda: False))
