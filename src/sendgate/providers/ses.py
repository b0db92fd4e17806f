"""``ses://region?configuration_set=name``: Amazon SES, version 2 of its interface, with the message as we wrote it."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

from sendgate.model.campaigns import Channel
from sendgate.ports import Answer, Arm, Parcel, Receipt
from sendgate.providers.aws import client, hand_over
from sendgate.providers.place import Place
from sendgate.providers.words import unfit_mail

KEY_TAG = "sendgate-key"
CAMPAIGN_TAG = "sendgate-campaign"
"""Tags that come back with every event of SES: delivery, bounce, complaint, open, click."""

_TAG_LENGTH = 256


class Ses:
    """Hands messages to SES. boto3's own repeating is off: it sent one message three times."""

    channels: ClassVar = frozenset({Channel.EMAIL})

    def __init__(self, client: Any, configuration_set: str = "") -> None:
        self._client = client
        self._settings = {"ConfigurationSetName": configuration_set} if configuration_set else {}

    @classmethod
    def at(cls, place: Place) -> Self:
        """Make a client for a region. Raises ConfigurationError and MissingExtraError."""
        made = client("sesv2", place, "configuration_set")
        return cls(made, place.option("configuration_set", _named, ""))

    def send(self, parcel: Parcel, arm: Arm) -> Receipt:
        """Arm, and make one request."""
        if reason := unfit_mail(parcel):
            return Receipt(Answer.REFUSED, detail=reason)
        request = {
            "Destination": {"ToAddresses": [parcel.recipient]},
            "Content": {"Raw": {"Data": parcel.content}},
            "EmailTags": [
                {"Name": KEY_TAG, "Value": parcel.key},
                {"Name": CAMPAIGN_TAG, "Value": tag_value(parcel.campaign)},
            ],
            **self._settings,
        }
        return hand_over(self._client.send_email, request, parcel, arm)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def __repr__(self) -> str:
        return f"Ses({self._client.meta.region_name!r})"


def tag_value(text: str) -> str:
    """Write text in the alphabet of tags: ASCII letters and digits, ``_`` and ``-``; at most 256 of them."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", text)[:_TAG_LENGTH] or "_"


def _named(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text):
        raise ValueError("expected the name of a configuration set")
    return text
