"""The spine: load, decide, write, reserve, arm, send, confirm.

A message is written before it is reserved: what cannot be written never takes a place under a cap. Whatever happens
between two steps, the ledger says afterwards where the message stands; ``docs/sending.md`` walks through every case.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, NamedTuple, TypedDict

import msgspec

from sendgate.errors import BusyError, NotArmedError, RequestError, StoppedError, StoreError
from sendgate.gates.permission import Permission
from sendgate.mail.posting import Post
from sendgate.model.addresses import addresses_in
from sendgate.model.campaigns import Campaign, Purpose
from sendgate.model.decisions import Decision, Finding, Mode, Outcome
from sendgate.model.keys import digest
from sendgate.model.ledger import HELD, SHADOW, WAITING, Entry, State, moved, swept
from sendgate.model.people import Profile
from sendgate.model.reasons import Reason
from sendgate.model.requests import Request
from sendgate.model.times import DAY, FOREVER, MINUTE, NEVER
from sendgate.pipeline.composing import Composed, Composer, Extras
from sendgate.ports import Answer, Journal, Known, Parcel, Provider, Receipt, Store

ATTEMPTS = 5
"""How often a person who changes meanwhile is decided about again."""

TRIES = 3
"""How often a provider that is busy is asked before the message waits for later, and a store before the journal."""

SKEW = 15 * MINUTE
"""By how much the clocks of machines may differ: what is recorded so far ahead is taken to be the present."""


@dataclass(frozen=True)
class Means:
    """What sending needs beside the store and the provider, and what tests replace."""

    clock: Callable[[], float]
    """Epoch seconds."""
    token: Callable[[], str]
    """A new text each time, which nobody else gives."""
    pause: Callable[[float], None]
    """Waits for seconds."""
    chance: Callable[[], float]
    """A number between 0 and 1, so that workers do not all come back at once."""


@dataclass(frozen=True)
class Terms:
    """How long things may take, in seconds."""

    lease: float = 120.0
    """A worker that reserved a message has so long to send it."""
    margin: float = 30.0
    """What must be left of the lease for a message to be armed: no send takes longer."""
    backoff: float = 2.0
    """Before a busy provider is asked again; doubled each time."""
    wait: float = 15 * MINUTE
    """Until a message that a busy provider did not take is decided again."""
    look_again: float = DAY
    """Until a message that waits for something without an end, such as an open case, is decided again."""
    give_up_after: float = 14 * DAY
    """A message that was asked for so long ago is dropped rather than deferred once more."""
    insist: bool = False
    """A transactional message that is in doubt is sent again: better twice than not at all."""
    hold: bool = False
    """Decide and write down, and send nothing."""


class Sent(NamedTuple):
    """What became of a message."""

    entry: Entry
    fresh: bool
    """False where it was there before: nothing was done."""


_TERMS = Terms()


class Sender:
    """Sends messages of one campaign, each at most once. May be called by several threads."""

    def __init__(  # noqa: PLR0913  what decides and writes, the two drivers, and the world
        self,
        campaign: Campaign,
        composer: Composer,
        post: Post,
        *,
        store: Store,
        provider: Provider,
        means: Means,
        terms: Terms = _TERMS,
        journal: Journal | None = None,
    ) -> None:
        self._campaign = campaign
        self._offers = {offer.name: offer for offer in campaign.offers}
        self._composer = composer
        self._post = post
        self._store = store
        self._provider = provider
        self._means = means
        self._terms = terms
        self._journal = journal

    def __call__(self, request: Request, key: str) -> Sent:
        """Send one message, or drop or defer it, and give what the ledger says of it now.

        A message that was asked for before is not decided again, unless it was waiting and is due. Raises BusyError
        where another worker has it, RequestError where the key stands for something else, StoppedError where the
        provider takes nothing more, and StoreError. In all of these nothing was sent, or the ledger knows.
        """
        for _ in range(ATTEMPTS):
            known = self._store.load(request.person)
            now = _present(known, self._means.clock())
            before = self._standing(known.entries.get(key), request)
            if before and not _due(before, now):
                return Sent(before, fresh=False)
            composed = self._compose(known.without(key), request, key, now)
            entry = self._drafted(request, key, known, composed, before)
            if _to_forgotten(known, composed):
                entry = replace(entry, **_GIVEN_UP)
            if self._terms.hold:
                entry = _held(entry)
            if known.forgotten:
                return Sent(replace(entry, **_FORGOTTEN), fresh=True)
            if not self._store.enter(entry, seen=known.version, over=before):
                continue
            if composed.parcel is None or entry.state is not State.RESERVED:
                return Sent(entry, fresh=True)
            try:
                return Sent(self._carry(entry, composed.parcel), fresh=True)
            except NotArmedError:
                continue
        raise BusyError(f"message `{key}` was decided {ATTEMPTS} times, and its person changed each time")

    def decide(self, request: Request, key: str, now: float) -> Decision:
        """Decide about a message at a time (epoch seconds), as sending it would, and leave no trace of it.

        A message that was sent before is a duplicate. Raises StoreError.
        """
        known = self._store.load(request.person)
        composed = self._compose(known.without(""), request, key, now)
        no = _FORGOTTEN if known.forgotten else _GIVEN_UP if _to_forgotten(known, composed) else None
        if no is None:
            return composed.decision
        return msgspec.structs.replace(
            composed.decision, outcome=Outcome.DROP, gate=Permission.name, reason=Reason.UNSUBSCRIBED,
            says=no["detail"], until=NEVER,
        )  # fmt: skip

    # What is there already ----------------------------------------------------------------------------------------

    def _standing(self, before: Entry | None, request: Request) -> Entry | None:
        """Give the entry under the key as it has to be taken: one whose lease ran out is swept first."""
        if before is None:
            return None
        if before.payload_hash != request.payload:
            raise RequestError(f"message `{before.key}` was asked for before, with other data")
        after = swept(before, self._means.clock(), insist=self._terms.insist)
        if after.state in HELD or (after is not before and not self._store.swap(before, after)):
            raise BusyError(f"message `{before.key}` is in the hands of another worker")
        return after

    # Deciding -----------------------------------------------------------------------------------------------------

    def _compose(self, profile: Profile, request: Request, key: str, now: float) -> Composed:
        if not profile.known:
            profile = replace(profile, attributes=addresses_in(profile.person) | dict(profile.attributes))
        extras = Extras(self._post.unsubscribe_url(key), request.data)
        return self._composer(
            profile, now, extras=extras, pack=lambda message: self._post.parcel(key, profile, message, now)
        )

    def _drafted(self, request: Request, key: str, known: Known, composed: Composed, before: Entry | None) -> Entry:
        """Write a decision down as an entry: reserved for this worker, deferred, or dropped."""
        decision, campaign = composed.decision, self._campaign
        offer = self._offers[decision.offer]
        entry = Entry(
            key, request.person, request.campaign, request.run, campaign.channel, State.DROPPED, decision.at,
            changed=decision.at, asked=before.asked if before else decision.at, permission=known.permission,
            brand=campaign.brand, purpose=campaign.purpose, offer=offer.name, creative=offer.creative,
            category=next(iter(offer.assortment.categories), campaign.category), product=offer.product,
            payload_hash=request.payload, data=json.dumps(dict(request.data), ensure_ascii=False),
        )  # fmt: skip
        entry = replace(entry, **_reasons(decision))
        if (parcel := composed.parcel) is not None:
            lease = self._means.clock() + self._terms.lease
            body = digest(parcel.content if isinstance(parcel.content, bytes) else repr(parcel.content).encode())
            return replace(entry, state=State.RESERVED, due=lease, token=self._means.token(), body_hash=body)
        if decision.outcome is Outcome.DEFER and entry.at - entry.asked < self._terms.give_up_after:
            due = decision.until if decision.until < FOREVER else decision.at + self._terms.look_again
            return replace(entry, state=State.DEFERRED, due=due)
        return entry

    # Sending ------------------------------------------------------------------------------------------------------

    def _carry(self, entry: Entry, parcel: Parcel) -> Entry:
        """Send what is reserved; a provider that is busy is asked a few times.

        Raises NotArmedError, with the reservation given back, where the message must not be sent any more.
        """
        entry, receipt = self._tried(entry, parcel)
        for attempt in range(TRIES - 1):
            if receipt.answer is not Answer.NOT_SENT:
                break
            entry = self._written(entry, moved(entry, State.RESERVED, self._means.clock(), due=entry.due))
            if entry.state is not State.RESERVED:
                return entry
            self._means.pause(self._terms.backoff * 2**attempt * (0.5 + self._means.chance()))
            entry, receipt = self._tried(entry, parcel)
        after = self._written(entry, self._answered(entry, receipt))
        if receipt.answer is Answer.STOPPED:
            raise StoppedError(receipt.detail)
        return after

    def _tried(self, entry: Entry, parcel: Parcel) -> tuple[Entry, Receipt]:
        """Hand a message to the provider once, and give what the ledger has of it, and the answer."""
        reservation = _Reservation(self._store, entry, self._means.clock, self._terms.margin)
        try:
            return reservation.carry(self._provider, parcel)
        except NotArmedError:
            self._store.swap(entry, moved(entry, State.RELEASED, self._means.clock(), due=entry.at))
            raise

    def _answered(self, entry: Entry, receipt: Receipt) -> Entry:
        """Give what an entry becomes by a provider's answer."""
        now = self._means.clock()
        insists = self._terms.insist and entry.purpose == Purpose.TRANSACTIONAL
        match receipt.answer:
            case Answer.ACCEPTED:
                return moved(entry, State.SENT, now, message_id=receipt.message_id)
            case Answer.REFUSED:
                return moved(entry, State.FAILED, now, detail=receipt.detail)
            case Answer.UNKNOWN if not insists:
                return moved(entry, State.UNKNOWN, now, due=now, detail=receipt.detail)
            case Answer.STOPPED:  # the message is as good as any: it goes when the provider takes messages again
                return moved(entry, State.RELEASED, now, due=now, detail=receipt.detail)
        return moved(entry, State.RELEASED, now, due=now + self._terms.wait, detail=receipt.detail)

    def _written(self, entry: Entry, after: Entry) -> Entry:
        """Write down what an entry has become, and give what then stands in the ledger.

        When the store stays away, or does not take it, the answer goes to the journal, and StoreError is raised.
        """
        for attempt in range(TRIES):
            try:
                return self._reconciled(entry, after)
            except StoreError:
                if attempt < TRIES - 1:
                    self._means.pause(self._terms.backoff * 2**attempt)
                    continue
                if self._journal is not None:
                    self._journal.append(after)
                raise
        raise AssertionError("the last attempt returns or raises")

    def _reconciled(self, entry: Entry, after: Entry) -> Entry:
        while not self._store.swap(entry, after):
            # Swept while the answer was under way: it is still ours to give. Anything else was there first, and knows
            # as much: an answer of ours that was written though we were told otherwise, or the provider's report.
            # Not by the key, for which a store may need a moment.
            current = self._store.load(after.person).entries.get(after.key)
            if current is None or current.token != entry.token or current.state is after.state:
                return current or after
            if current.state is entry.state:  # a store may say no only because others kept writing
                raise StoreError(f"the store did not take what became of message `{after.key}`")
            if current.state is not State.UNKNOWN:
                return current
            entry, after = current, moved(current, after.state, after.changed, due=after.due, detail=after.detail,
                                          message_id=after.message_id)  # fmt: skip
        return after


