"""A family's folder, open for sending: its store, its providers, its secrets, and a sender for each campaign."""

from __future__ import annotations

import os
import random
import secrets
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from functools import cached_property, partial
from pathlib import Path
from string import Template
from typing import NamedTuple, Self
from urllib.parse import quote

from msgspec import structs

from sendgate.errors import ConfigurationError, Mistake, RequestError, TokenError
from sendgate.gates.deliverability import Deliverability
from sendgate.gates.duplicate import Duplicate
from sendgate.gates.permission import Permission
from sendgate.gates.render import Render
from sendgate.mail.posting import Post
from sendgate.mail.unsubscribing import Claim
from sendgate.model.addresses import addresses_in
from sendgate.model.decisions import Decision, Mode
from sendgate.model.keys import Keyring
from sendgate.model.ledger import COUNTED, is_shadow, shadow_run
from sendgate.model.people import ADDRESS_OF
from sendgate.model.requests import Request
from sendgate.model.times import DAY
from sendgate.pipeline.limits import Limited
from sendgate.pipeline.recovery import replay
from sendgate.pipeline.sending import Means, Sender, Sent, Terms
from sendgate.policy.files import load_policy
from sendgate.policy.policy import Policy
from sendgate.ports import Happening, Provider, Store
from sendgate.providers.opening import open_provider
from sendgate.providers.outbox import Outbox
from sendgate.stores.journal import FileJournal
from sendgate.stores.opening import open_store
from sendgate.wiring.checking import dead_links
from sendgate.wiring.finding import campaign_names
from sendgate.wiring.settings import Setting, read_setting

KEYS = "sendgate.keys"
"""The file of secrets beside the policy, which no repository should hold."""

KEYS_VARIABLE = "SENDGATE_KEYS"
"""The environment variable that goes before the file."""

JOURNAL = "sendgate.journal"

ALWAYS_ENFORCED = frozenset({Permission.name, Deliverability.name, Duplicate.name, Render.name})
"""Gates that no shadow lets through: nobody who said no is written to in order to measure something."""


class Shadow(StrEnum):
    """How a team measures before it enforces: gates decide, and the ledger keeps what they said."""

    EVERYTHING = "everything"
    """All messages go out, but for those of the gates that are always enforced."""
    NOTHING = "nothing"
    """No message goes out; they are decided as if in a run of their own."""


