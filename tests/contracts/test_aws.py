from __future__ import annotations

import base64
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Lock

import pytest

from sendgate.model.campaigns import Channel
from sendgate.ports import Answer
from sendgate.providers.opening import open_provider
from sendgate.rendering.message import Sms
from sendgate.testing.aws_sink import AwsSink
from sendgate.testing.providers import SECRET, Arming, ProviderContract, a_parcel

boto3 = pytest.importorskip("boto3", reason="needs the extra `aws`")

UNPATCHED = boto3.session.Session
LATER, NEVER, STOP, DOUBT = Answer.NOT_SENT, Answer.REFUSED, Answer.STOPPED, Answer.UNKNOWN
PATIENCE = 0.4
ANYWHERE = {
    "429 TooManyRequestsException": LATER,
    "400 Throttling": LATER,
    "400 ThrottlingException": LATER,
    "503 Throttling": LATER,
    "429 AnythingElse": LATER,
    "400 LimitExceededException": LATER,
    "403 AccessDeniedException": STOP,
    "403 SignatureDoesNotMatch": STOP,
    "403 InvalidClientTokenId": STOP,
    "403 ExpiredToken": STOP,
    "400 UnrecognizedClientException": STOP,
    "401 AnythingElse": STOP,
    "400 AnythingElse": NEVER,
    "413 RequestEntityTooLarge": NEVER,
    "500 InternalFailure": DOUBT,
    "502 BadGateway": DOUBT,
    "503 ServiceUnavailable": DOUBT,
    "504 GatewayTimeout": DOUBT,
    "taken, 500 InternalFailure": DOUBT,
    "reset": DOUBT,
    "hang": DOUBT,
    "taken, reset": DOUBT,
    "taken, hang": DOUBT,
    "taken, garbage": DOUBT,
}
SES = ANYWHERE | {
    "400 MessageRejected": NEVER,
    "400 BadRequestException": NEVER,
    "400 MailFromDomainNotVerifiedException": STOP,
    "404 NotFoundException": STOP,
    "400 AccountSuspendedException": STOP,
    "400 SendingPausedException": STOP,
}
SNS = ANYWHERE | {
    "400 InvalidParameter": NEVER,
    "400 ParameterValueInvalid": NEVER,
    "403 AuthorizationError": STOP,
    "400 Throttled": LATER,
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch, tmp_path):
    """Give boto3 credentials for a service that does not look at them, and none of this machine's."""
    for name, value in {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": SECRET}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(autouse=True)
def session(credentials, monkeypatch):
    """Read the models of the services once: that takes most of the time of a client."""
    monkeypatch.setattr("boto3.session.Session", one_session)


@cache
def one_session():
    """Give the session of all tests."""
    return UNPATCHED("AKIATEST", SECRET)


@pytest.fixture
def sink():
    """Give a service that says more than it should."""
    with AwsSink("Email address is not verified: ann@example.org, +4915112345678") as sink:
        yield sink


def opened(url: str):
    """Open a provider; nothing of it is relative."""
    return open_provider(url, Path())


def patience(request) -> float:
    """Only a service that says nothing is waited for, so only then is the wait short."""
    call = getattr(request.node, "callspec", None)
    return PATIENCE if call and "hang" in call.params.get("trouble", "") else 20


class TestSes(ProviderContract):
    """Messages through SES."""

    troubles = SES

    @pytest.fixture
    def provider(self, sink, request):
        with closing(opened(f"ses://eu-west-1?timeout={patience(request)}&endpoint={sink.url}")) as provider:
            yield provider


class TestSns(ProviderContract):
    """Text messages through SNS."""

    channel = Channel.SMS
    troubles = SNS

    @pytest.fixture
    def provider(self, sink, request):
        with closing(opened(f"sns://eu-west-1?timeout={patience(request)}&endpoint={sink.url}")) as provider:
            yield provider


@pytest.fixture
def ses(sink):
    """Give SES with a configuration set."""
    with closing(opened(f"ses://eu-west-1?configuration_set=main&endpoint={sink.url}")) as provider:
        yield provider


def test_a_message_carries_its_tags(ses, sink):
    """Every event of SES will come with the key and the campaign, in the alphabet of tags."""
    parcel = replace(a_parcel(), campaign="Frühling: 20 % off!")
    receipt = ses.send(parcel, Arming())
    assert (receipt.answer, receipt.message_id) == (Answer.ACCEPTED, "fake-1")
    (request,) = sink.requests
    assert request["EmailTags"] == [
        {"Name": "sendgate-key", "Value": parcel.key},
        {"Name": "sendgate-campaign", "Value": "Fr_hling_20_off_"},
    ]
    assert request["ConfigurationSetName"] == "main"
    assert request["Destination"] == {"ToAddresses": ["ann@example.org"]}


@pytest.mark.parametrize("trouble", SES)
def test_one_message_is_one_request(sink, trouble, request):
    """What boto3 would have sent up to three times is sent once."""
    sink.trouble(trouble)
    with closing(opened(f"ses://eu-west-1?timeout={patience(request)}&endpoint={sink.url}")) as provider:
        provider.send(a_parcel(), Arming())
    assert sink.attempts == 1


@pytest.mark.parametrize("trouble", ["", "500 InternalFailure", "400 MessageRejected", "reset", "taken, garbage"])
def test_no_log_names_anybody(sink, trouble, caplog, monkeypatch):
    """At no level, though botocore itself would write down whole requests."""
    monkeypatch.setattr(logging.getLogger("botocore"), "level", logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    if trouble:
        sink.trouble(trouble)
    with closing(opened(f"ses://eu-west-1?endpoint={sink.url}")) as provider:
        provider.send(a_parcel(), Arming())
    content = base64.b64encode(a_parcel().content).decode()
    assert not [secret for secret in ("ann@example.org", SECRET, content[:40], a_parcel().key) if secret in caplog.text]


def test_nobody_listens():
    """A service that is not there has nothing."""
    with AwsSink() as sink:
        url = sink.url
    with closing(opened(f"ses://eu-west-1?endpoint={url}")) as provider:
        receipt = provider.send(a_parcel(), Arming())
    assert (receipt.answer, receipt.detail) == (LATER, "the service cannot be reached (EndpointConnectionError)")


def test_who_speaks_no_tls_has_nothing(sink):
    """A handshake that fails comes before the message."""
    with closing(opened(f"ses://eu-west-1?endpoint={sink.url.replace('http', 'https')}&timeout=1")) as provider:
        assert provider.send(a_parcel(), Arming()).answer is LATER
    assert not sink.attempts


def test_without_credentials_the_run_stops(sink, monkeypatch):
    """No other message would go either."""
    monkeypatch.setattr("boto3.session.Session", UNPATCHED)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with closing(opened(f"ses://eu-west-1?endpoint={sink.url}")) as provider:
        receipt = provider.send(a_parcel(), Arming())
    assert (receipt.answer, sink.attempts) == (STOP, 0)
    assert "credentials" in receipt.detail


def test_what_means_nothing_is_a_doubt(ses, monkeypatch):
    """After arming, an error that nobody foresaw may have come before the request or after it."""

    def broken(**_):
        raise ZeroDivisionError("ann@example.org")

    monkeypatch.setattr(ses._client, "send_email", broken)
    receipt = ses.send(a_parcel(), Arming())
    assert (receipt.answer, receipt.detail) == (DOUBT, "no answer that can be read (ZeroDivisionError)")


def test_a_text_message_has_its_sender_and_kind(sink):
    """What a phone shows as the sender, and what the number is asked for, are settings."""
    with closing(opened(f"sns://eu-west-1?sender_id=Harbor&kind=transactional&endpoint={sink.url}")) as provider:
        parcel = a_parcel(channel=Channel.SMS)
        provider.send(parcel, Arming())
    (request,) = sink.requests
    values = {request[f"MessageAttributes.entry.{n}.Name"]: request[f"MessageAttributes.entry.{n}.Value.StringValue"]
              for n in (1, 2)}  # fmt: skip
    assert values == {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.SenderID": "Harbor"}
    assert (request["PhoneNumber"], request["Message"]) == (parcel.recipient, "Your duvet is waiting.")


@pytest.mark.parametrize(
    "odd",
    [{"recipient": "015112345678"}, {"recipient": "+49 151"}, {"recipient": "+4915112345678\n"},
     {"content": Sms("", 0)}, {"content": b"mail"}],
)  # fmt: skip
def test_a_text_message_to_no_number_is_refused(sink, odd):
    """What is not in E.164, or says nothing, is not asked for."""
    with closing(opened(f"sns://eu-west-1?endpoint={sink.url}")) as provider:
        arm = Arming()
        assert provider.send(replace(a_parcel(channel=Channel.SMS), **odd), arm).answer is NEVER
    assert (arm.times, sink.attempts) == (0, 0)


@pytest.mark.torture
@pytest.mark.parametrize("trouble", SES)
def test_every_trouble_a_thousand_times(trouble, request):
    """Exactly one request, and an answer that is true of what was taken, every time."""
    with ThreadPoolExecutor(10) as threads:
        assert sum(threads.map(lambda _: _played(trouble, 100, patience(request)), range(10))) == 1_000


def _played(trouble: str, times: int, timeout: float) -> int:
    with AwsSink() as sink:
        with OPENING:
            provider = opened(f"ses://eu-west-1?timeout={timeout}&endpoint={sink.url}")
        with closing(provider):
            for number in range(times):
                sink.trouble(trouble)
                taken = len(sink.taken)
                assert provider.send(a_parcel(f"person-{number}"), Arming()).answer is SES[trouble]
                assert sink.attempts == number + 1
                assert len(sink.taken) - taken == trouble.startswith("taken")
    return times


OPENING = Lock()
"""A session of boto3 makes one client at a time."""
