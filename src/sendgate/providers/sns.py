"""``sns://region?sender_id=Harbor``: text messages through Amazon SNS."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

from sendgate.model.addresses import E164
from sendgate.model.campaigns import Channel
from sendgate.ports import Answer, Arm, Parcel, Receipt
from sendgate.providers.aws import client, hand_over
from sendgate.providers.place import Place, one_of
from sendgate.providers.words import unfit_key
from sendgate.rendering.message import Sms

_KINDS = ("promotional", "transactional")


class Sns:
    """Hands text messages to SNS, each to one number. No answer carries our key: doubts are settled by hand."""

    channels: ClassVar = frozenset({Channel.SMS})

    def __init__(self, client: Any, sender_id: str = "", kind: str = _KINDS[0]) -> None:
        self._client = client
        self._sender_id = sender_id
        self._kind = kind.capitalize()

    @classmethod
    def at(cls, place: Place) -> Self:
        """Make a client for a region. Raises ConfigurationError and MissingExtraError."""
        made = client("sns", place, "sender_id", "kind")
        return cls(made, place.option("sender_id", _name, ""), place.option("kind", one_of(_KINDS), _KINDS[0]))

    def send(self, parcel: Parcel, arm: Arm) -> Receipt:
        """Arm, and make one request."""
        if reason := _unfit(parcel):
            return Receipt(Answer.REFUSED, detail=reason)
        text = parcel.content.text if isinstance(parcel.content, Sms) else ""
        sender = parcel.sender or self._sender_id
        attributes = {"AWS.SNS.SMS.SMSType": self._kind} | ({"AWS.SNS.SMS.SenderID": sender} if sender else {})
        request = {
            "PhoneNumber": parcel.recipient,
            "Message": text,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        }
        return hand_over(self._client.publish, request, parcel, arm)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def __repr__(self) -> str:
        return f"Sns({self._client.meta.region_name!r})"


def _unfit(parcel: Parcel) -> str:
    if not isinstance(parcel.content, Sms) or not parcel.content.text:
        return "it is not a text message"
    return unfit_key(parcel) or ("" if E164.fullmatch(parcel.recipient) else "its number is not one")


def _name(text: str) -> str:
    if not re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}", text):
        raise ValueError("expected up to 11 letters, digits and hyphens, one letter at least")
    return text
