"""JSON Schemas of the settings files, so that editors complete and check them while people write."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from sendgate.catalog import gate_classes
from sendgate.model.times import DAY, HOUR, MINUTE
from sendgate.policy.campaign_file import CampaignFile
from sendgate.policy.gate_settings import SHORT_FORMS
from sendgate.policy.policy_file import PolicyFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def policy_schema() -> dict[str, Any]:
    """Describe ``sendgate.yaml``, with every installed gate."""
    schema = PolicyFile.model_json_schema()
    classes = gate_classes()
    refs, gates = models_json_schema([(kind, "validation") for kind in classes.values()])
    settings = {name: _gate(refs[kind, "validation"]) for name, kind in classes.items()}
    section = {"type": "object", "additionalProperties": False, "properties": settings}
    schema["properties"]["gates"]["anyOf"] = [section, {"type": "null"}]
    schema["$defs"] |= gates["$defs"]
    return _finished(schema, "sendgate policy")


def campaign_schema() -> dict[str, Any]:
    """Describe a campaign file."""
    return _finished(CampaignFile.model_json_schema(), "sendgate campaign")


def _gate(reference: dict[str, Any]) -> dict[str, Any]:
    short = {"enum": [*SHORT_FORMS, True, False], "description": "in place of settings"}
    return {"anyOf": [reference, short, {"type": "null", "description": "the defaults"}]}


def _finished(schema: dict[str, Any], title: str) -> dict[str, Any]:
    _write_durations(schema)
    return {"$schema": _DIALECT} | schema | {"title": title}


def _write_durations(schema: Any) -> None:
    """Show defaults as people write them: ``7d``, not 604800.0. The schema asks for text there."""
    if isinstance(schema, list):
        for item in schema:
            _write_durations(item)
    elif isinstance(schema, dict):
        if schema.get("type") == "string" and isinstance(schema.get("default"), float):
            schema["default"] = duration_text(schema["default"])
        if isinstance(schema.get("default"), dict):
            del schema["default"]  # the defaults of a section are those of its keys
        for value in schema.values():
            _write_durations(value)


def duration_text(seconds: float) -> str:
    """Write a duration in its largest whole unit, as settings files have it."""
    units = ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"))
    size, unit = next(((size, unit) for size, unit in units if seconds % size == 0), (1.0, "s"))
    return f"{seconds / size:g}{unit}"
