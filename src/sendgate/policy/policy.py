"""A policy: the family and the settings of every gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sendgate.gate import Gate
from sendgate.model.campaigns import Channel, Family
from sendgate.model.decisions import Mode


@dataclass(frozen=True)
class Policy:
    """The settings of the gates for one family, all gates in order."""

    family: Family
    gates: tuple[Gate, ...] = field(default=())
    store: str = "sqlite:///sendgate.db"
    providers: Mapping[Channel, str] = field(
        default_factory=lambda: MappingProxyType(dict.fromkeys(Channel, "outbox://outbox"))
    )
    """Who carries the messages of each channel."""

    def gate(self, name: str) -> Gate:
        """Give the gate of a name."""
        return next(gate for gate in self.gates if gate.name == name)

    @property
    def active(self) -> tuple[Gate, ...]:
        """The gates that are asked: configured, and not off."""
        return tuple(gate for gate in self.gates if gate.configured and gate.mode is not Mode.OFF)
