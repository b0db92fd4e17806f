"""A family's folder, open for sending."""

from __future__ import annotations

import json

import pytest
from psycopg.conninfo import conninfo_to_dict

from sendgate.errors import ConfigurationError, RequestError, StoreError
from sendgate.model.events import Event
from sendgate.model.ledger import State
from sendgate.model.people import Profile
from sendgate.ports import Happening
from sendgate.testing.smtp_sink import SmtpSink
from sendgate.wiring.house import KEYS, House, Shadow, read_keyring

SECRET = "first:0123456789abcdef"

POLICY = """
family:
  name: House
  brands:
    harbor: {name: Harbor, sender: "Harbor <hello@harbor.example>", unsubscribe_url: "https://harbor.example/leave"}
gates:
  permission: {basis: opt_out}
  frequency: {caps: [{limit: 1, per: 7d, within: family}]}
"""
CAMPAIGN = """
name: NAME
brand: harbor
channel: email
purpose: relationship
offers: [{name: only, creative: c, template: hello.j2}]
"""
TEMPLATE = """
{% block subject %}Hello {{ person.given_name }}{% endblock %}
{% block text %}Order {{ data.order }}. Leave: {{ unsubscribe_url }}{% endblock %}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A family with two campaigns and a secret."""
    monkeypatch.delenv("SENDGATE_KEYS", raising=False)
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "sendgate.yaml").write_text(POLICY)
    (tmp_path / KEYS).write_text(SECRET)
    (tmp_path / "templates" / "hello.j2").write_text(TEMPLATE.strip())
    for name in ("hello", "again"):
        (tmp_path / "campaigns" / f"{name}.yaml").write_text(CAMPAIGN.replace("NAME", name))
    return tmp_path


def changed(folder, **lines):
    """Change settings of the policy."""
    with (folder / "sendgate.yaml").open("a") as file:
        file.writelines(f"{key}: {json.dumps(value)}\n" for key, value in lines.items())
    return folder


def opened(folder, **options):
    """Open the house, with Ann in it."""
    house = House(folder / "sendgate.yaml", **options)
    house.store.remember([Profile("ann", {"email": "ann@example.org", "given_name": "Ann"})])
    return house


def letters(folder):
    """Give the mails of the outbox."""
    return sorted((folder / "outbox").glob("*.eml"))


def test_a_message_goes_all_the_way(folder):
    """From a request to a mail in the outbox, with its data, and a link to leave that leads to the brand's page."""
    with opened(folder) as house:
        sent = house.send(house.request("hello", "ann", data={"order": "17"}))
    assert sent.entry.state is State.SENT
    (letter,) = letters(folder)
    text = letter.read_text()
    assert "Order 17. Leave: https://harbor.example/leave" in text.replace("=\n", "").replace("=3D", "=")
    assert "To: ann@example.org" in text


def test_somebody_is_found_by_address(folder):
    """An address, however it is written, and the id ask for the same message."""
    with opened(folder) as house:
        requests = [house.request("hello", who, data={"order": "1"}) for who in ("ann", " Ann@Example.ORG ")]
        assert len({house.key(request) for request in requests}) == 1
        assert house.request("hello", "New@example.org").person == "new@example.org"


def test_an_address_that_several_have_asks_for_nobody(folder):
    """Whoever is meant has to be named by id; what is known of the first can be looked up all the same."""
    with opened(folder) as house:
        house.store.remember([Profile("zoe", {"email": "ann@example.org"})])
        with pytest.raises(RequestError, match="`email` belongs to 2 people"):
            house.request("hello", " Ann@example.org")
        assert house.request("hello", "zoe").person == "zoe"
        assert house.person("ann@example.org") == "ann"


def test_a_missing_value_of_the_request_drops_the_message(folder):
    """A template that prints what did not come with the request writes nothing."""
    with opened(folder) as house:
        entry = house.send(house.request("hello", "ann")).entry
    assert (entry.state, entry.reason) == (State.DROPPED, "render.value_missing")
    assert "data.order" in entry.detail
    assert not letters(folder)


