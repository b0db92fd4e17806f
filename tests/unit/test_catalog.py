"""The gates there are."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from importlib.metadata import EntryPoint

import pytest

from sendgate import catalog
from sendgate.gates.permission import Permission


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    """Look for entry points anew in each test, and again after it."""
    catalog.gate_classes.cache_clear()
    yield
    catalog.gate_classes.cache_clear()


def _install(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    point = EntryPoint("other", value, catalog.ENTRY_POINTS)
    monkeypatch.setattr(metadata, "entry_points", lambda group: [point] if group == catalog.ENTRY_POINTS else [])


def test_the_order_is_that_of_the_documentation() -> None:
    """The order decides which reason is named, so it is promised."""
    assert [gate.name for gate in catalog.BUILT_IN] == [
        *("permission", "deliverability", "duplicate", "quiet_hours", "frequency", "moment", "fit", "just_bought"),
        *("price_protection", "relevance", "intent", "fatigue", "recognition", "balance", "unsubscribe_risk"),
        *("holdout", "render"),
    ]


def test_an_entry_point_that_is_no_gate_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that offers something else is named."""
    _install(monkeypatch, "pathlib:Path")
    with pytest.raises(TypeError, match=r"`other` in sendgate\.gates is not a subclass"):
        catalog.gate_classes()


def test_a_name_in_use_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package cannot put its own gate in the place of a built-in one."""

    class Impostor(Permission):
        """A gate under another's name."""

    monkeypatch.setattr(EntryPoint, "load", lambda _: Impostor)
    _install(monkeypatch, "anything")
    with pytest.raises(TypeError, match="a gate named `permission` exists"):
        catalog.gate_classes()
