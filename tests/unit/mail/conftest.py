"""A family that sends mail, and the post of one of its campaigns."""

from __future__ import annotations

from dataclasses import replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from types import MappingProxyType

import pytest

from sendgate.mail.posting import Post
from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Offer, Purpose
from sendgate.model.keys import Keyring, message_key
from sendgate.model.people import Profile
from sendgate.rendering.message import Email

NOW = 1_772_614_800.9
KEY = message_key("Harbor Home Group", "spring", "", "ann", "email")
RING = Keyring.parse("k1:not-a-secret-only-for-tests")
HARBOR = Brand(
    "harbor", "Harbor Home", "Harbor Home <hello@harbor.example>",
    unsubscribe_url="https://harbor.example/leave", unsubscribe_mailto="leave@harbor.example",
)  # fmt: skip
SPRING = Campaign("spring-duvets", "harbor", Channel.EMAIL, Purpose.PROMOTIONAL, (Offer("a"),))
ANN = Profile("ann", {"email": "ann@example.org", "phone": "+4915112345678", "push_token": "token-1"})
HELLO = Email(
    "Your duvet is waiting", "", "<p>Dear Ann, your duvet is waiting.</p>", "Dear Ann,\nyour duvet is waiting."
)


@pytest.fixture
def post_of():
    """Make the post of a campaign, with changes to brand and campaign."""

    def made(brand=HARBOR, campaign=SPRING, name="Harbor Home Group", ring=RING, **more) -> Post:
        return Post(Family(name, MappingProxyType({brand.key: brand})), campaign, ring, **more)

    return made


@pytest.fixture
def mailed(post_of):
    """Make a mail, and give it as the newest parser of Python reads it."""

    def made(message=HELLO, recipient="ann@example.org", **more) -> EmailMessage:
        parcel = post_of(**more).parcel(KEY, replace(ANN, attributes={"email": recipient}), message, NOW)
        return BytesParser(policy=policy.default).parsebytes(parcel.content)

    return made
