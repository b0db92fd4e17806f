"""What every provider must do, as a suite of tests; and a provider that does what a test tells it.

::

    from sendgate.testing.providers import ProviderContract

    class TestMyProvider(ProviderContract):
        troubles = {"throttled": Answer.NOT_SENT, "no answer": Answer.UNKNOWN}

        @pytest.fixture
        def sink(self):
            with MySink() as sink:
                yield sink

        @pytest.fixture
        def provider(self, sink):
            with closing(MyProvider(sink.address)) as provider:
                yield provider

The suite needs pytest; the fake does not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import formatdate
from threading import Lock
from typing import Any, ClassVar, NamedTuple, Protocol

from sendgate.errors import NotArmedError, StoreError
from sendgate.model.campaigns import Channel
from sendgate.model.keys import message_key
from sendgate.ports import Answer, Parcel, Provider, Receipt
from sendgate.rendering.message import Push, Sms

SECRET = "hunter2-is-not-a-secret"
"""Give it to the provider as its password, where it has one: the suite looks for it wherever text comes out."""


class Taken(NamedTuple):
    """A message that somebody on the other side has taken."""

    key: str
    """Empty where the provider tells the other side no key."""
    recipient: str
    content: bytes


class Sink(Protocol):
    """The other side of a provider under test."""

    @property
    def taken(self) -> Sequence[Taken]:
        """What it has taken, in order."""

    @property
    def attempts(self) -> int:
        """How many times it was asked to take a message."""

    def trouble(self, name: str) -> None:
        """Make one of the troubles for the next message, and only for that one."""


def a_parcel(person: str = "ann", channel: Channel = Channel.EMAIL, recipient: str = "") -> Parcel:
    """Make a parcel for a person; two for the same person and channel are the same."""
    key = message_key("harbor", "spring", "", person, channel)
    number = f"+4915{int.from_bytes(key.encode()[:4]):010}"
    to = recipient or {"email": f"{person}@example.org", "sms": number, "push": f"token-{person}"}[channel]
    return Parcel(key, "spring", channel, _SENDERS[channel], to, _content(key, channel, to))


_SENDERS = {Channel.EMAIL: "hello@harbor.example", Channel.SMS: "", Channel.PUSH: ""}


def _content(key: str, channel: Channel, recipient: str) -> bytes | Sms | Push:
    if channel is Channel.SMS:
        return Sms("Your duvet is waiting.", 1)
    if channel is Channel.PUSH:
        return Push("Waiting", "Your duvet is waiting.", "https://harbor.example/duvets")
    lines = (
        "From: Harbor Home <hello@harbor.example>",
        f"To: {recipient}",
        "Subject: Waiting",
        f"Date: {formatdate(0)}",
        f"Message-ID: <{key}@harbor.example>",
        f"X-Sendgate-Key: {key}",
        "",
        "Your duvet is waiting.",
        ".",  # what ends a message at SMTP must not end this one
        "..leaders",
        "",
    )
    return "\r\n".join(lines).encode()


class Arming:
    """Counts how often it is called, and raises what it is told to."""

    def __init__(self, raises: Exception | None = None) -> None:
        self.times = 0
        self._raises = raises

    def __call__(self) -> None:
        """Arm."""
        self.times += 1
        if self._raises:
            raise self._raises


class ProviderContract:
    """Inherit, and give the fixtures ``provider`` (nobody has used it) and ``sink``."""

    channel: ClassVar[Channel] = Channel.EMAIL
    troubles: ClassVar[Mapping[str, Answer]] = {}
    """What can go wrong on the other side, by a name that ``sink.trouble`` knows, and the answer that it must give."""

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Run what asks for a trouble once for each."""
        if "trouble" in metafunc.fixturenames:
            troubles = metafunc.cls.troubles
            metafunc.parametrize(
                ("trouble", "answer"), list(troubles.items()), ids=[name.replace(" ", "-") for name in troubles]
            )

    def test_carries_its_channel(self, provider: Provider) -> None:
        """It says which channels it carries."""
        assert self.channel in provider.channels

    def test_a_message_is_armed_once_and_arrives_once(self, provider: Provider, sink: Sink) -> None:
        """What is accepted was armed once and is there once, exactly as it was given."""
        parcel, arm = a_parcel(channel=self.channel), Arming()
        assert provider.send(parcel, arm).answer is Answer.ACCEPTED
        assert arm.times == 1
        (taken,) = sink.taken
        assert taken.recipient == parcel.recipient
        assert taken.key in {parcel.key, ""}
        if isinstance(parcel.content, bytes):
            assert taken.content == parcel.content

    def test_nothing_is_there_when_it_arms(self, provider: Provider, sink: Sink) -> None:
        """Arming is the last moment: before it, the other side has nothing that it could deliver."""
        there: list[int] = []
        provider.send(a_parcel(channel=self.channel), lambda: there.append(len(sink.taken)))
        assert there == [0]

    def test_what_must_not_be_sent_is_not(self, provider: Provider, sink: Sink) -> None:
        """NotArmedError goes through, nothing is taken, and the next message goes as if nothing had been."""
        arm = Arming(NotArmedError("unsubscribed"))
        _raises(NotArmedError, lambda: provider.send(a_parcel("ann", self.channel), arm))
        assert provider.send(a_parcel("bob", self.channel), Arming()).answer is Answer.ACCEPTED
        assert [taken.recipient for taken in sink.taken] == [a_parcel("bob", self.channel).recipient]

    def test_whatever_arming_raises_stops_the_message(self, provider: Provider, sink: Sink) -> None:
        """A ledger that cannot be written sends nothing."""
        _raises(
            StoreError, lambda: provider.send(a_parcel("ann", self.channel), Arming(StoreError("the disk is full")))
        )
        assert provider.send(a_parcel("bob", self.channel), Arming()).answer is Answer.ACCEPTED
        assert len(sink.taken) == 1

    def test_trouble_is_classified(self, provider: Provider, sink: Sink, trouble: str, answer: Answer) -> None:
        """Each trouble gives its answer after at most one attempt, and the answer is true of what was taken."""
        sink.trouble(trouble)
        receipt = provider.send(a_parcel("ann", self.channel), Arming())
        assert receipt.answer is answer, receipt.detail
        assert sink.attempts <= 1
        assert len(sink.taken) <= {Answer.ACCEPTED: 1, Answer.UNKNOWN: 1}.get(answer, 0)
        assert receipt.detail or answer is Answer.ACCEPTED
        assert not receipt.message_id or answer is Answer.ACCEPTED

    def test_after_trouble_the_next_message_goes(
        self, provider: Provider, sink: Sink, trouble: str, answer: Answer
    ) -> None:
        """A provider is not broken by what went wrong once."""
        sink.trouble(trouble)
        provider.send(a_parcel("ann", self.channel), Arming())
        assert provider.send(a_parcel("bob", self.channel), Arming()).answer is Answer.ACCEPTED
        recipients = [taken.recipient for taken in sink.taken]
        assert recipients.count(a_parcel("bob", self.channel).recipient) == 1

    def test_details_name_nobody(self, provider: Provider, sink: Sink, trouble: str, answer: Answer) -> None:
        """Neither an address nor a password stands in a detail or in the text form of a provider or a receipt."""
        parcel = a_parcel("ann", self.channel)
        sink.trouble(trouble)
        receipt = provider.send(parcel, Arming())
        for told in (repr(receipt), repr(provider), str(provider)):
            assert parcel.recipient not in told
            assert SECRET not in told

    def test_several_threads_send_at_once(self, provider: Provider, sink: Sink) -> None:
        """Every message of several threads is accepted and there once."""
        parcels = [a_parcel(f"person-{number}", self.channel) for number in range(40)]
        with ThreadPoolExecutor(8) as threads:
            receipts = list(threads.map(lambda parcel: provider.send(parcel, Arming()), parcels))
        assert {receipt.answer for receipt in receipts} == {Answer.ACCEPTED}
        assert sorted(taken.recipient for taken in sink.taken) == sorted(parcel.recipient for parcel in parcels)

    def test_what_does_not_fit_is_refused_before_it_is_armed(self, provider: Provider, sink: Sink) -> None:
        """A recipient that ends a line or leaves a folder, or a key that does, never reaches the other side."""
        parcel = a_parcel(channel=self.channel)
        for odd in (replace(parcel, key="../../etc/passwd"), replace(parcel, key="a\r\nb"), replace(parcel, key="")):
            arm = Arming()
            assert provider.send(odd, arm).answer is Answer.REFUSED
            assert arm.times == 0
        assert not sink.attempts

    def test_closes_twice(self, provider: Provider) -> None:
        """Closing what is closed does nothing."""
        provider.send(a_parcel(channel=self.channel), Arming())
        provider.close()
        provider.close()


