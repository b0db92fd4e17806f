"""Whether a family's folder is in order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sendgate import catalog
from sendgate.facts.kinds import Count, Events
from sendgate.gate import Ask, Gate, Rule
from sendgate.model.reasons import Reason
from sendgate.wiring.checking import check

if TYPE_CHECKING:
    import pytest


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
