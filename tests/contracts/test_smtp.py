from __future__ import annotations

import shutil
import ssl
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sendgate.ports import Answer
from sendgate.providers.opening import open_provider
from sendgate.testing.providers import SECRET, Arming, ProviderContract, a_parcel
from sendgate.testing.smtp_sink import SmtpSink

LATER, NEVER, STOP, DOUBT = Answer.NOT_SENT, Answer.REFUSED, Answer.STOPPED, Answer.UNKNOWN
PATIENCE = 0.4
WORDS = "<ann@example.org> is not welcome"
TROUBLES = {
    f"connect: 421 {WORDS}": LATER,
    f"connect: 554 {WORDS}": STOP,
    "connect: hello?": LATER,
    "connect: reset": LATER,
    "connect: hang": LATER,
    f"ehlo: 421 {WORDS}": LATER,
    "ehlo: reset": LATER,
    "ehlo: hang": LATER,
    f"auth: 454 {SECRET}": LATER,
    f"auth: 535 {SECRET}": STOP,
    f"auth: 421 {SECRET}": LATER,
    "auth: reset": LATER,
    "auth: hang": LATER,
    f"mail: 451 {WORDS}": LATER,
    f"mail: 421 {WORDS}": LATER,
    f"mail: 530 {WORDS}": STOP,
    f"mail: 550 {WORDS}": STOP,
    f"mail: 552 {WORDS}": NEVER,
    "mail: 250": Answer.ACCEPTED,
    "mail: nonsense": LATER,
    "mail: reset": LATER,
    "mail: hang": LATER,
    f"rcpt: 421 {WORDS}": LATER,
    f"rcpt: 450 {WORDS}": LATER,
    f"rcpt: 530 {WORDS}": STOP,
    f"rcpt: 550 {WORDS}": NEVER,
    "rcpt: 251 will forward": Answer.ACCEPTED,
    "rcpt: 354 what?": LATER,
    "rcpt: reset": LATER,
    "rcpt: hang": LATER,
    f"data: 421 {WORDS}": LATER,
    f"data: 451 {WORDS}": LATER,
    f"data: 554 {WORDS}": NEVER,
    "data: 250 what?": LATER,
    "data: reset": LATER,
    "data: hang": LATER,
    f"dot: 421 {WORDS}": LATER,
    f"dot: 451 {WORDS}": LATER,
    f"dot: 554 {WORDS}": NEVER,
    f"dot: 354 {WORDS}": DOUBT,
    "dot: nonsense": DOUBT,
    "dot: reset": DOUBT,
    "dot: hang": DOUBT,
    "dot: taken, reset": DOUBT,
    "dot: taken, hang": DOUBT,
    "dot: taken, nonsense": DOUBT,
}


class TestSmtp(ProviderContract):
    """A mail server without encryption, with a password."""

    troubles = TROUBLES

    @pytest.fixture
    def sink(self):
        with SmtpSink(users={"harbor": SECRET}) as sink:
            yield sink

    @pytest.fixture
    def provider(self, sink):
        with closing(
            opened(f"smtp://harbor:{SECRET}@127.0.0.1:{sink.port}?starttls=never&timeout=0.2&helo=a.test")
        ) as it:
            yield it


def _url(sink: SmtpSink, trouble: str) -> str:
    """Give the address of a sink. Only a server that says nothing is waited for, so only then is the wait short."""
    patience = PATIENCE if "hang" in trouble else 20
    return f"smtp://harbor:{SECRET}@127.0.0.1:{sink.port}?starttls=never&timeout={patience}&helo=a.test"


def opened(url: str):
    """Open a provider; nothing of it is relative."""
    return open_provider(url, Path())