def test_a_shadow_that_sends_everything_keeps_what_it_would_have_done(folder):
    """Caps only observe; somebody who left is still not written to."""
    with opened(folder, shadow=Shadow.EVERYTHING) as house:
        first, second = (
            house.send(house.request(name, "ann", data={"order": "1"})).entry for name in ("hello", "again")
        )
        house.store.record([Happening("ann", Event("unsubscribed", first.at, id="u"))])
        third = house.send(house.request("hello", "ann", run="2", data={"order": "1"})).entry
    assert (first.state, first.gate) == (State.SENT, "")
    assert (second.state, second.gate, second.reason) == (State.SENT, "frequency", "frequency.cap_reached")
    assert (third.state, third.gate) == (State.DROPPED, "permission")
    assert len(letters(folder)) == 2


def test_a_shadow_that_sends_nothing_counts_against_nothing(folder):
    """Decisions are written down in a run of their own, and the real run is as if they had not been."""
    with opened(folder, shadow=Shadow.NOTHING) as house:
        entry = house.send(house.request("hello", "ann", data={"order": "1"})).entry
    assert (entry.state, entry.gate, entry.run) == (State.DROPPED, "shadow", "(shadow)")
    assert entry.detail.startswith("would have been sent")
    assert not letters(folder)
    with opened(folder) as house:
        assert house.send(house.request("hello", "ann", data={"order": "1"})).entry.state is State.SENT


@pytest.mark.parametrize("shadow", [None, *Shadow])
def test_no_run_is_named_like_a_shadow(folder, shadow):
    """What was really sent in it would be taken for what was only looked at."""
    with opened(folder, shadow=shadow) as house, pytest.raises(RequestError, match="a run cannot be named so"):
        house.request("hello", "ann", run="march (shadow)")


def test_a_daily_quota_counts_what_was_sent_before(folder):
    """Another run in the same day goes on from where the first one was."""
    changed(folder, sending={"daily_quota": 1})
    with opened(folder) as house:
        house.store.remember([Profile("bob", {"email": "bob@example.org", "given_name": "Bob"})])
        house.send(house.request("hello", "ann", data={"order": "1"}))
    with opened(folder) as house, pytest.raises(Exception, match="the daily quota is used up"):
        house.send(house.request("hello", "bob", data={"order": "1"}))
    assert len(letters(folder)) == 1


def test_the_journal_is_replayed_when_the_house_is_opened(folder):
    """An answer that was kept beside the store is written down at the next start."""
    with opened(folder) as house:
        entry = house.send(house.request("hello", "ann", data={"order": "1"})).entry
        house.store._writer.execute("UPDATE entries SET state = 'sending', message_id = ''")
        house._journal.append(entry)
    with opened(folder) as house:
        assert house.store.entry(entry.key).state is State.SENT
    assert not (folder / "sendgate.journal").exists()


# What is wrong is told before anything is sent ---------------------------------------------------------------------


def told(folder, campaign="hello"):
    """Open the house and a campaign, and give the mistake."""
    with pytest.raises(ConfigurationError) as caught, House(folder / "sendgate.yaml") as house:
        house.ready(campaign)
    return str(caught.value)


def test_without_a_secret_nothing_is_sent(folder):
    """Links and hashes need one; the message says how to make it."""
    (folder / KEYS).unlink()
    assert "there are no secrets" in told(folder)
    assert "SENDGATE_KEYS" in told(folder)


@pytest.mark.parametrize(
    "text", ["0123456789abcdef-secret", "a:short", "a:0123456789abcdef,a:0123456789abcdef", "a b:0123456789abcdef"]
)
def test_a_poor_secret_is_told_and_not_shown(folder, text):
    """What is wrong with it, never what it is."""
    (folder / KEYS).write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_keyring(folder)
    assert "0123456789abcdef" not in str(caught.value)
    assert "short" not in str(caught.value).replace("is short", "")


def test_the_environment_goes_before_the_file(folder, monkeypatch):
    """A container has no file."""
    monkeypatch.setenv("SENDGATE_KEYS", "other:fedcba9876543210")
    assert repr(read_keyring(folder)) == "Keyring(other)"
    monkeypatch.delenv("SENDGATE_KEYS")
    assert repr(read_keyring(folder)) == "Keyring(first)"