class _Reservation:
    """A message that is ours to send, until its lease runs out."""

    def __init__(self, store: Store, entry: Entry, clock: Callable[[], float], margin: float) -> None:
        self._entry = entry
        self._store = store
        self._clock = clock
        self._margin = margin

    def carry(self, provider: Provider, parcel: Parcel) -> tuple[Entry, Receipt]:
        """Hand the message over, and let the provider arm it at its last moment."""
        try:
            receipt = provider.send(parcel, self._arm)
        except (NotArmedError, StoreError):
            raise
        except Exception as error:  # noqa: BLE001  whatever a provider raises, the message was or was not armed
            answer = Answer.UNKNOWN if self._entry.state is State.SENDING else Answer.NOT_SENT
            receipt = Receipt(answer, detail=f"the provider raised {type(error).__name__}")
        return self._entry, receipt

    def _arm(self) -> None:
        now = self._clock()
        armed = moved(self._entry, State.SENDING, now, due=self._entry.due)
        if now > self._entry.due - self._margin or not self._store.swap(self._entry, armed, permitted=True):
            raise NotArmedError(f"message `{self._entry.key}` must not be sent any more")
        self._entry = armed


def _present(known: Known, clock: float) -> float:
    """Give the time to decide at: not before anything that is recorded, or a clock that is slow would not see it."""
    recorded = chain((e.at for e in known.entries.values() if e.counted), (e.at for e in known.profile.events))
    return max((at for at in recorded if clock < at <= clock + SKEW), default=clock)


