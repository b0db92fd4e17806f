from __future__ import annotations

import pytest

from sendgate.errors import NotArmedError
from sendgate.model.campaigns import Channel
from sendgate.ports import Answer, Provider
from sendgate.testing.providers import Arming, FakeProvider, Played, ProviderContract, Taken, a_parcel


class FakeSink:
    """The other side of a fake is the fake itself."""

    def __init__(self, provider: FakeProvider) -> None:
        self._provider = provider

    @property
    def taken(self):
        return [Taken(parcel.key, parcel.recipient, parcel.content) for parcel in self._provider.parcels]

    @property
    def attempts(self):
        return self._provider.attempts

    def trouble(self, name):
        answer, _, taken = name.partition(", ")
        self._provider.tell(Played(Answer(answer), bool(taken)))


class TestFake(ProviderContract):
    """The fake does what every provider must do, but for what it is told to do."""

    troubles = {"unknown, taken": Answer.UNKNOWN} | {
        answer.value: answer for answer in Answer if answer is not Answer.ACCEPTED
    }

    @pytest.fixture
    def provider(self):
        return FakeProvider()

    @pytest.fixture
    def sink(self, provider):
        return FakeSink(provider)

    test_what_does_not_fit_is_refused_before_it_is_armed = None


def test_a_fake_answers_as_it_is_told_and_then_takes_everything():
    """Answers are given in order; a message may be taken without a word, and an error comes after arming."""
    told = [Answer.NOT_SENT, Played(Answer.UNKNOWN, taken=True), ZeroDivisionError(), Answer.STOPPED]
    provider: Provider = FakeProvider(told)
    assert provider.send(a_parcel("a"), Arming()).answer is Answer.NOT_SENT
    assert provider.send(a_parcel("b"), Arming()).answer is Answer.UNKNOWN
    arm = Arming()
    with pytest.raises(ZeroDivisionError):
        provider.send(a_parcel("c"), arm)
    assert arm.times == 1
    assert provider.send(a_parcel("d"), Arming()).answer is Answer.STOPPED
    assert provider.send(a_parcel("e"), Arming()).answer is Answer.ACCEPTED
    assert [parcel.key for parcel in provider.parcels] == [a_parcel("b").key, a_parcel("e").key]


def test_a_fake_remembers_that_it_was_closed():
    """So that a test can see that its pipeline closes what it opened."""
    provider = FakeProvider(channels=[Channel.SMS])
    provider.close()
    assert provider.closed
    assert provider.channels == {Channel.SMS}


def test_the_suite_catches_a_provider_that_arms_too_late():
    """What is sent before it is armed cannot be held back."""

    class Hasty(FakeProvider):
        def send(self, parcel, arm):
            self.parcels.append(parcel)
            arm()
            return super().send(parcel, lambda: None)

    provider = Hasty()
    with pytest.raises(AssertionError):
        TestFake().test_nothing_is_there_when_it_arms(provider, FakeSink(provider))
    provider = Hasty()
    with pytest.raises(AssertionError):
        TestFake().test_what_must_not_be_sent_is_not(provider, FakeSink(provider))


def test_the_suite_catches_a_provider_that_swallows_a_stop():
    """Somebody who unsubscribed is no answer of a provider."""

    class Deaf(FakeProvider):
        def send(self, parcel, arm):
            try:
                return super().send(parcel, arm)
            except NotArmedError:
                return super().send(parcel, lambda: None)

    provider = Deaf()
    with pytest.raises(AssertionError):
        TestFake().test_what_must_not_be_sent_is_not(provider, FakeSink(provider))