def test_a_place_may_name_the_environment(folder, monkeypatch):
    """Passwords stand in the environment, not in the policy."""
    changed(folder, store="sqlite:///${WHERE}.db")
    assert "the environment has no `WHERE`" in told(folder)
    monkeypatch.setenv("WHERE", "elsewhere")
    with House(folder / "sendgate.yaml"):
        pass
    assert (folder / "elsewhere.db").exists()


def test_a_password_of_the_environment_may_hold_anything(folder, monkeypatch):
    """Neither does it end where an address has a meaning for its letters, nor is a part of it shown."""
    password = "p@ss:w/rd?x=1#%41 $$"
    with SmtpSink(users={"harbor": password}) as sink:
        monkeypatch.setenv("MAIL_PASSWORD", password)
        place = f"smtp://harbor:${{MAIL_PASSWORD}}@127.0.0.1:{sink.port}?starttls=never&helo=a.test"
        with House(changed(folder, provider=place) / "sendgate.yaml") as house:
            house.store.remember([Profile("ann", {"email": "ann@example.org", "given_name": "Ann"})])
            assert house.send(house.request("hello", "ann", data={"order": "7"})).entry.state is State.SENT
        assert [taken.recipient for taken in sink.taken] == ["ann@example.org"]


@pytest.mark.parametrize("password", ["p@hunter2/x", "hunter2#x?a=1", "%68unter2 $$"])
def test_a_password_of_the_store_may_hold_anything(folder, monkeypatch, password):
    """It reaches the driver as it is, and no part of it is taken for a host, or shown."""
    monkeypatch.setenv("PW", password)
    changed(folder, store="postgresql://u:${PW}@127.0.0.1:1/db")
    with pytest.raises(StoreError) as caught:
        House(folder / "sendgate.yaml")
    assert "hunter" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)
    seen = []
    monkeypatch.setattr("psycopg.connect", lambda told, **_: seen.append(conninfo_to_dict(told)) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        House(folder / "sendgate.yaml")
    assert seen[0]["password"] == password


def test_a_folder_of_the_environment_may_have_any_name(folder, monkeypatch):
    """Slashes part it as they always do."""
    (folder / "a#%41" / "b").mkdir(parents=True)
    monkeypatch.setenv("WHERE", str(folder / "a#%41" / "b"))
    with House(changed(folder, store="sqlite:///${WHERE}/my%20store.db") / "sendgate.yaml"):
        assert (folder / "a#%41" / "b" / "my store.db").exists()


def test_a_person_is_forgotten_in_an_outbox_that_the_environment_names(folder, monkeypatch):
    """Erasing looks where sending wrote, whatever letters the folder has."""
    monkeypatch.setenv("BOX", "out#50%41")
    changed(folder, provider="outbox://${BOX}")
    with opened(folder) as house:
        assert house.send(house.request("hello", "ann", data={"order": "1"})).entry.state is State.SENT
        assert list((folder / "out#50%41").glob("*.eml"))
        assert house.forget("ann").files == 1
    assert not list((folder / "out#50%41").glob("*.eml"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"store": "sqlit:///x.db"}, "there is no store `sqlit"),
        ({"store": "sqlite:///$.db"}, "a dollar sign stands alone"),
        ({"provider": "outbx://outbox"}, "there is no provider `outbx"),
        ({"provider": "sns://eu-central-1"}, "`sns` does not carry email, which campaign `hello` goes by"),
    ],
)
def test_a_wrong_place_is_told(folder, line, words):
    """Each with what is wrong, before anything is opened or sent."""
    assert words in told(changed(folder, **line))


def test_a_campaign_that_is_not_there_is_told(folder):
    """With the nearest name."""
    assert "did you mean `hello`" in told(folder, "helo")


def test_a_store_that_cannot_be_used_is_told(folder):
    """Nothing is sent without one."""
    (folder / "sendgate.db").write_text("no database " * 500)
    with pytest.raises(StoreError, match="not a database"):
        House(folder / "sendgate.yaml")