class House:
    """Everything that sending needs, opened. Use it as a context; it may be used by several threads.

    ``keyring`` and ``journal`` take the place of the files beside the policy, where the folder is not the place for
    them. ``fleeting``: the folder is lost with the machine, so that neither store nor outbox may lie in it. Raises
    ConfigurationError with what is wrong with policy, secrets, store or providers, before anything is sent.
    """

    def __init__(
        self,
        policy_file: Path,
        *,
        shadow: Shadow | None = None,
        keyring: Keyring | None = None,
        journal: Path | None = None,
        fleeting: bool = False,
    ) -> None:
        self.policy_file = policy_file
        self._fleeting = fleeting
        self.shadow = shadow
        policy = load_policy(policy_file)
        self.policy = shadowed(policy) if shadow is Shadow.EVERYTHING else policy
        folder = policy_file.parent
        self.keyring = keyring or read_keyring(folder)
        self._journal = FileJournal(journal or folder / JOURNAL)
        self._lock = threading.RLock()
        self._providers: dict[str, Provider] = {}
        self._campaigns: dict[str, _Campaign] = {}
        self.store: Store = open_store(self._lasting(_filled(policy.store, policy_file)), folder, self.keyring)
        self.replay()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything."""
        with ExitStack() as stack:
            stack.callback(self.store.close)
            for provider in self._providers.values():
                stack.callback(provider.close)

    def replay(self) -> int:
        """Write down the answers that the journal kept while the store was away, and tell how many there were."""
        return self._journal.replay(partial(replay, self.store))

    @cached_property
    def campaigns(self) -> Mapping[str, Path]:
        """The campaign files of the folder, as they were when first asked for, by all that they may be called."""
        return campaign_names(self.policy_file.parent)

    def ready(self, campaign: str) -> Setting:
        """Read a campaign, and open who carries its channel, so that what is wrong is told before anything is sent."""
        return self._campaign(campaign).setting

    def request(self, campaign: str, who: str, run: str = "", data: Mapping[str, str] | None = None) -> Request:
        """Ask for a message to somebody by id or by address. ``campaign`` is a name or a file.

        Raises RequestError where the address belongs to several people, and as ``run`` does.
        """
        for column, address in addresses_in(who).items():
            who = self.owner(column, address) or address
        return self.asked(campaign, who, run, data)

    def owner(self, column: str, address: str) -> str | None:
        """Find who has a normalised address; None where nobody has. Raises RequestError where several have."""
        owners = self.store.owners(column, address)
        if len(owners) > 1:
            raise RequestError(f"`{column}` belongs to {len(owners)} people")
        return next(iter(owners), None)

    def asked(self, campaign: str, person: str, run: str = "", data: Mapping[str, str] | None = None) -> Request:
        """Ask for a message to a person by id; a stranger's is the normalised address."""
        return Request(self.ready(campaign).campaign.name, person, self.run(run), data or {})

    def run(self, name: str) -> str:
        """Give the run that messages belong to. Raises RequestError where it is named as if it were a shadow's.

        The ledger tells a shadow by that name: what was really sent would be left alone as if it had not been.
        """
        if is_shadow(name):
            raise RequestError("a run cannot be named so: `(shadow)` at the end marks what was only to be seen")
        return shadow_run(name) if self.shadow is Shadow.NOTHING else name

    def person(self, who: str) -> str:
        """Find the id of a person by id or by address, of several the first; a stranger's is the normalised address."""
        addresses = addresses_in(who)
        found = (owner for item in addresses.items() for owner in self.store.owners(*item))
        return next(found, None) or next(iter(addresses.values()), who)

    def key(self, request: Request) -> str:
        """Name a message."""
        return request.key(self.policy.family.name, self.ready(request.campaign).campaign.channel)

    def send(self, request: Request) -> Sent:
        """Send one message; raises as Sender does."""
        return self._campaign(request.campaign).sender(request, self.key(request))

    def decide(self, request: Request, now: float) -> Decision:
        """Decide about a message at a time (epoch seconds), and send nothing; raises as Sender.decide does."""
        return self._campaign(request.campaign).sender.decide(request, self.key(request), now)

    def unsubscribe(self, token: str, now: float) -> Left:
        """Record that the person to whom a link was sent leaves, once however often the link is followed.

        Raises TokenError where it is no link of ours.
        """
        claim = Claim.read(token, self.keyring)
        entry = self.store.entry(claim.key)
        if entry is None:
            raise TokenError("the message that this link came with is not in the ledger, or its person was forgotten")
        event = claim.event(entry, now)
        fresh = self.store.record([Happening(entry.person, event)]) > 0
        return Left(event.channel, event.brand, fresh)

    def forget(self, person: str) -> Forgotten:
        """Erase a person from the store, and the person's messages from the outbox."""
        profile = self.store.load(person).profile
        # Before an import told whose an address is, its owner may have been written to as a stranger.
        names = [person, *filter(None, (profile[column] for column in ADDRESS_OF.values()))]
        files = sum(self._erase(key) for name in names for key in self.store.load(name).entries)
        known = [self.store.forget(name) for name in names]
        addresses = addresses_in(person) | {column: profile[column] for column in ADDRESS_OF.values()}
        others = {other for item in addresses.items() if item[1] for other in self.store.owners(*item)}
        return Forgotten(any(known), files, tuple(sorted(others)))

    def _erase(self, key: str) -> bool:
        """Remove a message from every outbox that the policy names."""
        places = {place for place in self.policy.providers.values() if place.startswith("outbox:")}
        outboxes = (open_provider(_filled(place, self.policy_file), self.policy_file.parent) for place in places)
        return sum(outbox.erase(key) for outbox in outboxes if isinstance(outbox, Outbox)) > 0

    def _campaign(self, name: str) -> _Campaign:
        with self._lock:
            if name not in self._campaigns:
                opened = self._opened(name)
                # A request names its campaign; whoever asked may have named the file.
                self._campaigns[name] = self._campaigns.setdefault(opened.setting.campaign.name, opened)
            return self._campaigns[name]

    def _opened(self, name: str) -> _Campaign:
        setting = replace(read_setting(name, self.policy_file), policy=self.policy)
        campaign, place = setting.campaign, self._lasting(self.policy.providers[setting.campaign.channel])
        provider = self._provider(place)
        if campaign.channel not in provider.channels:
            message = f"`{place.partition(':')[0]}` does not carry {campaign.channel}, which campaign `{name}` goes by"
            raise ConfigurationError([Mistake(str(self.policy_file), message)])
        if dead := tuple(dead_links(campaign, self.policy, self.policy_file.parent)):
            raise ConfigurationError(dead)
        post = Post(self.policy.family, campaign, self.keyring, trial=place.startswith("outbox:"))
        sending = self.policy.sending
        terms = Terms(
            lease=sending.lease, give_up_after=sending.give_up_after, insist=sending.retry_transactional,
            hold=self.shadow is Shadow.NOTHING,
        )  # fmt: skip
        sender = Sender(
            campaign, setting.composer, post, store=self.store, provider=provider, means=_means(), terms=terms,
            journal=self._journal,
        )  # fmt: skip
        return _Campaign(setting, sender)

    def _lasting(self, place: str) -> str:
        """Refuse a place in the folder where that is lost with the machine."""
        scheme = place.partition(":")[0]
        if self._fleeting and scheme in {"sqlite", "outbox"}:
            hint = "in AWS Lambda, `dynamodb://` or `postgresql://`, and `ses://`"
            message = f"`{scheme}://` keeps things in a folder, which is lost with this machine"
            raise ConfigurationError([Mistake(str(self.policy_file), message, help=hint)])
        return place

    def _provider(self, place: str) -> Provider:
        if place not in self._providers:
            provider = open_provider(_filled(place, self.policy_file), self.policy_file.parent)
            quota, means = self.policy.sending.daily_quota, _means()
            used = sum(self.store.counts(since=means.clock() - DAY).get(state, 0) for state in COUNTED) if quota else 0
            left = max(quota - used, 0) if quota else None
            self._providers[place] = Limited(
                provider, means.clock, means.pause, rate=self.policy.sending.rate, left=left
            )  # fmt: skip
        return self._providers[place]


