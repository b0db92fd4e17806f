"""Names of time zones, and what was meant by those that do not exist."""

from __future__ import annotations

import pytest

from sendgate.model.zones import zone_meant, zone_named


def test_a_zone_is_found_whatever_its_case() -> None:
    """Files of other systems write names as they like."""
    assert zone_named("EUROPE/berlin") == "Europe/Berlin"
    with pytest.raises(ValueError, match="such as Europe/Berlin"):
        zone_named("Berlin")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Europe/Lundon", "Europe/London"), ("berlin", "Europe/Berlin"), ("New York", "America/New_York"),
        ("America/New York", "America/New_York"), ("Moon/Base", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_zone_that_was_probably_meant_is_found(written: str, meant: str) -> None:
    """A letter is wrong, or a place has no continent; for what is like nothing there is none."""
    assert zone_meant(written) == meant
