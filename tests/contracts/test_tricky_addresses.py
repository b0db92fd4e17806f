"""Addresses that not everybody reads alike: each is delivered exactly, or refused; none is cut."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from email import policy
from email.parser import BytesParser
from itertools import product
from pathlib import Path
from types import MappingProxyType

import pytest

from sendgate.errors import MailError
from sendgate.mail.posting import Post
from sendgate.model.addresses import normalise_email
from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Offer, Purpose
from sendgate.model.people import Profile
from sendgate.ports import Answer
from sendgate.providers.opening import open_provider
from sendgate.rendering.message import Email
from sendgate.testing.providers import Arming, a_parcel
from sendgate.testing.smtp_sink import SmtpSink

# fmt: off
LOCALS = [
    "ann", "Ann", "ann.lee", "ann+tag", "ann+a+b", "o'neil", "a", "0", "-oQ/tmp", "--", "_", "!x!y", "a!b", "a%b",
    "a%b%c",
    "a/b", "a=b", "{a}", "|a", "`id`", "$HOME", "*", "a#b", "a&b", "a~b", "a^b", "?", "x" * 64, "x" * 65, "x" * 200,
    "a..b", ".a", "a.", ".", "", " ann", "ann ", "a b", "\tann", "ann\t", "a\tb", "ann\r\n", "ann\n", "ann\r", "ann\0",
    "ann\x7f", "ann\x85", "ann\u2028", "ann\u200b", "ann\ufeff", "grüße", "анна", "安娜", "🌷", "ann\u0301", "é", "ﬁ",
    '"ann"', '"a b"', '"a@b"', '"a\\"b"', '"a\r\nb"', '"', '""', '"ann', 'a"b', "(c)ann", "ann(c)", "a(b)c", "<ann",
    "ann>", "<ann>", "Ann <ann", "a,b", "a;b", "a:b", "a\\b", "a\\@b", "[a]", "a@b", "a@b.example,c", "@a,@b:ann",
    "=?utf-8?q?a?=", "=?utf-8?b?DQo=?=", "a=0D=0Ab", "a%0d%0ab", "a&#13;b",
]
DOMAINS = [
    "example.org", "EXAMPLE.org", "sub.sub.example.org", "a-b.example", "xn--kse-qla.example", "käse.example",
    "例え.example",
    "example.org.", ".example.org", "example..org", "-a.example", "a-.example", "a_b.example", "example", "localhost",
    "",
    "127.0.0.1", "[127.0.0.1]", "[IPv6:::1]", "1.2", "a" * 63 + ".example", "a" * 64 + ".example",
    "a." * 130 + "example",
    "example.org ", " example.org", "example.org\r\nBcc: eve@evil.example", "example.org\r\nRCPT TO:<eve@evil.example>",
    "example.org\n", "example.org>", "example.org> SIZE=1", "example.org,eve@evil.example", "example.org;x",
    "example.org(c)", "example.org\0", "example.org\u2028", "ex ample.org", "exämple。org", "example.org/x",
    "example.org:25",
    "example.org%evil.example", "evil.example@example.org", "example.org?x", "e\u200bxample.org",
    "example.0", "example.c0m",
]
# fmt: on
ADDRESSES = list(
    dict.fromkeys(
        [f"{local}@{domain}" for local in LOCALS for domain in DOMAINS[:5]]
        + [f"{local}@{domain}" for local, domain in product(["ann", "a+b", '"a b"', "grüße", "x" * 64], DOMAINS)]
        + ["ann", "@", "", " ", "@example.org", "ann@", "<>", "<@a:b@c.example>", "mailto:ann@example.org"]
        + ["ann@@example.org"]
    )
)


@pytest.fixture(scope="module")
def post() -> Post:
    """Give the post of a campaign that needs no way out."""
    brands = MappingProxyType({"h": Brand("h", "H", "H <hello@harbor.example>")})
    return Post(Family("Harbor", brands), Campaign("c", "h", Channel.EMAIL, Purpose.SERVICE, (Offer("a"),)), trial=True)


@pytest.fixture(scope="module")
def sink():
    """Give a mail server that notes what it is told."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def provider(sink):
    """Give a provider that uses it."""
    url = f"smtp://127.0.0.1:{sink.port}?starttls=never&helo=a.test"
    with closing(open_provider(url, Path())) as provider:
        yield provider


def test_there_are_enough():
    """Five hundred, all of them different, and some of each kind."""
    assert len(ADDRESSES) >= 500


@pytest.mark.parametrize("part", range(10))
def test_an_address_is_delivered_exactly_or_refused(post, sink, provider, part):
    """In the message, and in what the server is told; also where a parcel was made by somebody else."""
    for address in ADDRESSES[part::10]:
        handmade = replace(a_parcel(), recipient=address)
        before, arm = len(sink.taken), Arming()
        answer = provider.send(handmade, arm).answer
        told = [taken.recipient for taken in sink.taken[before:]]
        assert told == ([address] if answer is Answer.ACCEPTED else [])
        assert arm.times == len(told)
        try:
            parcel = post.parcel(handmade.key, Profile("x", {"email": address}), Email("s", "", "", "t"), 0.0)
        except MailError:
            assert answer is Answer.REFUSED
            continue
        assert answer is Answer.ACCEPTED
        (mailbox,) = BytesParser(policy=policy.default).parsebytes(parcel.content)["To"].addresses
        assert (mailbox.addr_spec, mailbox.display_name, parcel.recipient) == (address, "", address)


def test_some_are_delivered_and_some_are_not(sink, provider):
    """The test above means something: of both kinds there are plenty."""
    answers = [provider.send(replace(a_parcel(), recipient=address), Arming()).answer for address in ADDRESSES]
    assert answers.count(Answer.ACCEPTED) > 100
    assert answers.count(Answer.REFUSED) > 200
    assert set(answers) == {Answer.ACCEPTED, Answer.REFUSED}


def test_what_a_list_may_have_can_be_mailed(post):
    """An address that is valid at the edge is mailed as it was normalised, unless few servers would carry it."""
    refused = []
    for address in ADDRESSES:
        try:
            normal = normalise_email(address)
        except ValueError:
            continue
        try:
            post.parcel(a_parcel().key, Profile("x", {"email": normal}), Email("s", "", "", "t"), 0.0)
        except MailError:
            refused.append(normal)
    short = [address for address in refused if len(address.rpartition("@")[0]) <= 64]  # RFC 5321 section 4.5.3.1.1
    assert not [address for address in short if address.isascii() and "=?" not in address]


def test_a_refusal_does_not_show_the_address(post):
    """What is written to a log names nobody."""
    with pytest.raises(MailError) as refused:
        post.parcel(a_parcel().key, Profile("x", {"email": '"zoe lee"@example.org'}), Email("s", "", "", "t"), 0.0)
    assert "zoe" not in str(refused.value)


@pytest.mark.parametrize("sender", [address for address in ADDRESSES if "\n" in address or "\r" in address])
def test_a_sender_is_not_cut_either(sink, provider, sender):
    """What ends a line in the envelope's sender is refused before it is said."""
    before = len(sink.commands)
    assert provider.send(replace(a_parcel(), sender=sender), Arming()).answer is Answer.REFUSED
    assert len(sink.commands) == before
