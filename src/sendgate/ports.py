"""What sending needs of the world: a store of profiles, a ledger, a provider. Small, so that others can write theirs.

``sendgate.testing`` has a contract suite for each; ``docs/adding-a-store.md`` says how to run it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, Protocol

from sendgate.model.campaigns import Channel
from sendgate.model.events import Event
from sendgate.model.ledger import Entry, State
from sendgate.model.people import Profile
from sendgate.rendering.message import Push, Sms

# Stores -----------------------------------------------------------------------------------------------------------


FORGOTTEN = Event("unsubscribed", 0.0, id="forgotten")
"""What is known of somebody who was forgotten: the family has no leave to write, in any way."""


@dataclass(frozen=True)
class Known:
    """What a store knows of one person, read at one moment."""

    profile: Profile
    """Attributes and recorded events; what is in the ledger is not among them."""
    entries: Mapping[str, Entry]
    """The person's messages by key."""
    version: int
    """Rises whenever anything about the person changes; 0 for somebody the store has never heard of."""
    permission: int
    """Rises with every event that permission and deliverability read, and when one of the addresses is forgotten."""
    forgotten_addresses: frozenset[str] = frozenset()
    """Addresses of the person that somebody else had who asked to be forgotten: nothing may be sent there."""

    @property
    def forgotten(self) -> bool:
        """Whether this is somebody who asked to be forgotten: nothing may be written about them, and nothing sent."""
        return FORGOTTEN in self.profile.events

    def without(self, key: str) -> Profile:
        """Give the profile with what the ledger counts as ``sent``, but for the message that is being decided about."""
        sent = [entry.as_event() for entry in self.entries.values() if entry.counted and entry.key != key]
        profile = Profile.of(self.profile.person, self.profile.attributes, (*self.profile.events, *sent))
        return profile if self.profile.known else replace(profile, known=False)


class Happening(NamedTuple):
    """An event and whom it happened to. The event's id is given: a repeated one counts once."""

    person: str
    event: Event


class ProfileStore(Protocol):
    """What the family remembers of people. Every method raises StoreError when the store cannot be read or written."""

    def load(self, person: str) -> Known:
        """Read a person with one consistent read. Somebody unknown has an empty profile and version 0.

        Somebody forgotten has an empty profile with one event, FORGOTTEN.
        """

    def owners(self, column: str, address: str) -> Sequence[str]:
        """Find, in order, who has a normalised address in a people column (``email``, ``phone``, ``push_token``)."""

    def remember(self, people: Iterable[Profile]) -> Sequence[str]:
        """Write attributes, in place of those that were there; events are not touched. Of one person the last count.

        Somebody forgotten, by id or by any address, is left out: gives their ids, one for each profile left out.
        """

    def record(self, happenings: Iterable[Happening]) -> int:
        """Write events, each id of a person once, and give how many were new. Somebody forgotten is left out.

        In the same transaction the person's version rises, and the permission version with an event of PERMISSION.
        """

    def forget(self, person: str) -> bool:
        """Erase a person: profile, addresses, events and messages. Only keyed hashes of id and addresses stay.

        Gives whether there was anybody to forget. The hashes keep a later import from bringing the person back, and
        show in what is known of others who have one of these addresses; version and permission version of those rise.
        """

    def people(self) -> Iterator[Profile]:
        """Give everybody, in order of person, with all events (what was sent included): for exports and dry runs."""

    def empty(self) -> bool:
        """Tell, quickly, whether nobody is in the store: neither a person nor what happened to one."""

    def close(self) -> None:
        """Let go of files and connections. A store that was closed raises StoreError."""


PERMISSION = frozenset({"subscribed", "unsubscribed", "bounced", "complained"})
"""Events that raise a person's permission version: one of them between reserve and arm stops the message."""


class Ledger(Protocol):
    """The durable record of every reservation, send and doubt. Raises StoreError as ProfileStore does.

    A write that returned True survives the loss of power. A write that returned False changed nothing: somebody else
    was there before; read again. Nothing is ever half written.
    """

    def enter(self, entry: Entry, *, seen: int, over: Entry | None = None) -> bool:
        """Write an entry if the person's version is still the one seen, and raise that version by one.

        ``over`` is the entry that stood under this key, which must still be in that state with that token; None where
        there must not be one. So decisions about one person happen one after another.
        """

    def swap(self, before: Entry, after: Entry, *, permitted: bool = False) -> bool:
        """Replace an entry that is still in the state and has the token of ``before``.

        ``permitted``: only if the person's permission version is still that of the entry. Where the entry comes to
        count as sent (a report about one that was believed lost), the person's version rises with it.
        """

    def entry(self, key: str) -> Entry | None:
        """Read one entry. A store may need a moment to find one that was just entered."""

    def unfinished(self, states: Iterable[State], due: float, limit: int = 1000) -> Sequence[Entry]:
        """List entries in some of the UNFINISHED states that are due by then, the longest due first."""

    def counts(
        self, campaign: str = "", run: str | None = None, since: float | None = None, gate: str = ""
    ) -> Mapping[State, int]:
        """Count entries by state: of everything, a campaign, one of its runs; changed since a time (epoch seconds).

        ``gate``: only those of which this gate had the last word.
        """


class Store(ProfileStore, Ledger, Protocol):
    """Both in one, because a reservation and a person's version are written in one transaction."""


class Journal(Protocol):
    """Where an answer is written down when the store is away: a local file, replayed at the next start."""

    def append(self, entry: Entry) -> None:
        """Write down durably what an entry has become."""


# Providers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message, ready to be carried."""

    key: str
    campaign: str
    channel: Channel
    sender: str
    """Address of the envelope for e-mail; name or number that a text message comes from, or empty."""
    recipient: str
    content: bytes | Sms | Push
    """For e-mail the message as RFC 5322 has it, lines ending in CR LF."""


class Answer(StrEnum):
    """What a provider said, as far as it matters for what to do next."""

    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    """Certainly not sent, and worth another try: throttled, connection refused, a 4xx of SMTP."""
    REFUSED = "refused"
    """Certainly not sent, and never will be: a bad address, a message the provider rejects."""
    STOPPED = "stopped"
    """Certainly not sent, and no other message will be either: account paused, credentials refused."""
    UNKNOWN = "unknown"
    """Nobody knows: no answer, or the connection was lost after the last byte."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a provider answered."""

    answer: Answer
    message_id: str = ""
    """What the provider calls the message; given with ACCEPTED."""
    detail: str = ""
    """The provider's own words, for people; never an address."""


Arm = Callable[[], None]
"""Called once, at the last moment at which a message can be held back. Raises NotArmedError: then do not send."""


class Provider(Protocol):
    """Who carries messages. May be called by several threads at once."""

    @property
    def channels(self) -> frozenset[Channel]:
        """What it can carry."""

    def send(self, parcel: Parcel, arm: Arm) -> Receipt:
        """Arm, then send once, and classify the answer. What is not classified is UNKNOWN to the caller.

        Never tries again by itself. Lets NotArmedError through, having sent nothing.
        """

    def close(self) -> None:
        """Let go of connections."""
