"""A policy: the family and the settings of every gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sendgate.gate import NO_CARDS, Gate
from sendgate.model.campaigns import Channel, Family
from sendgate.model.decisions import Mode
from sendgate.model.times import DAY
from sendgate.scores.scorecard import Scorecard


@dataclass(frozen=True)
class Sending:
    """How messages are sent, beside by whom. Times in seconds."""

    rate: float = 0.0
    """Messages a second at most; 0 is as fast as it goes."""
    daily_quota: int = 0
    """Messages in any 24 hours at most; 0 is no limit."""
    lease: float = 120.0
    """How long a worker may hold a message that it has reserved."""
    give_up_after: float = 14 * DAY
    """A message that was asked for so long ago is dropped rather than deferred once more."""
    retry_transactional: bool = False
    """A transactional message that is in doubt is sent again."""


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
    sending: Sending = field(default_factory=Sending)
    cards: Mapping[str, Scorecard] = field(default_factory=lambda: NO_CARDS)
    """The scorecards that gates name, by the name that they give; shipped ones need not be among them."""

    def gate(self, name: str) -> Gate:
        """Give the gate of a name."""
        return next(gate for gate in self.gates if gate.name == name)

    @property
    def active(self) -> tuple[Gate, ...]:
        """The gates that are asked: configured, and not off."""
        return tuple(gate for gate in self.gates if gate.configured and gate.mode is not Mode.OFF)
