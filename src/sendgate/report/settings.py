"""A policy in words: every gate with its mode and its settings, those that were chosen apart from the defaults."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from enum import Enum
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import fields

from sendgate.gate import Gate
from sendgate.model.decisions import Mode
from sendgate.policy.policy import Policy
from sendgate.report.phrases import spoken

_LISTED = 20
"""Items of a list that are told; there may be tens of thousands."""


class Setting(NamedTuple):
    """One setting of a gate."""

    name: str
    """As the file has it."""
    lines: tuple[str, ...]
    """The value; of settings within it, a line for each."""
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
    for field in fields(gate):
        value = getattr(gate, field.name)
        if field.name != "mode" and value is not None:
            yield Setting(field.encode_name, tuple(_lines(value)), value != field.default)


def _lines(value: Any) -> Iterator[str]:
    """Give a line for each item that has settings of its own, and one line for everything else."""
    if isinstance(value, Struct):
        parts = {field.encode_name: getattr(value, field.name) for field in fields(value)}
        if any(isinstance(part, Struct) for part in parts.values()):
            yield from (f"{name}: {_said(part)}" for name, part in parts.items())
            return
    items = list(value) if isinstance(value, tuple | list) else []
    if items and all(isinstance(item, Struct) for item in items):
        yield from map(_said, items[:_LISTED])
        yield from _more(items)
        return
    yield _said(value)


def _said(value: Any) -> str:
    if isinstance(value, Struct):
        return ", ".join(f"{spoken(field.encode_name)} {_said(getattr(value, field.name))}" for field in fields(value))
    if isinstance(value, tuple | list | frozenset):
        return ", ".join([*map(_said, list(value)[:_LISTED]), *_more(value)]) or "none"
    if isinstance(value, Enum):
        return spoken(str(value.value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _more(items: Sized) -> list[str]:
    return [f"{len(items) - _LISTED:,} more"] if len(items) > _LISTED else []
