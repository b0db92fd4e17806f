"""What happened to a person, and when."""

from __future__ import annotations

from typing import NamedTuple

from sendgate.model.times import UNKNOWN

MESSAGING = (
    "sent", "delivered", "bounced", "complained", "opened", "clicked", "redeemed", "unsubscribed", "subscribed",
)  # fmt: skip
BEHAVIOUR = ("viewed", "searched", "carted", "purchased", "returned", "visited")
SERVICE = ("case_opened", "case_closed")
SHARING = ("sharing_granted", "sharing_withdrawn")
CONTROL = ("held_out",)
"""A message that would have been sent, but whose person was kept in the control group; no gate reads it."""
KINDS = frozenset(MESSAGING + BEHAVIOUR + SERVICE + SHARING + CONTROL)
"""The kinds that have a meaning. Any other kind is kept and counted, and reported once."""

PERMANENT, TRANSIENT = BOUNCES = ("permanent", "transient")
"""What the ``detail`` of a ``bounced`` says. A bounce that says neither counts for nothing, and is reported once."""


class Event(NamedTuple):
    """One event. Text that nobody knows is empty; see ``docs/files.md`` for where it comes from."""

    kind: str
    at: float
    """Epoch seconds."""
    brand: str = ""
    """Empty: the family as a whole."""
    channel: str = ""
    """Empty: every channel."""
    campaign: str = ""
    creative: str = ""
    purpose: str = ""
    category: str = ""
    """A normalised path."""
    product: str = ""
    price: float = UNKNOWN
    """The amount actually paid, in the family's currency."""
    discount: float = 0.0
    """The amount taken off; 0 is full price."""
    detail: str = ""
    id: str = ""
    """Where given, unique: a repeated id counts once."""