def _raises(kind: type[Exception], call: Callable[[], object]) -> None:
    try:
        call()
    except kind:
        return
    raise AssertionError(f"{kind.__name__} does not come through")


class Played(NamedTuple):
    """What a fake answers, and whether it takes the message: a provider may take one and never say so."""

    answer: Answer
    taken: bool = False


class FakeProvider:
    """Takes everything, or answers what it is told, in order; then it takes everything again.

    ``script`` has answers, answers with what is taken (Played), and errors to raise after arming.
    """

    def __init__(
        self, script: Iterable[Answer | Played | Exception] = (), channels: Iterable[Channel] = Channel
    ) -> None:
        self.channels = frozenset(channels)
        self.parcels: list[Parcel] = []
        """What was taken, in order."""
        self.attempts = 0
        self.closed = False
        self._script = deque(script)
        self._lock = Lock()

    def tell(self, *scenes: Answer | Played | Exception) -> None:
        """Add to the script."""
        self._script.extend(scenes)

    def send(self, parcel: Parcel, arm: Callable[[], None]) -> Receipt:
        """Arm, and answer."""
        with self._lock:
            self.attempts += 1
            scene = self._script.popleft() if self._script else Answer.ACCEPTED
        arm()
        if isinstance(scene, Exception):
            raise scene
        played = scene if isinstance(scene, Played) else Played(scene, scene is Answer.ACCEPTED)
        if played.taken:
            with self._lock:
                self.parcels.append(parcel)
        accepted = played.answer is Answer.ACCEPTED
        return Receipt(played.answer, f"fake-{parcel.key[:8]}" if accepted else "", "" if accepted else "as told")

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True