def _due(entry: Entry, now: float) -> bool:
    """Tell whether an entry that is there is to be decided about again."""
    return entry.state in WAITING and entry.due <= now


def _held(entry: Entry) -> Entry:
    """Turn a decision into one that was only to be seen: it is finished, and counts against nothing.

    What would wait keeps the time at which it would be due.
    """
    if entry.state is State.RESERVED:
        detail = f"would have been sent: {entry.detail}"
        entry = replace(entry, gate=SHADOW, reason=f"{SHADOW}.held", detail=detail, due=NEVER)
    return replace(entry, state=State.DROPPED, token="")


_FORGOTTEN: Any = {
    "state": State.DROPPED, "due": NEVER, "token": "", "gate": Permission.name, "reason": str(Reason.UNSUBSCRIBED),
    "detail": "this person asked to be forgotten",
}  # fmt: skip
"""A message to somebody forgotten, of whatever purpose. It is told, and not written down: it would name the person."""


_GIVEN_UP: Any = _FORGOTTEN | {"detail": "somebody who had this address asked to be forgotten"}
"""A message, of whatever purpose, to an address of which two people were said to be the owner, and one is forgotten."""


def _to_forgotten(known: Known, composed: Composed) -> bool:
    return composed.parcel is not None and composed.parcel.recipient in known.forgotten_addresses


