"""The documentation is held to the program."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from sendgate.catalog import BUILT_IN
from sendgate.gate import Gate
from sendgate.gates.frequency import Cap
from sendgate.model.campaigns import Channel
from sendgate.model.reasons import Reason
from sendgate.ports import Answer
from sendgate.providers.opening import open_provider
from sendgate.providers.place import Place
from sendgate.scores.catalogue import CATALOGUE
from sendgate.testing.providers import Arming, a_parcel

ROOT = Path(__file__).parents[1]
GATES = (ROOT / "docs" / "gates.md").read_text(encoding="utf-8")


def section(gate: type[Gate]) -> str:
    """Give what docs/gates.md says of a gate."""
    found = re.search(rf"^## {gate.name}\n(.*?)(?=^## |\Z)", GATES, re.MULTILINE | re.DOTALL)
    assert found, gate.name
    return found[1]


@pytest.mark.parametrize("gate", BUILT_IN, ids=lambda gate: gate.name)
def test_every_setting_and_its_default_are_documented(gate: type[Gate]) -> None:
    """A setting stands in its gate's section, with the default that the program has."""
    told = section(gate)
    for field in structs.fields(gate):
        if field.name == "mode":
            continue
        assert f"`{field.encode_name}`" in told
        if isinstance(field.default, int | float) and not isinstance(field.default, bool):
            assert f"{field.default:g}" in told
        elif isinstance(field.default, str):
            assert field.default in told


def test_the_order_of_the_sections_is_the_order_of_the_gates() -> None:
    """The order decides which reason is named."""
    titles = [title for title in re.findall(r"^## (\w+)$", GATES, re.MULTILINE) if "_" in title or title.islower()]
    assert titles == [gate.name for gate in BUILT_IN]


def test_the_settings_of_a_cap_are_documented() -> None:
    """Caps have settings of their own."""
    frequency = next(gate for gate in BUILT_IN if gate.name == "frequency")
    assert all(f"`{name}`" in section(frequency) for name in Cap.__struct_fields__)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_documented(reason: Reason) -> None:
    """The list of reason codes is closed and explained."""
    assert f"`{reason}`" in GATES


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda path: path.name
)
def test_links_lead_somewhere(path: Path) -> None:
    """A link to a file of the project leads to one."""
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_every_story_is_told_in_the_readme() -> None:
    """The README has a line for each story."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for story in sorted((ROOT / "examples" / "stories").iterdir()):
        if story.is_dir():
            assert f"examples/stories/{story.name}" in readme


@pytest.mark.parametrize(
    "address", ["smtp://mail.harbor.example", "smtps://mail.harbor.example", "ses://eu-west-1", "sns://eu-west-1"]
)
def test_every_option_of_a_provider_is_documented(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What may stand behind the question mark of an address stands in docs/providers.md."""
    if address.startswith("s") and not address.startswith("smtp"):
        pytest.importorskip("boto3", reason="needs the extra `aws`")
    told = (ROOT / "docs" / "providers.md").read_text(encoding="utf-8")
    allowed: list[str] = []
    monkeypatch.setattr(Place, "allow", lambda _, *options: allowed.extend(options))
    open_provider(address, ROOT).close()
    assert allowed
    assert [option for option in allowed if f"`{option}`" not in told] == []


def test_the_provider_that_others_are_to_write_keeps_the_contract() -> None:
    """The code in docs/adding-a-provider.md runs, and passes the tests that need no trouble."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "adding-a-provider.md").read_text(), re.DOTALL)
    known: dict[str, Any] = {}
    for block in blocks:
        exec(block, known)
    pigeon = SimpleNamespace(fly=lambda: "feather")
    loft = SimpleNamespace(ready=lambda recipient, text: pigeon)
    provider = known["Pigeons"](loft)
    known["TestPigeons"]().test_carries_its_channel(provider)
    receipt = provider.send(a_parcel(channel=Channel.SMS), Arming())
    assert (receipt.answer, receipt.message_id) == (Answer.ACCEPTED, "feather")


def test_every_fact_of_scores_is_documented() -> None:
    """Who edits a card finds each fact that it may ask about, in the words of the catalogue."""
    told = (ROOT / "docs" / "scores.md").read_text(encoding="utf-8")
    for fact in CATALOGUE.values():
        assert f"| `{fact.name}` | {fact.means} |" in told
