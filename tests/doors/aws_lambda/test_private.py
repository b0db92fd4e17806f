"""No address, no name and nothing that anybody did is in any log, at any level."""

from __future__ import annotations

import json
import logging
from io import StringIO
from pathlib import Path

import pytest

pytest.importorskip("moto", reason="needs the dependency group `dev`")

import boto3
from moto import mock_aws

from sendgate.doors.aws_lambda import decide_handler, feedback_handler, release_handler, send_handler
from sendgate.doors.aws_lambda.container import container
from sendgate.doors.aws_lambda.telling import hashed, log
from sendgate.model.people import COLUMNS

EVENTS = Path(__file__).parent / "events"
PERSON = "canary-person"
CANARIES = {
    **{column: f"canary-{column}" for column in COLUMNS},
    "email": "canary-email@customers.example",
    "phone": "+4915199977755",
    "timezone": "Europe/Berlin",
    "locale": "de_DE",
    "tier": "",
    "shoe_size": "canary-shoe",
}
TRACES = ["canary", "99977755", "CANARY"]


@pytest.fixture
def heard(models, function, monkeypatch, capfd):
    """Everything that anybody logs, at every level, and all that is printed."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1",
        "POWERTOOLS_LOGGER_LOG_EVENT": "true", "POWERTOOLS_DEBUG": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    written = StringIO()
    handler = logging.StreamHandler(written)
    root, own = logging.getLogger(), log.handlers[0]
    before = root.level, log.level
    monkeypatch.setattr(own, "stream", written)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    log.setLevel(logging.DEBUG)
    with mock_aws():
        boto3.client("sesv2").create_email_identity(EmailIdentity="hello@harbor.example")
        container.close()
        function.write(provider="ses://eu-west-1")
        yield lambda: written.getvalue() + "".join(capfd.readouterr())
        container.close()
    root.removeHandler(handler)
    root.setLevel(before[0])
    log.setLevel(before[1])


def everything(function):
    """Do all that the handlers do, with canaries in every field."""
    function.knows(PERSON, **CANARIES)
    function.happens("viewed", PERSON, product="canary-product", category="canary/category", detail="canary-detail")
    wanted = [
        {"campaign": "hello", "person": PERSON, "run": "canary-run", "data": {"order": "canary-order"}},
        {"campaign": "hello", "email": CANARIES["email"]},
        {"campaign": "hello-kids", "phone": CANARIES["phone"]},
        {"campaign": "receipt", "person": PERSON, "data": {"order": "CANARY", "canary": "canary"}},
        {"campaign": "receipt", "person": PERSON, "data": {"order": "canary-other"}},
        {"campaign": "text", "person": PERSON},
        {"campaign": "receipt", "email": "stranger-canary@customers.example", "data": {"order": "canary"}},
        {"campaign": "canary", "person": PERSON},
        {"canary": "canary"},
        '{"canary-canary',
    ]
    answers = [send_handler(function.batch(*wanted), function.context)]
    key = function.key("receipt", PERSON)
    reports = [
        path.read_text().replace("KEY", name)
        for path in sorted(EVENTS.glob("[!e]*.json"))
        for name in (key, "canary-unheard-of")
    ]
    answers.append(feedback_handler(function.batch(*reports, '{"canary": 1'), function.context))
    recipients = [PERSON, CANARIES["email"], {"canary": 1}, {"person": PERSON, "data": {"canary": "canary"}}]
    answers.append(decide_handler({"campaign": "hello", "recipients": recipients}, function.context))
    answers.append(release_handler({}, function.context))
    return answers


def test_no_trace_of_anybody(function, heard):
    """Through all handlers, with mail carried by SES, and with every logger turned up as far as it goes."""
    answers = everything(function)
    said = heard()
    assert len(said.splitlines()) > 40
    assert [trace for trace in TRACES if trace in said] == []
    assert "canary" not in json.dumps(answers)


def test_no_trace_where_something_breaks(function, heard, monkeypatch):
    """A defect whose words quote the whole profile is told by its kind and its place."""

    def broken(request):
        raise ValueError(f"cannot send {request} to {CANARIES}")

    monkeypatch.setattr(function.house, "send", broken)
    everything(function)
    said = heard()
    assert "ValueError" in said
    assert "test_private.py" in said
    assert [trace for trace in TRACES if trace in said] == []


def test_a_hash_needs_the_secret(function):
    """The same person has the same name in all lines, and without the secret nobody can tell which."""
    keyring = function.house.keyring
    other = keyring.parse("other:another-secret-for-tests")
    assert hashed("ann", keyring) == hashed("ann", keyring) != hashed("bob", keyring)
    assert hashed("ann", keyring) != hashed("ann", other)
    assert "ann" not in hashed("ann", keyring)
