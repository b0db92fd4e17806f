"""Nothing that names a person, and no secret, is where it does not belong."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sendgate.ports import Answer, Receipt
from sendgate.providers.outbox import Outbox
from sendgate.wiring.house import House

CANARY = "canary7"
"""Stands in every field that a person has."""

POLICY = """
family:
  name: House
  unsubscribe_url: https://house.example/leave
  tiers: [member, gold]
  brands: {harbor: {sender: "Harbor <hello@harbor.example>"}}
gates:
  permission: {basis: opt_out}
  relevance: {at_least: 0}
  frequency: {caps: [{limit: 5, per: 7d}]}
"""
CAMPAIGN = """
name: hello
brand: harbor
channel: email
purpose: promotional
category: home
fits: [{attribute: size, at_most: 12}]
offers:
  - {name: other, template: other.j2}
  - {name: only, template: hello.j2, fits: [{attribute: colour, any_of: [red]}]}
"""
TEMPLATES = {
    "hello.j2": "{% block subject %}{{ person.given_name }}{% endblock %}{% block text %}x{% endblock %}",
    "other.j2": "{% block subject %}{{ person.given_name }}{% endblock %}"
    "{% block html %}<a href=\"{{ data.link }}\">x</a>{{ person.family_name[9000] if person.note == 'canary7-breaks' }}"
    "{{ person.note.nothing if person.note == 'canary7-odd' }}{{ unsubscribe_url }}{% endblock %}",
}
PEOPLE = """\
person,email,phone,given_name,family_name,locale,timezone,tier,note,colour,size
{0}-id1,{0}1@x.example,+4915112345678,{0}-Given,{0}-Family,de_DE,Europe/Berlin,gold,{0}-note,{0}-red,
{0}-id2,{0}2@x.example,,{0}-Given,{0}-Family,de_DE,Europe/Berlin,gold,{0}-unwanted,,1712
{0}-id3,{0}3@x.example,,{0}-Given,{0}-Family,de_DE,Europe/Berlin,gold,{0}-note,{0}-blue,
{0}-id4,{0}4@x.example,,{0}-Given,{0}-Family,de_DE,Europe/Berlin,gold,{0}-odd,{0}-blue,
{0}-id7,{0}7@x.example,,{0}-Given,{0}-Family,de_DE,Europe/Berlin,gold,{0}-breaks,{0}-blue,
{0}-id8,{0}8@x.example,,{0}-Given,,,,,,,
{0}-id5,,,"{0}
Bcc: x@y.example",,,,,,,
{0}-id6,"""
EVENTS = """\
person,kind,at,detail,campaign,creative
{0}-id1,viewed,2026-01-01,{0}-detail,{0}-campaign,{0}-creative
{0}-id4,bounced,2026-01-01,transient,,
{0}-id8,case_opened,2026-01-01,{0}-case,,
"""
AUDIENCE = """\
person,email,link,order
{0}-id1,{0}1@x.example,https://x.example/{0},{0}-order
{0}-id2,{0}2@x.example,javascript:{0},{0}-order
{0}-id3,{0}3@x.example,javascript:{0},{0}-order
{0}-id4,{0}4@x.example,https://x.example/{0},{0}-order
{0}-id7,{0}7@x.example,https://x.example/{0},{0}-order
{0}-id8,{0}8@x.example,https://x.example/{0},{0}-order
{0}-id5,,https://x.example/{0},{0}-order
{0}-stranger,{0}9@x.example,https://x.example/{0},{0}-order
"""


@pytest.fixture
def canaries(tmp_path, monkeypatch, sendgate, caplog) -> Path:
    """A family whose people are canaries all over, with every logger listened to."""
    files = {
        "sendgate.yaml": POLICY,
        "campaigns/hello.yaml": CAMPAIGN,
        "sendgate.keys": "k1:0123456789abcdef0123456789",
    }
    files |= {f"templates/{name}": text for name, text in TEMPLATES.items()}
    files |= {"people.csv": PEOPLE, "events.csv": EVENTS, "audience.csv": AUDIENCE}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("{0}", CANARY), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SENDGATE_KEYS", raising=False)
    caplog.set_level(logging.DEBUG)
    sendgate("import", "--people", "people.csv", "--events", "events.csv")
    return tmp_path


def test_no_log_no_account_and_no_reason_names_a_person(canaries, sendgate, caplog, monkeypatch) -> None:
    """Nothing of anybody is in a log at any level, on standard error, in the account, or in a reason of the ledger."""
    answers = [Receipt(Answer.UNKNOWN, detail="no answer"), OSError(f"{CANARY}@x.example")]
    send = Outbox.send

    def answer(self, parcel, arm):
        if not answers:
            return send(self, parcel, arm)
        arm()
        if isinstance(said := answers.pop(0), Exception):
            raise said
        return said

    monkeypatch.setattr(Outbox, "send", answer)
    words = ("send", "hello", "--audience", "audience.csv", "--workers", "1")
    results = [sendgate(*words), sendgate(*words), sendgate(*words, "--json", "--run", "2"), sendgate("release")]
    results += [sendgate("ledger", "status"), sendgate("ledger", "sweep")]
    for result in results:
        assert CANARY not in result.output, result.output
    for record in caplog.records:
        assert CANARY not in record.getMessage()
        assert CANARY not in str(record.__dict__)
    with House(canaries / "sendgate.yaml") as house:
        entries = [entry for who in house.store.people() for entry in house.store.load(who.person).entries.values()]
    assert len(entries) >= 6
    for entry in entries:
        told = f"{entry.detail} {entry.reason} {entry.gate} {entry.key} {entry.message_id} {entry.body_hash}"
        assert CANARY not in told, told
    assert {"fit.contradicted", "render.failed", "render.value_missing"} <= {entry.reason for entry in entries}


def test_a_value_that_stands_against_an_offer_stays_in_the_profile(canaries, sendgate) -> None:
    """The ledger says what the offer asks for, and not what the person has."""
    sendgate("send", "hello", "--audience", "audience.csv")
    (message,) = json.loads(sendgate("profile", f"{CANARY}-id2", "--json").stdout)["messages"]
    assert message["detail"] == "what is known of the person does not go with: size at most 12"


def test_nothing_of_somebody_forgotten_is_left_in_the_files(canaries, sendgate) -> None:
    """Neither in the pages of the database, nor in the journal or the outbox."""
    sendgate("send", "hello", "--audience", "audience.csv")
    (canaries / "sendgate.journal").write_text("")
    for number in range(1, 9):
        assert sendgate("forget", f"{CANARY}-id{number}", "--yes").exit_code == 0
    for stranger in (f"{CANARY}-stranger",):
        sendgate("forget", stranger, "--yes")
    kept = [path for pattern in ("sendgate.db*", "sendgate.journal", "outbox/*") for path in canaries.glob(pattern)]
    assert [path.name for path in kept] == ["sendgate.db"]
    assert CANARY.encode() not in kept[0].read_bytes().lower()


# Secrets ----------------------------------------------------------------------------------------------------------

PASSWORD = "hunter2-hunter2"


@pytest.mark.parametrize(
    "place",
    [
        f"smtp://me:{PASSWORD}@127.0.0.1:1?timeot=3",
        f"smtp://me:{PASSWORD}@[::1",
        f"smpt://me:{PASSWORD}@h",
        "smtp://me:${SECRET}@127.0.0.1:1",
        "smtp://me:${SECRET}@127.0.0.1:1?timeot=3",
        "smtp://me:${SECRET}${SECRE}@127.0.0.1:1",
    ],
)
def test_the_password_of_a_provider_is_never_shown(shop, place: str) -> None:
    """Not where it is wrong, nor where the server is away; also in tracebacks."""
    with Path("sendgate.yaml").open("a") as file:
        file.write(f"provider: '{place}'\n")
    Path("audience.csv").write_text("person\np0\n")
    assert PASSWORD not in _run("send", "hello", "--audience", "audience.csv")


@pytest.mark.parametrize("place", ["postgresql://me:${SECRET}@127.0.0.1:1/x", "mysql://me:${SECRET}@h/x"])
def test_the_password_of_a_store_is_never_shown(shop, place: str) -> None:
    """Whatever is wrong with it."""
    with Path("sendgate.yaml").open("a") as file:
        file.write(f"store: '{place}'\n")
    assert PASSWORD not in _run("ledger", "status")


@pytest.mark.parametrize("keys", [f"k1 {PASSWORD}", f"k1:{PASSWORD},k1:{PASSWORD}", f"k-1:{PASSWORD}", "k1:hunter2"])
def test_a_key_is_never_shown(shop, keys: str) -> None:
    """Where it cannot be used, only what is wrong with it is told."""
    Path("sendgate.keys").write_text(keys)
    assert "hunter2" not in _run("ledger", "status")


def _run(*words: str) -> str:
    """Run a command as a user does who wants to know everything; give all that it says."""
    run = subprocess.run(
        [sys.executable, "-c", "from sendgate.doors.cli import main; main()", *words],
        capture_output=True, text=True, check=False, timeout=60,
        env=os.environ | {"SECRET": PASSWORD, "SENDGATE_TRACEBACK": "1"},
    )  # fmt: skip
    assert run.returncode in {0, 1, 2}, run.stderr
    assert not re.search("this should not happen", run.stderr), run.stderr
    return run.stdout + run.stderr
