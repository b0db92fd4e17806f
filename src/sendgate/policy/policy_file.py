"""``sendgate.yaml`` as people write it, and the policy that it becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from sendgate.gate import Duration
from sendgate.model.campaigns import Brand, Channel, Family
from sendgate.model.times import DAY
from sendgate.policy.document import Node
from sendgate.policy.gate_settings import read_gates
from sendgate.policy.policy import Policy, Sending
from sendgate.policy.review import Review
from sendgate.policy.translation import note_errors
from sendgate.policy.ways_out import WaysOut

_NAMED = re.compile(r"""(?:[^\x00-\x1f<>"@,;:()\[\]\\]+|"[^\x00-\x1f"\\]+"\s*)<([^<>]+)>""")
# A plain address needs no second look; any other is judged by email-validator, which is slow to load.
_PLAIN_ADDRESS = re.compile(r"[\w+-]+(?:\.[\w+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}", re.ASCII)
_WHERE = re.compile(r"[a-z][a-z0-9+]*://\S*")
_CURRENCY = re.compile(r"[A-Z]{3}")


def _mailbox(value: str) -> str:
    named = _NAMED.fullmatch(value)
    address = named[1] if named else value
    if _PLAIN_ADDRESS.fullmatch(address):
        return value
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  rarely needed, slow to load

    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        cause = str(error).partition(". ")[0].rstrip(".")
        wanted = "expected a mailbox such as Harbor <hello@harbor.example>"
        raise ValueError(f"{wanted}: {cause[:1].lower()}{cause[1:]}") from None
    return value


def _where(value: str) -> str:
    if not _WHERE.fullmatch(value):
        raise ValueError("expected a kind and a place, such as sqlite:///sendgate.db or outbox://outbox")
    return value


def _currency(value: str) -> str:
    if not _CURRENCY.fullmatch(value):
        raise ValueError("expected three capital letters, such as EUR")
    return value


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"`{twice}` stands in the list twice")
    return names


Text = Annotated[str, Field(min_length=1)]
Location = Annotated[Text, AfterValidator(_where)]
OUTBOX = "outbox://outbox"


class Section(BaseModel):
    """Part of a settings file: every key is known, and texts are trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, allow_inf_nan=False, defer_build=True)


class BrandSection(Section, WaysOut):
    """One of the sister brands."""

    name: Annotated[Text | None, Field(description="the name that customers read; without it, the key")] = None
    sender: Annotated[
        Text | None,
        AfterValidator(lambda value: value and _mailbox(value)),
        Field(description="the mailbox that messages come from", examples=["Harbor Home <hello@harbor.example>"]),
    ] = None
    shares_profile: Annotated[
        bool, Field(description="false: what people do at this brand is used for this brand only")
    ] = True


class FamilySection(Section, WaysOut):
    """The company with its brands and tiers."""

    name: Annotated[Text, Field(description="the name of the company")]
    brands: Annotated[
        dict[Text, BrandSection | None],
        Field(min_length=1, description="the sister brands, each under a short key that campaigns and events use"),
    ]
    tiers: Annotated[
        tuple[Text, ...], AfterValidator(_distinct), Field(description="the tiers of customers, lowest first")
    ] = ()
    currency: Annotated[
        Text | None,
        AfterValidator(lambda value: value and _currency(value)),
        Field(description="the currency of all prices, three letters", examples=["EUR", "USD"]),
    ] = None


class ProviderSection(Section):
    """Who carries the messages of each channel; a channel that is not named goes to the outbox."""

    email: Annotated[Location | None, Field(description="who carries e-mail")] = None
    sms: Annotated[Location | None, Field(description="who carries text messages")] = None
    push: Annotated[Location | None, Field(description="who carries notifications")] = None


def _one_or_several(value: object) -> str:
    return "by channel" if isinstance(value, dict) else "for all"


Providers = Annotated[
    Annotated[Location, Tag("for all")] | Annotated[ProviderSection, Tag("by channel")],
    Discriminator(_one_or_several),
]


class SendingSection(Section):
    """How messages are sent."""

    rate: Annotated[
        float, Field(ge=0, description="messages a second at most; 0: as fast as the provider takes them")
    ] = 0
    daily_quota: Annotated[int, Field(ge=0, description="messages in any 24 hours at most; 0: no limit")] = 0
    lease: Annotated[
        Duration, Field(ge=60, le=3600, description="how long a worker may hold a message that it has reserved")
    ] = 120.0
    give_up_after: Annotated[
        Duration, Field(gt=0, description="a message that was asked for so long ago is dropped, not deferred again")
    ] = 14 * DAY
    retry_transactional: Annotated[
        bool, Field(description="send a transactional message again when nobody knows whether it was sent")
    ] = False


class PolicyFile(Section):
    """The settings of sendgate for one family of brands."""

    family: Annotated[FamilySection, Field(description="the company, its brands and tiers")]
    gates: Annotated[
        dict[str, Any] | None,
        Field(description="the settings of the gates; a gate that is not named runs with its defaults"),
    ] = None
    store: Annotated[Location, Field(description="where sendgate remembers what it sent")] = "sqlite:///sendgate.db"
    provider: Annotated[
        Providers, Field(description="who carries the messages: one for all, or one for each channel")
    ] = OUTBOX
    sending: Annotated[SendingSection | None, Field(description="how messages are sent")] = None


def read_policy(root: Node, review: Review) -> Policy | None:
    """Make a policy of a document, or note everything that is wrong with it and give None."""
    before = len(review.mistakes)
    gates = read_gates(root, review)
    try:
        file = PolicyFile.model_validate(root.data())
    except ValidationError as error:
        note_errors(error, root, review)
        return None
    if len(review.mistakes) > before:
        return None
    sending = Sending(**dict(file.sending or SendingSection()))
    return Policy(_family(file.family), gates, file.store, _providers(file.provider), sending)


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
