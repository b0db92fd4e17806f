"""JSON Schemas of the settings files, so that editors complete and check them while people write."""

from __future__ import annotations

from typing import Any

from msgspec.json import schema_components

from sendgate.catalog import gate_classes
from sendgate.policy.campaign_file import CampaignFile
from sendgate.policy.gate_settings import SHORT_FORMS
from sendgate.policy.plan_file import PlanFile
from sendgate.policy.policy_file import PolicyFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def policy_schema() -> dict[str, Any]:
    """Describe ``sendgate.yaml``, with every installed gate."""
    classes = gate_classes()
    references, parts = schema_components([PolicyFile, *classes.values()], ref_template="#/$defs/{name}")
    settings = {name: _gate(reference) for name, reference in zip(classes, references[1:], strict=True)}
    gates = {"type": "object", "additionalProperties": False, "properties": settings}
    parts[PolicyFile.__name__]["properties"]["gates"]["anyOf"] = [gates, {"type": "null"}]
    return _whole(PolicyFile.__name__, parts, "sendgate policy")


def campaign_schema() -> dict[str, Any]:
    """Describe a campaign file."""
    _, parts = schema_components([CampaignFile], ref_template="#/$defs/{name}")
    return _whole(CampaignFile.__name__, parts, "sendgate campaign")


def plan_schema() -> dict[str, Any]:
    """Describe a plan of several campaigns."""
    _, parts = schema_components([PlanFile], ref_template="#/$defs/{name}")
    return _whole(PlanFile.__name__, parts, "sendgate plan")


def _gate(reference: dict[str, Any]) -> dict[str, Any]:
    short = {"enum": [*SHORT_FORMS, True, False], "description": "in place of settings"}
    return {"anyOf": [reference, short, {"type": "null", "description": "the defaults"}]}


def _whole(name: str, parts: dict[str, Any], title: str) -> dict[str, Any]:
    """Put one part on top. The defaults of a section are those of its keys, and not said twice."""
    for part in parts.values():
        for described in part.get("properties", {}).values():
            if isinstance(described.get("default"), dict):
                del described["default"]
    return {"$schema": _DIALECT, **parts.pop(name), "title": title, "$defs": parts}
