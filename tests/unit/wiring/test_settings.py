"""Which setting means which file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sendgate import catalog, shipped
from sendgate.errors import ConfigurationError
from sendgate.facts.kinds import Count, Events
from sendgate.gate import Ask, Gate, Rule
from sendgate.model.reasons import Reason
from sendgate.wiring.settings import check, find_campaign, stranger, templates_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two campaigns, of which one is called what the other's file is called."""
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "duvets.yaml").write_text("name: spring\n")
    (tmp_path / "campaigns" / "lamps.yml").write_text("name: duvets\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "file"), [("duvets", "duvets.yaml"), ("lamps", "lamps.yml"), ("spring", "duvets.yaml")]
)
def test_a_campaign_is_found_by_file_and_by_name(folder: Path, text: str, file: str) -> None:
    """The file's name counts first."""
    assert find_campaign(text, folder) == folder / "campaigns" / file


def test_a_path_is_taken_as_it_is(folder: Path) -> None:
    """Wherever it leads; reading it says what is wrong."""
    assert find_campaign("elsewhere/x.yaml", folder) == Path("elsewhere/x.yaml")


def test_the_nearest_campaign_is_suggested(folder: Path) -> None:
    """Or that there is none at all."""
    with pytest.raises(ConfigurationError, match="did you mean `lamps`"):
        find_campaign("lamp", folder)
    with pytest.raises(ConfigurationError, match="there are no campaigns in"):
        find_campaign("lamp", folder / "campaigns")


def test_templates_lie_beside_the_policy_or_come_along(folder: Path) -> None:
    """A folder of one's own replaces all shipped ones."""
    assert templates_of(folder) == shipped.TEMPLATES
    (folder / "templates").mkdir()
    assert templates_of(folder) == folder / "templates"


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


class Hasty(Gate, frozen=True):
    """A gate of another package that asks before anybody stands there."""

    name: ClassVar[str] = "hasty"

    def facts(self, ask: Ask) -> dict[str, Any]:
        return {"looks": Count(Events(("viewed",)))}

    def rules(self, ask: Ask, known: Mapping[str, Any]) -> list[Rule]:
        return [Rule(Reason.CUSTOM, True, known["looks"], 1, "")] if known["looks"] else []


def test_a_gate_that_cannot_be_asked_is_found_by_a_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, however many campaigns would ask it, and before anybody is decided about."""
    classes = {**catalog.gate_classes(), "hasty": Hasty}
    monkeypatch.setattr(catalog, "gate_classes", lambda: classes)
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "sendgate.yaml").write_text("family: {name: H, brands: {harbor: }}\ngates: {hasty: on}\n", "utf-8")
    for name in ("spring", "summer"):
        campaign = f"name: {name}\nbrand: harbor\nchannel: sms\npurpose: service\noffers: [{{name: x}}]\n"
        (tmp_path / "campaigns" / f"{name}.yaml").write_text(campaign, "utf-8")
    (mistake,) = check(tmp_path).mistakes
    assert str(mistake).startswith("gate `hasty`: it cannot be asked: a condition is not yet true or false")
