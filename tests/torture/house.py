"""A house that is to be tortured: three brands, nine campaigns, one cap, and a sink that forgets nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from types import MappingProxyType

from jinja2 import DictLoader

from sendgate.catalog import gate_classes
from sendgate.decide.plan import Plan
from sendgate.mail.posting import Post
from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Offer, Purpose
from sendgate.model.people import Profile
from sendgate.model.requests import Request
from sendgate.model.times import DAY
from sendgate.pipeline.composing import Composer
from sendgate.pipeline.sending import Means, Sender, Sent
from sendgate.policy.policy import Policy
from sendgate.ports import Answer, Arm, Journal, Parcel, Receipt, Store
from sendgate.rendering.renderer import Renderer
from sendgate.stores.sqlite import SqliteStore
from sendgate.testing.stores import KEYRING, NOW

CAP = 3
"""Messages of the family to one person in seven days."""

FAMILY = Family("House", MappingProxyType({brand: Brand(brand) for brand in ("harbor", "kids", "lumen")}))
CAMPAIGNS = tuple(
    Campaign(f"{brand}-{number}", brand, Channel.SMS, Purpose.RELATIONSHIP, (Offer("only", template="hello.j2"),))
    for brand in FAMILY.brands
    for number in range(3)
)
WINDOW = 7 * DAY

_SETTINGS = {
    "permission": {"basis": "opt_out"},
    "frequency": {"caps": [{"limit": CAP, "per": "7d", "within": "family"}]},
}
_TEMPLATES = {"hello.j2": "{% block text %}Hi {{ person.given_name }}, from {{ brand.name }}{% endblock %}"}


def _composer(campaign: Campaign) -> Composer:
    gates = tuple(kind.of(_SETTINGS.get(name, {})) for name, kind in gate_classes().items())
    return Composer(Plan(Policy(FAMILY, gates), campaign), Renderer(DictLoader(_TEMPLATES)))


_COMPOSERS = {campaign.name: _composer(campaign) for campaign in CAMPAIGNS}
"""Made before anybody forks: hundreds of workers need not prepare the same decisions."""

Opened = Callable[[], Store]
"""Opens the store, in the process that uses it."""


def sqlite(folder: Path, kind: type[SqliteStore] = SqliteStore) -> Opened:
    """Say how to open a SQLite store in a folder."""
    return partial(kind, folder / "sendgate.db", KEYRING)


def key(request: Request) -> str:
    """Name a message."""
    return request.key(FAMILY.name, Channel.SMS)


def requests(people: range) -> list[Request]:
    """Ask for every campaign to some people."""
    return [Request(campaign.name, f"p{number}") for number in people for campaign in CAMPAIGNS]


def populate(opened: Opened, people: range) -> None:
    """Make people who can be written to."""
    with closing(opened()) as store:
        store.remember([Profile(f"p{n}", {"phone": f"+49151{n:08}", "given_name": "Ann"}) for n in people])


@dataclass(frozen=True)
class Sink:
    """A provider that writes down what it was given, so that a kill of the sender loses nothing of it."""

    path: Path
    channels = frozenset({Channel.SMS})

    def send(self, parcel: Parcel, arm: Arm) -> Receipt:
        """Take a message."""
        arm()
        self.taken(parcel.key)
        return Receipt(Answer.ACCEPTED, parcel.key)

    def taken(self, name: str) -> None:
        """Append a line: one write, so that lines of several processes do not mix."""
        line = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(line, f"{name}\n".encode())
        os.close(line)

    def keys(self) -> list[str]:
        """Give what was taken, in order."""
        return self.path.read_text().split() if self.path.exists() else []

    def close(self) -> None:
        """There is nothing to let go of."""


Sends = Callable[[Request], Sent]


@contextmanager
def sending(opened: Opened, provider: Sink, now: float = NOW, journal: Journal | None = None) -> Iterator[Sends]:
    """Open the store in this process, and give what sends; the clock stands still."""
    tokens = count()
    means = Means(lambda: now, lambda: f"{os.getpid()}-{next(tokens)}", lambda _: None, lambda: 0.5)
    with closing(opened()) as store:
        senders = {campaign.name: _sender(campaign, store, provider, means, journal) for campaign in CAMPAIGNS}
        yield lambda request: senders[request.campaign](request, key(request))


def _sender(campaign: Campaign, store: Store, provider: Sink, means: Means, journal: Journal | None) -> Sender:
    return Sender(campaign, _COMPOSERS[campaign.name], Post(FAMILY, campaign, KEYRING, trial=True), store=store,
                  provider=provider, means=means, journal=journal)  # fmt: skip
