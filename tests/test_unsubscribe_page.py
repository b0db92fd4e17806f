"""The example page does what docs/providers.md asks of one."""

from __future__ import annotations

import runpy
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sendgate.mail.unsubscribing import Claim, Scope, web_link
from sendgate.model.keys import Keyring, message_key
from sendgate.model.people import Profile
from sendgate.stores.opening import open_store
from sendgate.testing.stores import an_entry

PAGE = Path(__file__).parents[1] / "examples" / "unsubscribe_page" / "page.py"
RING = Keyring.parse("k1:not-a-secret-only-for-tests")
NOW = 1_772_614_800.0


@pytest.fixture
def store(tmp_path):
    """Give a store in which one message was written to one person."""
    with closing(open_store("sqlite:///family.db", tmp_path, RING)) as store:
        store.remember([Profile("ann", {"email": "ann@example.org"})])
        assert store.enter(an_entry("ann"), seen=store.load("ann").version)
        yield store


@pytest.fixture
def ask(store):
    """Ask the page, with a method and a link, for its status and its words."""
    page = runpy.run_path(str(PAGE))["Page"](store, RING, lambda: NOW)

    def asked(method: str, link: str) -> tuple[str, str]:
        statuses = []
        body = page(
            {"REQUEST_METHOD": method, "QUERY_STRING": urlsplit(link).query}, lambda status, _: statuses.append(status)
        )
        return statuses[0], b"".join(body).decode()

    return asked


def link(key: str = an_entry("ann").key, scope: Scope = Scope.BRAND, brand: str = "harbor") -> str:
    """Make a link of a mail."""
    return web_link("https://harbor.example/unsubscribe", Claim(key, scope, brand).token(RING))


def left(store) -> list[str]:
    """List the brands that the person left."""
    return [event.brand for event in store.load("ann").profile.events if event.kind == "unsubscribed"]


def test_looking_changes_nothing(ask, store):
    """A scanner that follows a link unsubscribes nobody."""
    status, words = ask("GET", link())
    assert status == "200 OK"
    assert '<form method="post">' in words
    assert left(store) == []


@pytest.mark.parametrize(("scope", "brands"), [(Scope.BRAND, ["harbor"]), (Scope.FAMILY, [""])])
def test_one_click_is_enough_and_two_are_no_more(ask, store, scope, brands):
    """A POST is answered at once, and counts once."""
    assert [ask("POST", link(scope=scope))[0] for _ in range(2)] == ["200 OK", "200 OK"]
    assert left(store) == brands


def test_what_was_reserved_is_not_armed_any_more(ask, store):
    """Somebody who leaves while a message is on its way to be sent does not get it."""
    before = store.load("ann").permission
    ask("POST", link())
    assert store.load("ann").permission > before


@pytest.mark.parametrize("odd", ["", "https://h.example/?token=x", link()[:-1], link(brand="lumen"), link() + "x"])
def test_a_link_that_we_did_not_send_does_nothing(ask, store, odd):
    """Cut, forged, or of another brand."""
    assert ask("POST", odd)[0] == "400 Bad Request"
    assert left(store) == []


def test_who_was_forgotten_is_not_found(ask, store):
    """The link leads nowhere, and says nothing about anybody."""
    store.forget("ann")
    status, words = ask("POST", link())
    assert status == "404 Not Found"
    assert "ann" not in words.replace("unsubscribe", "")


def test_a_message_that_was_never_sent_is_not_found(ask):
    """A key that the ledger does not have."""
    assert ask("POST", link(message_key("a", "b", "c", "d", "email")))[0] == "404 Not Found"
