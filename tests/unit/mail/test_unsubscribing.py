from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.errors import TokenError
from sendgate.mail.unsubscribing import Claim, Scope, mail_link, web_link
from sendgate.model.keys import Keyring, message_key
from sendgate.model.ledger import Entry, State

KEY = message_key("Harbor", "spring", "", "ann@example.org", "email")
OTHER = message_key("Harbor", "spring", "", "bob@example.org", "email")
RING = Keyring.parse("k2:not-a-secret-only-for-tests")
OLD = Keyring.parse("k1:an-older-secret-for-tests")
CLAIM = Claim(KEY, Scope.BRAND, "harbor")
ENTRY = Entry(KEY, "ann", "spring", "", "email", State.SENT, 1.0, 2.0, brand="harbor", purpose="promotional")


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("brand", ["harbor", "harbor kids", "härbor.2", "a.b.c", "=&?#%"])
def test_a_token_says_what_was_signed(scope, brand):
    """It is read as it was written, whatever a brand is called."""
    claim = Claim(KEY, scope, brand)
    assert Claim.read(claim.token(RING), RING) == claim


def test_a_token_is_short_and_has_no_address():
    """A text message is paid by its length; and a key does not tell whom it belongs to."""
    token = CLAIM.token(RING)
    assert len(token) < 80
    assert "ann" not in token.replace(KEY, "")


def test_secrets_are_rotated():
    """A new secret signs, an old one still verifies; one that was taken away does not."""
    token = CLAIM.token(OLD)
    both = Keyring((*RING.secrets, *OLD.secrets))
    assert Claim.read(token, both) == CLAIM
    assert CLAIM.token(both) == CLAIM.token(RING)
    with pytest.raises(TokenError):
        Claim.read(token, RING)


def forged() -> dict[str, str]:
    """Give tokens that we did not sign."""
    key, scope, brand, name, signature = CLAIM.token(RING).split(".")
    another = Claim(KEY, Scope.BRAND, "lumen").token(RING).split(".")
    return {
        "another brand": f"{key}.{scope}.lumen.{name}.{signature}",
        "the signature of another brand": ".".join([key, scope, brand, *another[3:]]),
        "another person": f"{OTHER}.{scope}.{brand}.{name}.{signature}",
        "a wider scope": f"{key}.family.{brand}.{name}.{signature}",
        "an unknown scope": f"{key}.world.{brand}.{name}.{signature}",
        "another secret's name": f"{key}.{scope}.{brand}.k1.{signature}",
        "no signature": f"{key}.{scope}.{brand}.{name}.",
        "half a signature": ".".join([key, scope, brand, name, signature[:13]]),
        "a whole signature": ".".join([key, scope, brand, RING.sign("unsubscribe", key, scope, brand)]),
        "capitals": CLAIM.token(RING).upper(),
        "a bare signature of the same secret": RING.sign(KEY),
        "one letter changed": CLAIM.token(RING)[:-1] + ("a" if signature[-1] != "a" else "b"),
        "more behind it": CLAIM.token(RING) + "a",
        "nothing": "",
        "dots": "....",
        "letters beyond ASCII": ".".join([key, scope, brand, name, "ü" * 26]),
        "half a letter": ".".join([key, scope, brand, name, "\ud800" * 26]),
        "half a letter in the brand": f"{key}.{scope}.\ud800.{name}.{signature}",
        "a great length": ".".join([key, scope, "b" * 1_000_000, name, signature]),
        "an address": "ann@example.org",
        "a parameter twice": f"{CLAIM.token(RING)},{CLAIM.token(RING)}",
        "a path": f"{key}/../{scope}",
        "signed for a longer key": Claim(KEY + "a", Scope.BRAND, "harbor").token(RING),
    }


@pytest.mark.parametrize("token", forged().values(), ids=list(forged()))
def test_a_forged_token_is_refused(token):
    """Whatever is changed in a token, it is not one that we sent; the message does not repeat it."""
    with pytest.raises(TokenError) as refused:
        Claim.read(token, RING)
    assert str(refused.value).startswith("not a link that we sent: ")
    assert KEY not in str(refused.value)


@given(st.text())
def test_any_text_is_refused(text):
    """Nothing that is not a token breaks the reader."""
    with pytest.raises(TokenError):
        Claim.read(text, RING)


@pytest.mark.parametrize(("scope", "brand"), [(Scope.BRAND, "harbor"), (Scope.FAMILY, "")])
def test_following_a_link_is_one_event(scope, brand):
    """It holds for the brand or for all brands, on the channel that the link came by, and counts once."""
    claim = Claim(KEY, scope, "harbor")
    event = claim.event(ENTRY, 5.0)
    assert (event.kind, event.at, event.brand, event.channel, event.campaign) == (
        "unsubscribed", 5.0, brand, "email", "spring",
    )  # fmt: skip
    assert event.id == claim.event(ENTRY, 9.0).id
    assert len({Claim(KEY, each, "harbor").event(ENTRY, 5.0).id for each in Scope}) == 2


@pytest.mark.parametrize("entry", [{"key": OTHER}, {"brand": "lumen"}])
def test_a_link_leads_to_its_own_message_only(entry):
    """An entry of another message or another brand is not what the token speaks of."""
    with pytest.raises(TokenError):
        CLAIM.event(replace(ENTRY, **entry), 5.0)


def test_links_survive_being_links():
    """A page with parameters keeps them, and nothing in a token ends a link."""
    claim = Claim(KEY, Scope.BRAND, "a b&c=<d>")
    token = claim.token(RING)
    link = web_link("https://h.example/leave?lang=en", token)
    assert link.startswith("https://h.example/leave?lang=en&token=")
    assert not set(link) & set(" <>\"'")
    assert not set(mail_link("leave@h.example", token)) & set(" <>\"'")
    assert Claim.read(parse_qs(urlsplit(link).query)["token"][0], RING) == claim
