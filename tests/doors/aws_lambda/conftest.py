"""A family's folder as a function has it, and what AWS hands to functions."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from io import StringIO
from itertools import count
from pathlib import Path

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra `aws`")

from sendgate.doors.aws_lambda.container import container
from sendgate.doors.aws_lambda.telling import log
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.ports import Happening
from sendgate.stores.sqlite import SqliteStore

EVENTS = Path(__file__).parent / "events"
KEYS = "test:not-a-secret-only-for-tests"

POLICY = """\
family:
  name: Harbor Group
  unsubscribe_url: https://harbor.example/leave
  brands:
    harbor: {name: Harbor Home, sender: "Harbor Home <hello@harbor.example>"}
    kids: {name: Harbor Kids, sender: "Harbor Kids <hello@kids.example>"}
    lumen: {name: Lumen Lighting, sender: "Lumen <hi@lumen.example>", shares_profile: false}
gates:
  permission: {basis: opt_out}
  frequency:
    caps: [{limit: 1, per: 7d}]
store: STORE
provider: PROVIDER
"""
CAMPAIGN = """\
name: {name}
brand: {brand}
channel: {channel}
purpose: {purpose}
offers: [{{name: only, template: {template}}}]
"""
MAIL = """\
{% block subject %}Hello {{ person.given_name }}{% endblock %}
{% block html %}<p>Your order {{ data.order | default('none') }}.</p>{% endblock %}
"""
SMS = "{% block text %}Hello {{ person.given_name }}{% endblock %}"


@dataclass
class Lambda:
    """A function that can be invoked: its folder, and what the world knows of it."""

    folder: Path
    remaining: float = 60.0
    events: dict = field(default_factory=dict)
    _numbers: object = field(default_factory=count)

    @property
    def house(self):
        return container.house()

    @property
    def store(self):
        return self.house.store

    @property
    def context(self):
        """What Lambda says of an invocation. ``remaining`` may be a function that is asked each time."""
        return Context(self)

    def write(self, policy="", store="sqlite:///sendgate.db", provider="outbox://outbox"):
        """Write the family's folder."""
        filled = (policy or POLICY).replace("STORE", store).replace("PROVIDER", provider)
        (self.folder / "campaigns").mkdir(exist_ok=True)
        (self.folder / "templates").mkdir(exist_ok=True)
        (self.folder / "sendgate.yaml").write_text(filled)
        (self.folder / "templates" / "hello.j2").write_text(MAIL)
        (self.folder / "templates" / "hi.j2").write_text(SMS)
        for name, brand, channel, purpose, template in [
            ("hello", "harbor", "email", "relationship", "hello.j2"),
            ("hello-kids", "kids", "email", "relationship", "hello.j2"),
            ("receipt", "harbor", "email", "transactional", "hello.j2"),
            ("text", "harbor", "sms", "relationship", "hi.j2"),
        ]:
            text = CAMPAIGN.format(name=name, brand=brand, channel=channel, purpose=purpose, template=template)
            (self.folder / "campaigns" / f"{name}.yaml").write_text(text)

    def knows(self, person="ann", **attributes):
        """Remember somebody."""
        given = {"email": f"{person}@customers.example", "given_name": "Ann", "phone": "+4915112345678", **attributes}
        self.store.remember([Profile(person, given)])

    def happens(self, kind, person="ann", **values):
        """Record an event, a minute ago."""
        values = {"at": container.now - 60, "id": f"e{next(self._numbers)}", **values}
        self.store.record([Happening(person, Event(kind, **values))])

    def batch(self, *bodies):
        """Make an event of SQS; what is not text becomes JSON."""
        (record,) = json.loads((EVENTS / "envelope-sqs.json").read_text())["Records"]
        records = [
            record | {"messageId": f"m{place}", "body": body if isinstance(body, str) else json.dumps(body)}
            for place, body in enumerate(bodies)
        ]
        return {"Records": records}

    def outbox(self):
        """Name the messages that were carried, by key."""
        return sorted(path.stem for path in (self.folder / "outbox").glob("[!.]*"))

    def key(self, campaign="hello", person="ann", run=""):
        """Name a message."""
        return self.house.key(self.house.request(campaign, person, run))

    def entry(self, campaign="hello", person="ann", run=""):
        """Read what the ledger has."""
        return self.store.entry(self.key(campaign, person, run))

    def kinds(self, person="ann"):
        """List what is remembered of somebody."""
        return [event.kind for event in self.store.load(person).profile.events]


@dataclass
class Context:
    """The part of the context object that Powertools and the handlers read."""

    function: Lambda
    function_name: str = "sendgate-send"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:111122223333:function:sendgate-send"
    aws_request_id: str = "1e5f7a3c-0000-4444-8888-000000000000"

    def get_remaining_time_in_millis(self):
        remaining = self.function.remaining
        return int((remaining() if callable(remaining) else remaining) * 1000)


def _need_no_disk(monkeypatch):
    """Do not wait for the disk: nobody pulls the plug here, and there are hundreds of tests."""
    connect = SqliteStore._connect

    def hasty(store):
        connection = connect(store)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    monkeypatch.setattr(SqliteStore, "_connect", hasty)
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def function(tmp_path, monkeypatch):
    """A function whose folder lies in the package, with Ann in the store."""
    folder = tmp_path / "family"
    folder.mkdir()
    _need_no_disk(monkeypatch)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("SENDGATE_FOLDER", str(folder))
    monkeypatch.setenv("SENDGATE_KEYS", KEYS)
    made = Lambda(folder)
    made.write()
    made.knows()
    yield made
    container.close()


@pytest.fixture
def told(capsys, monkeypatch):
    """Give the log lines and the metrics that were written since last asked."""
    written = StringIO()
    (handler,) = log.handlers
    monkeypatch.setattr(handler, "stream", written)

    def read():
        lines = [json.loads(line) for line in written.getvalue().splitlines()]
        written.seek(0)
        written.truncate()
        return lines, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return read
