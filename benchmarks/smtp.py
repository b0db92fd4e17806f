"""Mail over one connection to a sink on this machine, against Python's bare smtplib with the same messages."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from types import MappingProxyType

from benchmarks.claims import Figure
from benchmarks.everybody import FAMILY
from benchmarks.someone import NOW, plan, someone
from sendgate import Decider
from sendgate.mail.posting import Post
from sendgate.model.keys import Keyring, message_key
from sendgate.model.people import Profile
from sendgate.ports import Answer, Parcel
from sendgate.providers.opening import open_provider
from sendgate.rendering.context import build_context
from sendgate.rendering.message import Message
from sendgate.rendering.renderer import Renderer

MESSAGES = 1_000
_SINK = """
import sys
from sendgate.testing.smtp_sink import SmtpSink
with SmtpSink() as sink:
    print(sink.port, flush=True)
    for _ in sys.stdin:
        print(len(sink.taken), flush=True)
        sink.taken.clear()
"""


def _message() -> tuple[Post, Message]:
    """Render one message of the duvets campaign, and give the post that mails it."""
    prepared, profile = plan(), someone(1)
    campaign, family = prepared.campaign, prepared.policy.family
    brand = replace(family.brands[campaign.brand], unsubscribe_url="https://harbor.example/leave")
    family = replace(family, brands=MappingProxyType({brand.key: brand}))
    post = Post(family, campaign, Keyring.parse("k1:not-a-secret-only-to-measure"))
    evidence = str(Decider(prepared)(profile, NOW).offers[0].evidence)
    words = build_context(
        profile, campaign, campaign.offers[0], family, NOW,
        evidence_words=evidence, unsubscribe_url=post.unsubscribe_url("a" * 32),
    )  # fmt: skip
    return post, Renderer(FAMILY / "templates").render(campaign.offers[0].template, campaign.channel, words)


def _parcels(post: Post, message: Message) -> list[Parcel]:
    def parcel(number: int) -> Parcel:
        person = f"person-{number}"
        key = message_key("harbor", "duvets", "", person, "email")
        return post.parcel(key, Profile(person, {"email": f"{person}@example.org"}), message, NOW)

    return [parcel(number) for number in range(MESSAGES)]


@contextmanager
def _sink() -> Iterator[tuple[int, Callable[[], int]]]:
    """Run a sink in a process of its own; give its port, and what asks how many messages came since it was asked."""
    with subprocess.Popen(
        [sys.executable, "-c", _SINK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        questions, answers = process.stdin, process.stdout

        def taken() -> int:
            questions.write("?\n")
            questions.flush()
            return int(answers.readline())

        port = int(answers.readline())
        try:
            yield port, taken
        finally:
            questions.close()


def _ours(port: int, parcels: Sequence[Parcel]) -> float:
    with closing(open_provider(f"smtp://127.0.0.1:{port}?starttls=never&helo=a.test", Path())) as provider:
        started = perf_counter()
        for parcel in parcels:
            assert provider.send(parcel, lambda: None).answer is Answer.ACCEPTED
        return perf_counter() - started


def _bare(port: int, parcels: Sequence[Parcel]) -> float:
    with smtplib.SMTP("127.0.0.1", port, "a.test") as client:
        started = perf_counter()
        for parcel in parcels:
            assert isinstance(parcel.content, bytes)
            client.sendmail(parcel.sender, [parcel.recipient], parcel.content)
        return perf_counter() - started


def run(_data: Path, _people: int, runs: int) -> list[Figure]:
    """Send the same messages both ways, in turn, each over one connection of its own."""
    post, message = _message()
    started = perf_counter()
    parcels = _parcels(post, message)
    building = perf_counter() - started
    with _sink() as (port, taken):
        rounds = []
        for _ in range(runs):
            rounds.append((_ours(port, parcels), _bare(port, parcels)))
            assert taken() == 2 * len(parcels), "the sink took another number of messages"
    ours, bare = (min(times) for times in zip(*rounds, strict=True))
    size = len(parcels[0].content) / 1000 if isinstance(parcels[0].content, bytes) else 0
    return [
        Figure(f"mails of {size:.1f} kB built and read again, one thread", MESSAGES / building, "/s"),
        Figure("through our SMTP provider, one connection", MESSAGES / ours, "/s"),
        Figure("through bare smtplib, one connection", MESSAGES / bare, "/s"),
        Figure("the time of a mail against bare smtplib", ours / bare, "x", 2.0),
    ]
