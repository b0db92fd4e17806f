"""Text of strangers in a terminal."""

from __future__ import annotations

import pytest

from sendgate.model.harmless import harmless


@pytest.mark.parametrize("text", ["👩‍👧‍👦", "🏳️‍🌈", "می‌خواهم", "क्‍ष", "10\u00a0€", "a\u3000b", "two\nlines", "Ångström"])
def test_what_people_write_stays(text: str) -> None:
    """Joiners in emoji and words, and spaces of every width."""
    assert harmless(text) == text


@pytest.mark.parametrize(
    "sign",
    ["\x1b", "\x07", "\x08", "\r", "\t", "\x7f", "\x9b", "\u061c", "\u200b", "\u200e", "\u200f", "\u2028", "\u202a",
     "\u202e", "\u2066", "\u2069", "\ufeff", "\ufff9", "\U000e0041", "\udc80"],
)  # fmt: skip
def test_what_steers_a_terminal_is_replaced(sign: str) -> None:
    """Control characters, marks and overrides of direction, and what nobody sees."""
    assert harmless(f"a{sign}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_controls_that_are_wanted_stay() -> None:
    """As a tab between the columns of a line."""
    assert harmless("a\tb\x1b", "\n\t") == "a\tb\N{REPLACEMENT CHARACTER}"
