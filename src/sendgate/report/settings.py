"""A policy in words: every gate with its mode and its settings, those that were chosen apart from the defaults."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple

from pydantic import BaseModel

from sendgate.gate import Gate
from sendgate.model.decisions import Mode
from sendgate.model.times import span
from sendgate.policy.policy import Policy

_LISTED = 20
"""Items of a list that are told; there may be tens of thousands."""


class Setting(NamedTuple):
    """One setting of a gate."""

    name: str
    value: str
    chosen: bool
    """It differs from the default."""


class GateSettings(NamedTuple):
    """How one gate is set."""

    gate: str
    mode: str
    settings: tuple[Setting, ...]


def in_words(policy: Policy) -> tuple[GateSettings, ...]:
    """Say how every gate of a policy is set."""
    return tuple(GateSettings(gate.name, _mode(gate), tuple(_settings(gate))) for gate in policy.gates)


def _mode(gate: Gate) -> str:
    if gate.mode is not Mode.OFF and not gate.configured:
        return "off, needs settings"
    return gate.mode.value


def _settings(gate: Gate) -> Iterator[Setting]:
    patterns = _patterns(type(gate))
    for name, field in type(gate).model_fields.items():
        value = getattr(gate, name)
        if name != "mode" and value is not None:
            yield Setting(field.alias or name, _said(value, patterns[field.alias or name]), value != field.default)


def _patterns(model: type[BaseModel]) -> dict[str, str]:
    """Find how people write each setting, where that is text for what is a number inside."""
    properties = model.model_json_schema()["properties"]
    forms = {name: [schema, *schema.get("anyOf", [])] for name, schema in properties.items()}
    return {name: next((form["pattern"] for form in each if "pattern" in form), "") for name, each in forms.items()}


def _said(value: Any, pattern: str = "") -> str:
    if isinstance(value, BaseModel):
        patterns = _patterns(type(value))
        return ", ".join(f"{name} {_said(getattr(value, name), patterns[name])}" for name in patterns)
    if isinstance(value, tuple | list | frozenset):
        more = [f"{len(value) - _LISTED:,} more"] if len(value) > _LISTED else []
        return "; ".join([*map(_said, list(value)[:_LISTED]), *more]) or "none"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, int | float) and pattern:
        return f"{int(value) // 60:02}:{int(value) % 60:02}" if ":" in pattern else span(float(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
