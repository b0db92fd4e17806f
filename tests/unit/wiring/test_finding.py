"""Where a family's folder has what a setting names."""

from __future__ import annotations

from pathlib import Path

import pytest

from sendgate import shipped
from sendgate.errors import ConfigurationError
from sendgate.wiring.finding import find_campaign, templates_of


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
