"""``sendgate.yaml`` as people write it, and the policy that it becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from sendgate.model.campaigns import Brand, Channel, Family
from sendgate.model.settings import Checks, Currency, Duration, NotNegative, Settings, Text, seconds
from sendgate.model.times import HOUR, MINUTE
from sendgate.policy.card_file import read_cards
from sendgate.policy.document import Node
from sendgate.policy.gate_settings import read_gates
from sendgate.policy.policy import Policy, Sending
from sendgate.policy.reading import read
from sendgate.policy.review import Review
from sendgate.policy.ways_out import WaysOut

_NAMED = re.compile(r"""(?:[^\x00-\x1f<>"@,;:()\[\]\\]+|"[^\x00-\x1f"\\]+"\s*)<([^<>]+)>""")
# A plain address needs no second look; any other is judged by email-validator, which is slow to load.
_PLAIN_ADDRESS = re.compile(r"[\w+-]+(?:\.[\w+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}", re.ASCII)


def _mailbox(value: str) -> None:
    named = _NAMED.fullmatch(value)
    address = named[1] if named else value
    if _PLAIN_ADDRESS.fullmatch(address):
        return
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  rarely needed, slow to load

    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        cause = str(error).partition(". ")[0].rstrip(".")
        wanted = "expected a mailbox such as Harbor <hello@harbor.example>"
        raise ValueError(f"{wanted}: {cause[:1].lower()}{cause[1:]}") from None


def _distinct(names: tuple[str, ...]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"`{twice}` stands in the list twice")


def _short(lease: str) -> None:
    if not MINUTE <= seconds(lease) <= HOUR:
        raise ValueError("expected 60s to 1h")


OUTBOX = "outbox://outbox"
Location = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9+]*://\S*$", title="a kind and a place", examples=["sqlite:///sendgate.db", OUTBOX]),
]


class BrandSection(WaysOut, frozen=True, kw_only=True):
    """One of the sister brands."""

    checks: ClassVar[Checks] = {**WaysOut.checks, "sender": _mailbox}

    name: Annotated[Text | None, Meta(description="the name that customers read; without it, the key")] = None
    sender: Annotated[
        Text | None,
        Meta(description="the mailbox that messages come from", examples=["Harbor Home <hello@harbor.example>"]),
    ] = None
    shares_profile: Annotated[
        bool, Meta(description="false: what people do at this brand is used for this brand only")
    ] = True


class FamilySection(WaysOut, frozen=True, kw_only=True):
    """The company with its brands and tiers."""

    checks: ClassVar[Checks] = {**WaysOut.checks, "tiers": _distinct}

    name: Annotated[Text, Meta(description="the name of the company")]
    brands: Annotated[
        dict[str, BrandSection | None],
        Meta(min_length=1, description="the sister brands, each under a short key that campaigns and events use"),
    ]
    tiers: Annotated[tuple[Text, ...], Meta(description="the tiers of customers, lowest first")] = ()
    currency: Annotated[Currency | None, Meta(description="the currency of all prices, three letters")] = None


class ProviderSection(Settings, frozen=True):
    """Who carries the messages of each channel; a channel that is not named goes to the outbox."""

    email: Annotated[Location | None, Meta(description="who carries e-mail")] = None
    sms: Annotated[Location | None, Meta(description="who carries text messages")] = None
    push: Annotated[Location | None, Meta(description="who carries notifications")] = None


class SendingSection(Settings, frozen=True):
    """How messages are sent."""

    checks: ClassVar[Checks] = {"lease": _short}

    rate: Annotated[
        NotNegative, Meta(description="messages a second at most; 0: as fast as the provider takes them")
    ] = 0
    daily_quota: Annotated[int, Meta(ge=0, description="messages in any 24 hours at most; 0: no limit")] = 0
    lease: Annotated[Duration, Meta(description="how long a worker may hold a message that it has reserved")] = "2m"
    give_up_after: Annotated[
        Duration, Meta(description="a message that was asked for so long ago is dropped, not deferred again")
    ] = "14d"
    retry_transactional: Annotated[
        bool, Meta(description="send a transactional message again when nobody knows whether it was sent")
    ] = False


class PolicyFile(Settings, frozen=True):
    """The settings of sendgate for one family of brands."""

    family: Annotated[FamilySection, Meta(description="the company, its brands and tiers")]
    gates: Annotated[
        dict[str, Any] | None,
        Meta(description="the settings of the gates; a gate that is not named runs with its defaults"),
    ] = None
    store: Annotated[Location, Meta(description="where sendgate remembers what it sent")] = "sqlite:///sendgate.db"
    provider: Annotated[
        Location | ProviderSection, Meta(description="who carries the messages: one for all, or one for each channel")
    ] = OUTBOX
    sending: Annotated[SendingSection | None, Meta(description="how messages are sent")] = None


def read_policy(root: Node, review: Review) -> Policy | None:
    """Make a policy of a document, or note everything that is wrong with it and give None."""
    before = len(review.mistakes)
    gates = read_gates(root, review)
    cards = read_cards(root, gates, review)
    file = read(root, PolicyFile, review)
    if file is None or len(review.mistakes) > before:
        return None
    sending = _sending(file.sending or SendingSection())
    return Policy(_family(file.family), gates, file.store, _providers(file.provider), sending, cards)


def _sending(section: SendingSection) -> Sending:
    return Sending(
        section.rate,
        section.daily_quota,
        seconds(section.lease),
        seconds(section.give_up_after),
        section.retry_transactional,
    )


def _providers(section: str | ProviderSection) -> Mapping[Channel, str]:
    if isinstance(section, str):
        return MappingProxyType(dict.fromkeys(Channel, section))
    return MappingProxyType({channel: getattr(section, channel) or OUTBOX for channel in Channel})


def _family(section: FamilySection) -> Family:
    brands = {key: _brand(key, brand or BrandSection(), section) for key, brand in section.brands.items()}
    return Family(section.name, MappingProxyType(brands), section.tiers, section.currency or "")


def _brand(key: str, section: BrandSection, family: WaysOut) -> Brand:
    # A brand's own page or mailbox stands for both: it would be odd to leave half at the brand, half at the family.
    way = section if section.unsubscribe_url or section.unsubscribe_mailto else family
    return Brand(
        key, section.name or key, section.sender or "", section.shares_profile,
        way.unsubscribe_url or "", way.unsubscribe_mailto or "",
    )  # fmt: skip
