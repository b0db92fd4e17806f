"""How fast, and how much in a day."""

from __future__ import annotations

import pytest

from sendgate.errors import NotArmedError, StoreError
from sendgate.model.campaigns import Channel
from sendgate.pipeline.limits import Limited
from sendgate.ports import Answer, Parcel, Receipt
from sendgate.rendering.message import Sms

PARCEL = Parcel("key", "hello", Channel.SMS, "", "+4915112345678", Sms("hi", 1))


class Provider:
    """Answers as it is told."""

    channels = frozenset({Channel.SMS})

    def __init__(self, *answers):
        self.answers = list(answers)
        self.closed = False

    def send(self, parcel, arm):
        return Receipt(self.answers.pop(0) if self.answers else Answer.ACCEPTED)

    def close(self):
        self.closed = True


class Clock:
    """A clock that moves while somebody waits."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now

    def pause(self, seconds):
        self.now += seconds


def limited(provider=None, **limits):
    """Wrap a provider; give it and its clock."""
    clock = Clock()
    return Limited(provider or Provider(), clock, clock.pause, **limits), clock


def test_messages_are_spread_evenly():
    """At four a second, nine messages take two seconds."""
    provider, clock = limited(rate=4)
    for _ in range(9):
        provider.send(PARCEL, lambda: None)
    assert clock.now == 1002.0


def test_a_pause_is_not_made_up_for():
    """Who sent nothing for a while does not send a burst then."""
    provider, clock = limited(rate=4)
    provider.send(PARCEL, lambda: None)
    clock.now += 100
    provider.send(PARCEL, lambda: None)
    provider.send(PARCEL, lambda: None)
    assert clock.now == 1100.25


def test_without_a_rate_nobody_waits():
    """The default is as fast as it goes."""
    provider, clock = limited()
    for _ in range(100):
        provider.send(PARCEL, lambda: None)
    assert clock.now == 1000.0


def test_a_quota_that_is_used_up_stops():
    """The provider is not asked any more, and nothing is armed."""
    provider, _ = limited(left=2)
    answers = [provider.send(PARCEL, lambda: None).answer for _ in range(3)]
    assert answers == [Answer.ACCEPTED, Answer.ACCEPTED, Answer.STOPPED]
    assert provider.send(PARCEL, pytest.fail).detail == "the daily quota is used up"


@pytest.mark.parametrize(
    ("answer", "counts"), [(Answer.UNKNOWN, True), (Answer.NOT_SENT, False), (Answer.REFUSED, False)]
)
def test_only_what_may_have_been_sent_counts(answer, counts):
    """A message in doubt takes a place of the quota, one that was certainly not sent gives it back."""
    provider, _ = limited(Provider(answer), left=1)
    provider.send(PARCEL, lambda: None)
    assert (provider.send(PARCEL, lambda: None).answer is Answer.STOPPED) is counts


@pytest.mark.parametrize("error", [NotArmedError("no more"), StoreError("the store is away"), OSError("reset")])
@pytest.mark.parametrize("armed", [False, True])
def test_what_was_not_armed_gives_its_place_back(error, armed):
    """Somebody who left, or a store that is away, at the last moment: nothing was sent. After that nobody knows."""

    class Raising(Provider):
        def send(self, parcel, arm):
            arm()
            raise error

    def arm():
        if not armed:
            raise error

    provider, _ = limited(Raising(), left=1)
    with pytest.raises(type(error)):
        provider.send(PARCEL, arm)
    if armed:
        assert provider.send(PARCEL, arm).answer is Answer.STOPPED
    else:
        with pytest.raises(type(error)):
            provider.send(PARCEL, arm)


def test_the_rest_is_the_providers_own():
    """What it carries, and closing it, are passed on."""
    inner = Provider()
    provider, _ = limited(inner)
    assert provider.channels == {Channel.SMS}
    provider.close()
    assert inner.closed
