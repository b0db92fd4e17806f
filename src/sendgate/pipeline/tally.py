"""The account of a run: every row of an audience ends somewhere, and all ends together are the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from sendgate.errors import RequestError
from sendgate.gates.duplicate import Duplicate
from sendgate.model.ledger import SHADOW, Entry, State
from sendgate.model.reasons import Reason
from sendgate.model.times import FOREVER, NEVER
from sendgate.pipeline.running import Done


class Ending(StrEnum):
    """What becomes of a row."""

    SENT = "sent"
    HELD = "held"
    """Would have been sent, if it had not been for the shadow."""
    DEFERRED = "deferred"
    DROPPED = "dropped"
    FAILED = "failed"
    DOUBT = "in doubt"
    REJECTED = "rejected"
    """Not read, or not to be understood: it asks for something else than before under the same name."""
    LEFT = "left"
    """Left for later: another worker has it, or the run came to an end before."""


_ENDINGS: Mapping[State, Ending] = MappingProxyType(
    {
        State.SENT: Ending.SENT,
        State.BOUNCED: Ending.SENT,
        State.COMPLAINED: Ending.SENT,
        State.UNKNOWN: Ending.DOUBT,
        State.DROPPED: Ending.DROPPED,
        State.DEFERRED: Ending.DEFERRED,
        State.RELEASED: Ending.DEFERRED,
        State.FAILED: Ending.FAILED,
        State.RESERVED: Ending.LEFT,
        State.SENDING: Ending.LEFT,
    }
)

_PROVIDER: Mapping[State, tuple[str, str]] = MappingProxyType(
    {
        State.UNKNOWN: ("provider", "no answer"),
        State.FAILED: ("provider", "refused"),
        State.RELEASED: ("provider", "busy"),
    }
)
"""Who had the last word, where it was not a gate."""


class Why(NamedTuple):
    """How a row ended, and whose word it was."""

    ending: Ending
    gate: str
    reason: str


@dataclass
class Tally:
    """How many rows ended how, and why."""

    rows: int
    """All rows of the audience."""
    before: int = 0
    """Rows about which nothing was done, because an earlier run had."""
    next_due: float = FOREVER
    """When the first of those that wait is due, epoch seconds."""
    reasons: Counter[Why] = field(default_factory=Counter)

    def add(self, done: Done) -> Why:
        """Count what became of a request."""
        why = why_of(done)
        self.reasons[why] += 1
        if done.sent:
            self.before += not done.sent.fresh
            if why.ending is Ending.DEFERRED and not done.sent.entry.finished:
                self.next_due = min(self.next_due, done.sent.entry.due)
        return why

    def refuse(self, reason: str) -> Why:
        """Count a row that cannot be asked for."""
        why = Why(Ending.REJECTED, "", reason)
        self.reasons[why] += 1
        return why

    def reject(self, rows: int) -> None:
        """Count rows that could not be read."""
        self.reasons[Why(Ending.REJECTED, "", "cannot be read")] += rows

    def repeat(self) -> Why:
        """Count a row that means a person who stands further up in the audience."""
        why = Why(Ending.DROPPED, Duplicate.name, Reason.EARLIER_IN_AUDIENCE)
        self.reasons[why] += 1
        return why

    @property
    def counted(self) -> int:
        """How many rows have ended."""
        return self.reasons.total()

    @property
    def fresh(self) -> int:
        """How many messages this run has decided about."""
        kept = (Ending.REJECTED, Ending.LEFT)
        repeated = self.reasons[Why(Ending.DROPPED, Duplicate.name, Reason.EARLIER_IN_AUDIENCE)]
        return sum(n for why, n in self.reasons.items() if why.ending not in kept) - self.before - repeated

    @property
    def endings(self) -> Mapping[Ending, int]:
        """How many rows ended how: together, all rows. What the run did not come to is left for later."""
        counts = dict.fromkeys(Ending, 0)
        for why, number in self.reasons.items():
            counts[why.ending] += number
        counts[Ending.LEFT] += self.rows - self.counted
        return counts

    @property
    def needs_a_look(self) -> bool:
        """Whether something is not as it should be: rows rejected or left, messages refused or in doubt."""
        endings = self.endings
        return any(endings[one] for one in (Ending.REJECTED, Ending.LEFT, Ending.FAILED, Ending.DOUBT))


def why_of(done: Done) -> Why:
    """Say how a request ended."""
    if done.sent is None:
        rejected = isinstance(done.error, RequestError)
        reason = "asked for before, with other data" if rejected else type(done.error).__name__
        return Why(Ending.REJECTED if rejected else Ending.LEFT, "", reason)
    return Why(ending_of(done.sent.entry), *_word(done.sent.entry))


def ending_of(entry: Entry) -> Ending:
    """Say how a message stands."""
    if entry.state is State.DROPPED and entry.gate == SHADOW:
        return Ending.HELD
    if entry.state is State.DROPPED and entry.due > NEVER:  # only to be seen
        return Ending.DEFERRED
    return _ENDINGS[entry.state]


def _word(entry: Entry) -> tuple[str, str]:
    return _PROVIDER.get(entry.state, (entry.gate, entry.reason))