@pytest.fixture
def sink():
    """Give a mail server that asks for nothing."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def provider(sink):
    """Give a provider that uses it."""
    with closing(opened(f"smtp://127.0.0.1:{sink.port}?starttls=never&timeout=20&helo=a.test")) as provider:
        yield provider


def test_a_connection_is_kept(provider, sink):
    """Messages go one after another over one connection."""
    for person in ("ann", "bob", "eve"):
        assert provider.send(a_parcel(person), Arming()).answer is Answer.ACCEPTED
    assert sink.connections == 1


def test_the_id_of_the_server_is_given(provider):
    """A queue's id, which the server's log has, comes with the receipt."""
    assert provider.send(a_parcel(), Arming()).message_id == "4F1D2A"


def test_a_connection_that_died_while_idle_is_opened_again(provider, sink):
    """A server that hung up meanwhile costs nothing but a new connection."""
    provider.send(a_parcel("ann"), Arming())
    sink.hang_up()
    assert provider.send(a_parcel("bob"), Arming()).answer is Answer.ACCEPTED
    assert sink.connections == 2
    assert len(sink.taken) == 2


def test_a_server_that_says_goodbye_to_an_idle_connection_is_asked_again(provider, sink):
    """421 in answer to MAIL on a connection that was kept is no answer to the message."""
    provider.send(a_parcel("ann"), Arming())
    sink.trouble("mail: 421 too long idle")
    assert provider.send(a_parcel("bob"), Arming()).answer is Answer.ACCEPTED
    assert sink.connections == 2


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_refusal_keeps_the_connection(provider, sink, stage):
    """A recipient who is refused does not cost a connection, and leaves nothing behind on it."""
    sink.trouble(f"{stage}: 550 no such person")
    assert provider.send(a_parcel("ann"), Arming()).answer is Answer.REFUSED
    assert provider.send(a_parcel("bob"), Arming()).answer is Answer.ACCEPTED
    assert sink.connections == 1
    assert "RSET" in sink.commands
    assert [taken.recipient for taken in sink.taken] == ["bob@example.org"]


def test_what_is_not_armed_is_not_ended(provider, sink):
    """The connection is closed without the dot, so that the server discards what it has."""
    with pytest.raises(ZeroDivisionError):
        provider.send(a_parcel("ann"), Arming(ZeroDivisionError()))
    provider.send(a_parcel("bob"), Arming())
    assert sink.connections == 2
    assert [taken.recipient for taken in sink.taken] == ["bob@example.org"]


@pytest.mark.parametrize("act", ["reset", "deaf"])
def test_a_connection_lost_in_the_body_is_no_doubt(sink, act):
    """Without its end there is no message: it was not sent, and not armed."""
    sink.trouble(f"body: {act}")
    large = replace(a_parcel(), content=a_parcel().content + b"x\r\n" * 8_000_000)
    with closing(opened(f"smtp://127.0.0.1:{sink.port}?starttls=never&timeout=0.5")) as provider:
        arm = Arming()
        assert provider.send(large, arm).answer is Answer.NOT_SENT
        assert (arm.times, sink.taken) == (0, [])


def test_a_server_that_speaks_before_the_end_is_not_armed_for(provider, sink):
    """What it said too early would be taken for its answer to the end of the message."""
    sink.trouble("data: 354 go on\n250 queued as ABC")
    arm = Arming()
    assert provider.send(a_parcel(), arm).answer is Answer.NOT_SENT
    assert arm.times == 0


def test_a_message_larger_than_the_server_takes_is_refused():
    """The size is told first, where the server asks for it."""
    with SmtpSink(size=10) as sink, closing(opened(f"smtp://127.0.0.1:{sink.port}?starttls=never&helo=a")) as provider:
        provider.send(a_parcel(), Arming())
        size = len(a_parcel().content)
        assert f"MAIL FROM:<hello@harbor.example> SIZE={size}" in sink.commands


def test_nobody_listens():
    """A server that is not there is no reason to lose a message."""
    with SmtpSink() as sink:
        port = sink.port
    with closing(opened(f"smtp://127.0.0.1:{port}?starttls=never")) as provider:
        receipt = provider.send(a_parcel(), Arming())
    assert (receipt.answer, receipt.detail) == (LATER, "the mail server cannot be reached: Connection refused")


def test_a_host_without_a_name_is_not_reached():
    """What cannot be a host is not one that cannot be read."""
    with closing(opened(f"smtp://{'a' * 70}.invalid:25?starttls=never")) as provider:
        assert provider.send(a_parcel(), Arming()).answer is LATER


def test_closing_says_goodbye(provider, sink):
    """A connection is ended as RFC 5321 asks for."""
    provider.send(a_parcel(), Arming())
    provider.close()
    assert sink.commands[-1] == "QUIT"


def test_a_lone_dot_and_the_last_line_arrive_as_they_were(provider, sink):
    """Dots at the beginning of a line are doubled on the way; a last line without an end gets one."""
    content = b".\r\n.a\r\n..\r\nb.\r\n."
    provider.send(replace(a_parcel(), content=content), Arming())
    assert sink.taken[0].content == content + b"\r\n"


# Encryption -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """Make a certificate for localhost that nobody trusts, with its key in the same file."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("needs the command openssl")
    folder = tmp_path_factory.mktemp("certificate")
    arguments = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "own.pem"]
    subprocess.run([openssl, *arguments.split(), *names], check=True, capture_output=True)
    (folder / "both.pem").write_bytes((folder / "key.pem").read_bytes() + (folder / "own.pem").read_bytes())
    return folder


