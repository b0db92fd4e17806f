"""The gates there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

import pytest

from sendgate import catalog
from sendgate.errors import ConfigurationError
from sendgate.gate import Gate
from sendgate.gates.permission import Permission
from sendgate.policy.files import load_policy


class Weather(Gate, frozen=True):
    """A gate of another package."""

    name: ClassVar[str] = "weather"


class Rain(Weather, frozen=True):
    """Another of the same name."""


class Nameless(Gate, frozen=True):
    """A gate that forgot its name."""


class Impostor(Permission):
    """A gate under another's name."""


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """Offer entry points by name, each with where its gate stands; gives the list of those that get loaded."""
    loaded: list[str] = []
    load = EntryPoint.load

    def loading(point: EntryPoint) -> object:
        loaded.append(point.name)
        return load(point)

    def installed(**places: str) -> list[str]:
        points = [EntryPoint(name, place, catalog.ENTRY_POINTS) for name, place in places.items()]
        monkeypatch.setattr(metadata, "entry_points", lambda group: points if group == catalog.ENTRY_POINTS else [])
        monkeypatch.setattr(EntryPoint, "load", loading)
        catalog._every.cache_clear()
        return loaded

    yield installed
    catalog._every.cache_clear()


def test_the_order_is_that_of_the_documentation() -> None:
    """The order decides which reason is named, so it is promised."""
    assert [gate.name for gate in catalog.BUILT_IN] == [
        *("permission", "deliverability", "duplicate", "quiet_hours", "frequency", "moment", "fit", "just_bought"),
        *("price_protection", "relevance", "intent", "fatigue", "recognition", "balance", "unsubscribe_risk"),
        *("holdout", "render"),
    ]


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("nosuch:Gate", "cannot be loaded: ModuleNotFoundError: No module named 'nosuch'"),
        (f"{__name__}:Nothing", "cannot be loaded: AttributeError: "),
        ("pathlib:Path", "is not a subclass of sendgate.Gate"),
        (f"{__name__}:Nameless", "has no name: expected a line such as `name: ClassVar[str] = "),
        (f"{__name__}:Impostor", "takes the name of the gate `permission`"),
    ],
)
def test_an_entry_point_that_gives_no_gate_is_told_where_it_is_named(install, place: str, why: str) -> None:
    """It breaks no policy that does not name it, and is left out where all gates are listed."""
    install(other=place, weather=f"{__name__}:Weather")
    assert catalog.classes_for(["weather", "permission"]) == (
        {**catalog.classes_for([]).classes, "weather": Weather},
        {},
    )
    assert (
        catalog.classes_for(["other"])
        .unusable["other"]
        .startswith(f"entry point `other = {place}` in sendgate.gates {why}")
    )
    assert [*catalog.gate_classes()] == [*(gate.name for gate in catalog.BUILT_IN), "weather"]


def test_no_more_is_loaded_than_a_policy_names(install) -> None:
    """Most entry points are called as their gates are; only for a gate of another name the others are looked at."""
    loaded = install(broken="nosuch:Gate", weather=f"{__name__}:Weather")
    assert catalog.classes_for(["moment"]).classes is catalog.classes_for([]).classes
    assert loaded == []
    assert "weather" in catalog.classes_for(["weather"]).classes
    assert loaded == ["weather"]


def test_an_entry_point_may_be_called_other_than_its_gate(install) -> None:
    """A policy names the gate; who names the entry point instead is told."""
    install(sky=f"{__name__}:Weather", broken="nosuch:Gate")
    assert catalog.classes_for(["weather"]).classes["weather"] is Weather
    classes, unusable = catalog.classes_for(["sky"])
    assert "weather" not in classes
    assert unusable == {"sky": f"entry point `sky = {__name__}:Weather` in sendgate.gates gives a gate of another name"}


def test_of_two_gates_with_one_name_that_one_counts_whose_entry_point_has_it(install) -> None:
    """Where none or both have it, neither can be used: what a policy decides is no matter of chance."""
    install(a=f"{__name__}:Rain", weather=f"{__name__}:Weather")
    assert catalog.classes_for(["weather"]).classes["weather"] is Weather
    assert catalog.gate_classes()["weather"] is Weather
    install(a=f"{__name__}:Rain", b=f"{__name__}:Weather")
    classes, unusable = catalog.classes_for(["weather"])
    assert "weather" not in classes
    assert unusable["weather"].endswith("give a gate of this name")


def test_a_policy_is_told_what_is_wrong_with_a_gate_that_it_names(install, tmp_path: Path) -> None:
    """A mistake with file and line, as any other; where the name is unknown, what cannot be loaded may be meant."""
    install(broken="nosuch:Gate", weather=f"{__name__}:Weather")
    policy = tmp_path / "sendgate.yaml"
    for gates, told in (
        ("broken: on", r":2:9: gate `broken` cannot be used: entry point `broken = nosuch:Gate` .* cannot be loaded"),
        ("wether: on", r":2:9: unknown gate `wether` \(did you mean `weather`\?; entry point `broken"),
    ):
        policy.write_text(f"family: {{name: Harbor, brands: {{harbor: }}}}\ngates: {{{gates}}}\n", "utf-8")
        with pytest.raises(ConfigurationError, match=told):
            load_policy(policy)
    policy.write_text("family: {name: Harbor, brands: {harbor: }}\ngates: {weather: on}\n", "utf-8")
    assert isinstance(load_policy(policy).gate("weather"), Weather)
