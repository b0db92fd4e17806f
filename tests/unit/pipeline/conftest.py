"""A small house that sends: a family, a campaign, a store in memory's reach, and a provider that does as it is told."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType

import pytest
from jinja2 import DictLoader

from sendgate.catalog import gate_classes
from sendgate.decide.plan import Plan
from sendgate.mail.posting import Post
from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Offer, Purpose
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.requests import Request
from sendgate.pipeline.composing import Composer
from sendgate.pipeline.sending import Means, Sender, Terms
from sendgate.policy.policy import Policy
from sendgate.ports import Answer, Happening, Receipt
from sendgate.rendering.renderer import Renderer
from sendgate.stores.sqlite import SqliteStore
from sendgate.testing.stores import KEYRING, NOW

TEMPLATES = {
    "hello.j2": "{% block text %}Hi {{ person.given_name }}{% if data.n %} {{ data.n }}{% endif %}{% endblock %}"
}
ACCEPTED = Receipt(Answer.ACCEPTED, "m-1")


class ScriptedProvider:
    """Takes what comes, unless it was told otherwise. An answer may be a receipt, an error, or a thing to do."""

    channels = frozenset(Channel)

    def __init__(self):
        self.carried = []
        self.answers = []
        self.before_arming = []

    def send(self, parcel, arm):
        answer = self.answers.pop(0) if self.answers else ACCEPTED
        for happen in self.before_arming:
            happen()
        if isinstance(answer, Receipt) and answer.detail == "connection refused":
            return answer
        arm()
        if callable(answer):
            answer = answer()
        if isinstance(answer, BaseException):
            raise answer
        self.carried.append(parcel)
        return answer

    def close(self):
        pass


@dataclass
class House:
    """Everything that a sender needs, with a clock that stands still until it is moved."""

    store: SqliteStore
    provider: ScriptedProvider = field(default_factory=ScriptedProvider)
    now: float = NOW
    pauses: list = field(default_factory=list)
    settings: dict = field(default_factory=dict)
    terms: Terms = field(default_factory=Terms)
    journal: object = None
    purpose: Purpose = Purpose.RELATIONSHIP
    _tokens: object = field(default_factory=count)

    def means(self):
        """The clock, tokens in a row, and no waiting."""
        return Means(lambda: self.now, lambda: f"token-{next(self._tokens)}", self.pauses.append, lambda: 0.5)

    def sender(self, campaign="hello", store=None):
        """Make what sends a campaign."""
        family = Family("House", MappingProxyType({"harbor": Brand("harbor")}))
        gates = tuple(
            kind.of({"permission": {"basis": "opt_out"}, **self.settings}.get(name, {}))
            for name, kind in gate_classes().items()
        )
        asked = Campaign(campaign, "harbor", Channel.SMS, self.purpose, (Offer("only", template="hello.j2"),))
        composer = Composer(Plan(Policy(family, gates), asked), Renderer(DictLoader(TEMPLATES)))
        return Sender(
            asked, composer, Post(family, asked, KEYRING, trial=True), store=store or self.store,
            provider=self.provider, means=self.means(), terms=self.terms, journal=self.journal,
        )  # fmt: skip

    def send(self, person="ann", campaign="hello", store=None, **data):
        """Send one message."""
        request = Request(campaign, person, data=data)
        return self.sender(campaign, store)(request, self.key(person, campaign))

    def key(self, person="ann", campaign="hello"):
        """Name a message."""
        return Request(campaign, person).key("House", "sms")

    def entry(self, person="ann", campaign="hello"):
        """Read what the ledger has."""
        return self.store.entry(self.key(person, campaign))

    def happens(self, kind, person="ann", at=None, **values):
        """Record an event."""
        event = Event(kind, self.now if at is None else at, id=f"{kind}-{next(self._tokens)}", **values)
        self.store.record([Happening(person, event)])


@pytest.fixture
def house(tmp_path):
    """A house with Ann and Bob in it."""
    with closing(SqliteStore(tmp_path / "sendgate.db", KEYRING)) as store:
        people = {"ann": "+4915112345678", "bob": "+4915112345679"}
        store.remember([Profile(name, {"phone": phone, "given_name": name.title()}) for name, phone in people.items()])
        yield House(store)