@pytest.fixture
def context(certificate) -> ssl.SSLContext:
    """Give the server's side of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "both.pem")
    return context


@pytest.mark.parametrize("implicit", [False, True])
def test_an_encrypted_connection_carries_a_password(context, certificate, implicit):
    """With a certificate that is trusted, smtp:// with STARTTLS and smtps:// log in and send."""
    with SmtpSink(context, implicit=implicit, users={"h": SECRET}) as sink:
        scheme = "smtps" if implicit else "smtp"
        url = f"{scheme}://h:{SECRET}@localhost:{sink.port}?helo=a.test&timeout=5&ca_file={certificate / 'own.pem'}"
        with closing(opened(url)) as provider:
            assert provider.send(a_parcel("ann"), Arming()).answer is Answer.ACCEPTED
            assert provider.send(a_parcel("bob"), Arming()).answer is Answer.ACCEPTED
        assert (sink.connections, len(sink.taken)) == (1, 2)


@pytest.mark.parametrize("implicit", [False, True])
def test_a_certificate_that_is_not_trusted_gets_nothing(context, implicit):
    """Neither a password nor a message is said to somebody who cannot show who they are."""
    with SmtpSink(context, implicit=implicit, users={"h": SECRET}) as sink:
        scheme = "smtps" if implicit else "smtp"
        with closing(opened(f"{scheme}://h:{SECRET}@localhost:{sink.port}?helo=a.test&timeout=5")) as provider:
            receipt = provider.send(a_parcel(), Arming())
        assert receipt.answer is LATER
        assert "certificate is not to be trusted" in receipt.detail
        assert not [command for command in sink.commands if command.startswith(("AUTH", "MAIL"))]


def test_a_certificate_of_another_host_gets_nothing(context, certificate):
    """The name is looked at, not only who signed."""
    with SmtpSink(context) as sink:
        url = f"smtp://127.0.0.1:{sink.port}?helo=a.test&timeout=5&ca_file={certificate / 'own.pem'}"
        with closing(opened(url)) as provider:
            assert provider.send(a_parcel(), Arming()).answer is LATER
        assert not sink.attempts


@pytest.mark.parametrize(
    ("trouble", "answer"),
    [("starttls: 454 not now", LATER), ("starttls: 501 never", STOP), ("starttls: reset", LATER), ("dot: reset", DOUBT),
     ("dot: taken, hang", DOUBT), ("rcpt: reset", LATER)],
)  # fmt: skip
def test_trouble_on_an_encrypted_connection_is_classified(context, certificate, trouble, answer):
    """Encryption changes nothing about what an answer means."""
    with SmtpSink(context) as sink:
        url = f"smtp://localhost:{sink.port}?helo=a.test&timeout=0.5&ca_file={certificate / 'own.pem'}"
        sink.trouble(trouble)
        with closing(opened(url)) as provider:
            assert provider.send(a_parcel(), Arming()).answer is answer


def test_a_server_without_encryption_gets_nothing(sink):
    """Whoever takes STARTTLS out of a server's offers learns nothing."""
    with closing(opened(f"smtp://localhost:{sink.port}?helo=a.test&timeout=5")) as provider:
        receipt = provider.send(a_parcel(), Arming())
    assert (receipt.answer, receipt.detail) == (STOP, "the mail server offers no encryption (STARTTLS)")
    assert not sink.attempts


@pytest.mark.torture
@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_trouble_a_thousand_times(trouble):
    """One attempt at most, and an answer that is true of what was taken, every time."""
    with ThreadPoolExecutor(10) as threads:
        assert sum(threads.map(lambda _: _played(trouble, 100), range(10))) == 1_000


def _played(trouble: str, times: int) -> int:
    with SmtpSink(users={"harbor": SECRET}) as sink:
        url = _url(sink, trouble)
        for number in range(times):
            sink.trouble(trouble)
            attempts, taken = sink.attempts, len(sink.taken)
            with closing(opened(url)) as provider:
                answer = provider.send(a_parcel(f"person-{number}"), Arming()).answer
            assert sink.attempts - attempts <= 1
            assert len(sink.taken) - taken <= (answer in {Answer.ACCEPTED, DOUBT})
            assert answer is TROUBLES[trouble]
    return times
