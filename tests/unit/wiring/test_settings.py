"""Which setting means which file."""

from __future__ import annotations

import pytest

from sendgate.wiring.settings import stranger


@pytest.mark.parametrize(
    ("who", "person", "attributes"),
    [
        ("Eve@X.example", "eve@x.example", {"email": "eve@x.example"}),
        ("+491711234567", "+491711234567", {"phone": "+491711234567"}),
        ("c-17", "c-17", {}),
    ],
)
def test_a_stranger_is_known_by_what_was_given(who: str, person: str, attributes: dict[str, str]) -> None:
    """An address is at least that; nothing else is known."""
    profile = stranger(who)
    assert (profile.person, dict(profile.attributes), profile.events, profile.known) == (person, attributes, (), False)