class Left(NamedTuple):
    """What somebody who followed a link leaves."""

    channel: str
    brand: str
    """Empty: the whole family."""
    fresh: bool
    """False where it was recorded before."""


class Forgotten(NamedTuple):
    """What was erased of a person."""

    known: bool
    """Whether there was anything to erase."""
    files: int
    """Messages in the outbox."""
    others: tuple[str, ...] = ()
    """People who have one of the addresses as well; to be asked for again once these are forgotten, too."""


class _Campaign(NamedTuple):
    setting: Setting
    sender: Sender


def _means() -> Means:
    """Give the world as it is."""
    return Means(time.time, partial(secrets.token_hex, 16), time.sleep, random.random)


def shadowed(policy: Policy) -> Policy:
    """Let every gate observe only, but for those that are always enforced."""
    gates = (
        gate if gate.mode is Mode.OFF or gate.name in ALWAYS_ENFORCED else structs.replace(gate, mode=Mode.OBSERVE)
        for gate in policy.gates
    )
    return replace(policy, gates=tuple(gates))


def read_keyring(folder: Path) -> Keyring:
    """Read the secrets from the environment, or from the file beside the policy.

    Raises ConfigurationError, which shows none of them, where there are none or they cannot be used.
    """
    file = folder / KEYS
    text = os.environ.get(KEYS_VARIABLE, "")
    where = f"${KEYS_VARIABLE}" if text else str(file)
    if not text and not file.is_file():
        hint = f"`sendgate init` makes one; or set ${KEYS_VARIABLE} to `name:secret`"
        raise ConfigurationError([Mistake(where, "there are no secrets to sign links and hashes with", help=hint)])
    try:
        return Keyring.parse(text or file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigurationError([Mistake(where, str(error))]) from None


def _filled(place: str, file: Path) -> str:
    """Fill in what the environment holds, as in ``smtp://${SMTP_USER}:${SMTP_PASSWORD}@mail.example``.

    A value is escaped: a password may hold what parts an address.
    """
    try:
        return Template(place).substitute({name: quote(value, safe="") for name, value in os.environ.items()})
    except KeyError as error:
        raise ConfigurationError([Mistake(str(file), f"the environment has no `{error.args[0]}`")]) from None
    except ValueError:
        hint = "a variable is written ${NAME}, and a dollar sign $$"
        raise ConfigurationError([Mistake(str(file), "a dollar sign stands alone", help=hint)]) from None
