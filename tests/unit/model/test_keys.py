from __future__ import annotations

import re
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.model.keys import KEY_LENGTH, Keyring, digest, message_key, payload_hash

PARTS = ("house", "spring", "march", "ann", "email")
SECRET = "correct-horse-battery"
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


# Message keys -----------------------------------------------------------------------------------------------------


@given(st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT))
def test_a_key_fits_where_providers_want_it(parts):
    """It is 32 small letters and digits, whatever it is made of: an SES tag takes 256 of A-Z a-z 0-9 _ -."""
    assert re.fullmatch(r"[a-z2-7]{32}", message_key(*parts))
    assert KEY_LENGTH == 32


def test_a_key_is_the_same_for_ever():
    """It is in ledgers and in the logs of providers: this one was made when the first version was."""
    assert message_key(*PARTS) == message_key(*PARTS) == "xlbjl36fuv6j3zxumip3hesjcby77moo"


@pytest.mark.parametrize("place", range(5))
def test_every_part_makes_another_message(place):
    """Another family, campaign, run, person or channel is another key."""
    parts = list(PARTS)
    parts[place] += "x"
    assert message_key(*parts) != message_key(*PARTS)


@given(st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT), st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT))
def test_different_parts_are_different_messages(one, other):
    """No two lists of parts run into each other, such as `a`, `bc` and `ab`, `c`."""
    assert (message_key(*one) == message_key(*other)) is (one == other)


def test_what_moves_over_a_border_makes_another_message():
    """Neither empty parts nor parts that look like borders are confused."""
    lists = [("a", "bc", "", "", ""), ("ab", "c", "", "", ""), ("", "abc", "", "", ""), ("a|bc", "", "", "", "")]
    assert len({message_key(*parts) for parts in lists}) == len(lists)


# Payloads ---------------------------------------------------------------------------------------------------------


def test_a_payload_is_the_same_in_any_order():
    """The order in which a request names its values says nothing."""
    assert payload_hash({"a": "1", "b": "2"}) == payload_hash({"b": "2", "a": "1"})


@pytest.mark.parametrize("other", [{}, {"a": "2"}, {"b": "1"}, {"a": "1", "b": ""}])
def test_another_payload_has_another_hash(other):
    """Every name and every value counts."""
    assert payload_hash(other) != payload_hash({"a": "1"})


def test_content_is_hashed_byte_by_byte():
    """A message that differs in one byte is another one."""
    assert digest(b"a") == digest(b"a") != digest(b"A")


# Keyrings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [["unsubscribe", "bob"], ["unsubscribeann"], ["unsubscribe", "ann", ""]])
def test_a_signature_holds_for_its_parts_alone(others):
    """It says which secret made it; no other parts, nor the same in one piece, have the same."""
    ring = Keyring.parse(f"k1:{SECRET}")
    assert ring.sign("unsubscribe", "ann").startswith("k1.")
    assert ring.sign("unsubscribe", "ann") != ring.sign(*others)


def test_rotating_keeps_old_signatures_valid():
    """A new secret in front signs; the old ones verify until they are taken out."""
    old, new = f"old:{SECRET}", "new:another-sixteen-bytes"
    signed = Keyring.parse(old).sign("ann")
    both = Keyring.parse(f"{new},{old}")
    assert signed in both.signatures("ann")
    assert both.sign("ann").startswith("new.")
    assert signed not in Keyring.parse(new).signatures("ann")
    assert both.sign("ann") not in Keyring.parse(old).signatures("ann")


def test_all_signatures_are_given_the_signing_one_first():
    """Whoever looks for what was hashed before a rotation asks for all of them."""
    ring = Keyring.parse(f"new:another-sixteen-bytes\nold:{SECRET}")
    first, second = ring.signatures("ann")
    assert first == ring.sign("ann")
    assert second == Keyring.parse(f"old:{SECRET}").sign("ann")


def test_a_secret_may_hold_colons_and_stand_on_lines_of_its_own():
    """Only the first colon ends the name; blanks and empty lines around do not matter."""
    ring = Keyring.parse(f"\n  k1:{SECRET}:more  \n\n k2:{SECRET} ,\n")
    assert repr(ring) == "Keyring(k1, k2)"
    assert ring.sign("a") != Keyring.parse(f"k1:{SECRET}").sign("a")


def test_secrets_are_not_shown():
    """Neither the text forms of a keyring nor what it is part of give them away."""
    ring = Keyring.parse(f"k1:{SECRET}")
    assert SECRET not in f"{ring} {ring!r} {ring!s} {[ring]} { ({'keyring': ring}) }"


WRONG = {
    "": "at least one",
    " \n , ": "at least one",
    SECRET: "expected `name:secret`",
    f":{SECRET}": "the name of letters and digits",
    f"na me:{SECRET}": "the name of letters and digits",
    f"näme:{SECRET}": "the name of letters and digits",
    f"k.1:{SECRET}": "the name of letters and digits",
    "k1:horse-battery": "the secret of `k1` is short: it needs 16 bytes",
    "k1:": "the secret of `k1` is short",
    f"k1:{SECRET},k1:{SECRET}2": "the same name",
    f"k1:{SECRET},k2:horse": "the secret of `k2` is short",
}


@pytest.mark.parametrize(("text", "message"), list(WRONG.items()))
def test_what_is_no_keyring_is_refused_without_showing_it(text, message):
    """The error says what is missing; what may be a secret is not in it."""
    with pytest.raises(ValueError, match=message) as refused:
        Keyring.parse(text)
    assert "horse" not in str(refused.value)
    assert not any("horse" in line for line in traceback.format_exception_only(refused.value))


def test_a_secret_of_sixteen_bytes_is_long_enough():
    """The bound is of bytes: letters may take several."""
    assert Keyring.parse("k1:0123456789abcdef").sign("a")
    assert Keyring.parse("k1:ääääääää").sign("a")
