from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from msgspec import structs

from sendgate.catalog import gate_classes
from sendgate.policy.review import Review
from sendgate.policy.schema import campaign_schema, policy_schema
from sendgate.policy.yaml_reader import read_document

REFERENCE = Path(__file__).parents[3] / "docs" / "policy.md"
BAD = Path(__file__).parents[2] / "bad_policies"
TYPES = {"object": dict, "array": list, "string": str, "null": type(None), "boolean": bool}


def meant(node):
    """Give values as an editor sees them."""
    if isinstance(node.content, dict):
        return {key: meant(below) for key, below in node.entries.items()}
    if isinstance(node.content, list):
        return [meant(below) for below in node.items]
    return None if node.content is None else node.meant


def valid(value, schema, root) -> bool:
    """Check a value against the part of JSON Schema that our schemas use."""
    parts = [root["$defs"][schema["$ref"].split("/")[-1]]] if "$ref" in schema else []
    options = schema.get("anyOf") or schema.get("oneOf")
    return (
        all(valid(value, part, root) for part in parts)
        and (options is None or any(valid(value, option, root) for option in options))
        and _of_type(value, schema.get("type"))
        and ("enum" not in schema or value in schema["enum"])
        and ("const" not in schema or value == schema["const"])
        and _within(value, schema, root)
    )


def _within(value, schema, root) -> bool:
    if isinstance(value, str):
        return len(value) >= schema.get("minLength", 0) and bool(re.search(schema.get("pattern", ""), value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    if isinstance(value, list):
        items = schema.get("items", {})
        return len(value) >= schema.get("minItems", 0) and all(valid(item, items, root) for item in value)
    return not isinstance(value, dict) or _object(value, schema, root)


def _of_type(value, wanted) -> bool:
    if wanted in {"number", "integer"}:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return wanted is None or isinstance(value, TYPES[wanted])


def _object(value, schema, root) -> bool:
    known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    if not set(schema.get("required", ())) <= set(value) or len(value) < schema.get("minProperties", 0):
        return False
    return all(
        valid(below, known[key], root)
        if key in known
        else (more is True or (isinstance(more, dict) and valid(below, more, root)))
        for key, below in value.items()
    )


def fits(path: Path, schema) -> bool:
    """Check a file against a schema."""
    return valid(meant(read_document(path, Review(str(path)))), schema, schema)


def test_the_example_is_valid(example):
    """Editors find nothing wrong with the reference's example."""
    assert fits(example / "sendgate.yaml", policy_schema())
    assert fits(example / "campaigns/duvets.yaml", campaign_schema())


@pytest.mark.parametrize(
    "more",
    [
        "moment: off",
        "moment:",
        "moment: true",
        "just_bought: {repeatable: all}",
        "quiet_hours: {from: '21:00', to: '8:00'}",
    ],
)
def test_short_forms_are_valid(write, more):
    """What sendgate accepts, the schema accepts."""
    assert fits(write("a.yaml", f"family: {{name: H, brands: {{h: }}}}\ngates:\n  {more}\n"), policy_schema())


@pytest.mark.parametrize("case", ["policy_gate_settings", "policy_gate_names", "policy_misspelt_keys", "policy_family"])
def test_bad_policies_are_not_valid(case):
    """Editors mark what sendgate refuses."""
    assert not fits(BAD / case / "sendgate.yaml", policy_schema())


@pytest.mark.parametrize("case", ["campaign_values", "campaign_misspelt_keys"])
def test_bad_campaigns_are_not_valid(case):
    """Editors mark what sendgate refuses."""
    assert not fits(BAD / case / "campaigns" / "spring.yaml", campaign_schema())


@pytest.mark.parametrize("make", [policy_schema, campaign_schema])
def test_a_schema_is_whole(make):
    """It is JSON, names its dialect, and every reference leads somewhere."""
    schema = make()
    text = json.dumps(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for name in re.findall(r'"#/\$defs/([^"]+)"', text):
        assert name in schema["$defs"]


def test_every_gate_is_in_the_schema_with_its_keys():
    """Installed gates complete in editors as ours do."""
    schema = policy_schema()
    gates = schema["properties"]["gates"]["anyOf"][0]
    assert list(gates["properties"]) == list(gate_classes())
    assert gates["additionalProperties"] is False
    for name, kind in gate_classes().items():
        reference = gates["properties"][name]["anyOf"][0]["$ref"]
        keys = schema["$defs"][reference.split("/")[-1]]["properties"]
        assert set(keys) == {field.encode_name for field in structs.fields(kind)}


def test_every_key_of_ours_is_described():
    """Completion without an explanation is half a help."""
    for schema in (policy_schema(), campaign_schema()):
        ours = [schema, *(part for name, part in schema["$defs"].items() if name.endswith("Section"))]
        for part in ours:
            for key, described in part["properties"].items():
                assert described.get("description"), key


def test_default_durations_are_shown_as_people_write_them():
    """The default of a text is a text."""
    moment = policy_schema()["$defs"]["Moment"]["properties"]
    assert moment["after_purchase"]["default"] == "2d"


@pytest.mark.parametrize("make", [policy_schema, campaign_schema])
def test_the_reference_names_every_key(make):
    """docs/policy.md explains each key of both files; the settings of gates are explained in docs/gates.md."""
    reference = REFERENCE.read_text(encoding="utf-8")
    schema = make()
    ours = [schema, *(part for name, part in schema["$defs"].items() if name.endswith("Section"))]
    for part in ours:
        for key in part["properties"]:
            assert f"`{key}`" in reference, key