class _Why(TypedDict):
    gate: str
    reason: str
    detail: str


def _reasons(decision: Decision) -> _Why:
    """Say why; of a message that is sent, which gate would have stopped it if it did more than observe."""
    if decision.outcome is not Outcome.SEND:
        finding = next((f for f in decision.findings if f.gate == decision.gate and f.detail == decision.detail), None)
        detail = _without_value(finding) if finding else decision.detail
        return {"gate": decision.gate, "reason": str(decision.reason), "detail": detail}
    observed = (f for f in decision.findings if f.blocks and f.mode is Mode.OBSERVE and f.offer in {"", decision.offer})
    first = next(observed, None)
    return {"gate": first.gate if first else "", "reason": str(first.reason) if first else "",
            "detail": _without_value(first) if first else decision.detail}  # fmt: skip


def _without_value(finding: Finding) -> str:
    """Say why without a value of the person, which may be anything: what the ledger keeps is shown to many."""
    if finding.reason is Reason.NOT_RENDERED and finding.limit:
        return f"the message cannot be written: {finding.limit} (`sendgate preview` says why)"
    if finding.reason in _QUOTING and isinstance(finding.observed, str) and finding.observed:
        return f"what is known of the person does not go with: {finding.limit}"
    return finding.detail


_QUOTING = frozenset({Reason.CONTRADICTED, Reason.CUSTOM})
"""Reasons whose sentences may quote an attribute."""
