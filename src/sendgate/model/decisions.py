"""The answer: send, defer or drop, and why."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER


class Outcome(StrEnum):
    """What becomes of a message. Dropping and deferring are answers, not failures."""

    SEND = "send"
    DEFER = "defer"
    DROP = "drop"


class Mode(StrEnum):
    """How seriously a gate is taken."""

    ENFORCE = "enforce"
    OBSERVE = "observe"
    """It reports what it would have done, and lets the message through."""
    OFF = "off"


class Finding(Struct, frozen=True, gc=False):
    """What one gate said about one person, or about one offer for that person."""

    gate: str
    offer: str
    """Empty: about the person."""
    blocks: bool
    mode: Mode
    outcome: Outcome
    """What the gate leads to where it blocks and is enforced; ``send`` where it does not block."""
    reason: Reason
    observed: float | str
    limit: float | str
    until: float
    """Epoch seconds; FOREVER: open-ended; NEVER: does not defer."""
    says: object
    """The sentence; turned into text only when asked for, because most findings are never read."""

    @property
    def detail(self) -> str:
        """One plain sentence."""
        return str(self.says)

    @property
    def enforced(self) -> bool:
        """Whether it blocks and is to be obeyed."""
        return self.blocks and self.mode is Mode.ENFORCE


class Ranking(Struct, frozen=True, gc=False):
    """How an offer stands for a person."""

    offer: str
    relevance: float
    incentive_fit: float
    blocked: int
    """How many enforced gates block it."""
    evidence: object
    """The evidence in words; text when asked for."""


class Decision(Struct, frozen=True, gc=False):
    """Whether this message should reach this person now, with everything that led there."""

    person: str
    campaign: str
    at: float
    outcome: Outcome
    gate: str
    """The gate that is named; empty for ``send``."""
    reason: Reason
    says: object
    until: float
    offer: str
    """The chosen offer; for a drop or deferral, the offer that came furthest."""
    relevance: float
    unsubscribe_risk: float
    blocked_by: tuple[str, ...]
    findings: tuple[Finding, ...]
    offers: tuple[Ranking, ...]

    @property
    def detail(self) -> str:
        """One plain sentence: why, or on what evidence."""
        return str(self.says)

    @property
    def deferred(self) -> bool:
        """Whether there is a time to ask again."""
        return self.outcome is Outcome.DEFER and self.until > NEVER
