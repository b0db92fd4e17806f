"""What the ledger remembers of a message: one entry for each key, and the states that it goes through.

::

              reserve            arm               confirm
    (nothing) ───────> RESERVED ─────> SENDING ──────────────> SENT ──> BOUNCED ──> COMPLAINED
        │               │    ^           │  │                   ^
        │ drop, defer   │    └───────────┘  │ refused: FAILED   │ an event with our key arrives
        v               v     not sent      v                   │
    DROPPED         RELEASED             UNKNOWN ───────────────┘
    DEFERRED        (lease ran out)      (no answer, or the lease ran out)

Entries change by comparing and swapping: whoever holds the entry as it was may write what it becomes. So these
functions are pure, and a store knows no states at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sendgate.model.campaigns import Purpose
from sendgate.model.events import Event
from sendgate.model.times import NEVER


class State(StrEnum):
    """Where a message stands."""

    RESERVED = "reserved"
    """Decided and written; nothing has left the house. ``due`` is the end of the lease."""
    SENDING = "sending"
    """Armed: from here on it may have been sent. ``due`` is the end of the lease."""
    SENT = "sent"
    """The provider took it."""
    UNKNOWN = "unknown"
    """In doubt: armed, and nobody knows whether it was sent. It counts against the caps until it is settled."""
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    """The provider refused it for good."""
    DROPPED = "dropped"
    """A gate stopped it."""
    DEFERRED = "deferred"
    """A gate holds it back. From ``due`` on it is decided again."""
    RELEASED = "released"
    """A reservation that was given back. From ``due`` on it is decided again."""


COUNTED = frozenset(
    {State.RESERVED, State.SENDING, State.SENT, State.UNKNOWN, State.BOUNCED, State.COMPLAINED}
)  # fmt: skip
"""The states that are a ``sent`` event to every fact: what was sent, will be, or may have been."""

HELD = frozenset({State.RESERVED, State.SENDING})
"""A worker is at it, until its lease runs out."""

WAITING = frozenset({State.DEFERRED, State.RELEASED})
"""To be decided again when due."""

UNFINISHED = HELD | WAITING | {State.UNKNOWN}
"""The states that somebody or something still has to look at; only these have a ``due``."""

SHADOW = "shadow"
"""Stands in the place of a gate where a message was only to be seen, and marks the run of all that were."""


def shadow_run(run: str) -> str:
    """Name the run in which a run is only looked at: its messages have keys of their own."""
    return f"{run} ({SHADOW})".strip()


def is_shadow(run: str) -> bool:
    """Tell by its name whether a run is one in which another is only looked at."""
    return run.endswith(f"({SHADOW})")


_NEXT: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.RESERVED: frozenset({State.SENDING, State.RELEASED, State.RESERVED, State.FAILED}),
        State.SENDING: frozenset({State.SENT, State.UNKNOWN, State.FAILED, State.RESERVED, State.RELEASED}),
        State.UNKNOWN: frozenset({State.SENT, State.FAILED, State.RELEASED}),
        State.DEFERRED: frozenset({State.RELEASED}),
        State.RELEASED: frozenset({State.RELEASED}),
        State.FAILED: frozenset({State.RELEASED}),
        State.DROPPED: frozenset({State.RELEASED}),
        State.SENT: frozenset(),
        State.BOUNCED: frozenset(),
        State.COMPLAINED: frozenset(),
    }
)
"""What a worker may do next. Deciding again makes a new entry in place of the old one, and a report of the provider
is another matter: see ``reported``."""

_KNOWLEDGE = {State.SENT: 1, State.BOUNCED: 2, State.COMPLAINED: 3}
"""How much a state that a provider reports knows. Reports only ever add to it, so every order of them ends alike."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One message in the ledger. Times are epoch seconds; text that does not apply is empty."""

    key: str
    person: str
    campaign: str
    run: str
    channel: str
    state: State
    at: float
    """When it was decided: the time of the ``sent`` event that facts see."""
    changed: float
    """When it came into this state."""
    asked: float = NEVER
    """When it was first asked for, or given back by hand; a deferral that lasts too long from here is given up."""
    due: float = NEVER
    """For an unfinished entry, when to look at it: the end of a lease, or of a deferral. For one that was only to be
    seen, and would have waited, until when."""
    token: str = ""
    """Fences off whoever worked at it before: new with each reservation."""
    permission: int = 0
    """The person's permission version that the decision saw; arming asks for the same."""
    brand: str = ""
    purpose: str = ""
    offer: str = ""
    category: str = ""
    product: str = ""
    creative: str = ""
    gate: str = ""
    reason: str = ""
    detail: str = ""
    """Why it was dropped, deferred or refused, in words."""
    message_id: str = ""
    """What the provider calls it."""
    payload_hash: str = ""
    """Of what was asked for; the same key with another payload is refused."""
    body_hash: str = ""
    """Of the message as it was written."""
    data: str = ""
    """The values that came with the request, as JSON: a deferred message is decided again with them."""

    @property
    def counted(self) -> bool:
        """Whether facts see it as a ``sent`` event."""
        return self.state in COUNTED

    @property
    def shadowed(self) -> bool:
        """Whether it was only to be seen, whatever a gate said of it. Its key does not keep the real one from going."""
        return self.gate == SHADOW or is_shadow(self.run)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to be done about it."""
        return self.state not in UNFINISHED

    def as_event(self) -> Event:
        """Give the ``sent`` event that facts see. Its id is the key, so an exported and imported one counts once."""
        return Event(
            "sent", self.at, self.brand, self.channel, self.campaign, self.creative, self.purpose, self.category,
            self.product, id=self.key,
        )  # fmt: skip


def moved(entry: Entry, state: State, now: float, **changes: Any) -> Entry:
    """Give the entry in its next state, at a time; raise ValueError where that state cannot follow.

    An entry that is finished or reserved anew has no ``due`` left but the one given in ``changes``.
    """
    if state not in _NEXT[entry.state]:
        raise ValueError(f"a message that is {entry.state} cannot become {state}")
    return replace(entry, **{"due": NEVER, **changes, "state": state, "changed": now})


def swept(entry: Entry, now: float, *, insist: bool = False) -> Entry:
    """Give what becomes of an entry whose lease ran out; the same entry where it did not.

    What was armed is in doubt. What was only reserved has not left the house, and is decided again; so is, where
    somebody insists, a transactional message that is in doubt.
    """
    if entry.state not in HELD or now < entry.due:
        return entry
    if entry.state is State.SENDING and not (insist and entry.purpose == Purpose.TRANSACTIONAL):
        return moved(entry, State.UNKNOWN, now, due=now, detail="the lease ran out before an answer was written down")
    return moved(entry, State.RELEASED, now, due=now, detail="the lease ran out before the message was sent")


def reported(entry: Entry, state: State, now: float, message_id: str = "") -> Entry:
    """Give what an entry becomes by a provider's report (SENT, BOUNCED or COMPLAINED) that carries its key.

    A report proves that the message was sent, whatever we believed. The same entry where the report adds nothing.
    """
    if _KNOWLEDGE[state] <= _KNOWLEDGE.get(entry.state, 0):
        return entry
    return replace(entry, state=state, changed=now, due=NEVER, message_id=message_id or entry.message_id)
