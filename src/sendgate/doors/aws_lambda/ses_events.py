"""What SES reports, read: one kind of report for all ways by which it comes.

The fields are those of https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sendgate.doors.aws_lambda.asked import read_object
from sendgate.errors import InputError
from sendgate.model.ledger import State
from sendgate.model.times import parse_time
from sendgate.providers.ses import KEY_TAG

_MACHINE = re.compile(
    r"bot\b|crawl|spider|scan|preview|monitor|headless|httpclient|curl|wget|python|libwww|go-http|^java|^mozilla/5\.0$|^$",
    re.IGNORECASE,
)
"""Programs that follow links and load images before anybody reads: security gateways, previews, and the proxy of
Apple Mail, which loads everything on arrival and calls itself ``Mozilla/5.0`` and no more."""


@dataclass(frozen=True)
class Report:
    """What SES says of one message."""

    kind: str
    """``eventType``, such as ``Delivery``."""
    key: str
    """Of the message, from its tag; empty where it is not ours."""
    message_id: str
    """What SES calls the message."""
    at: float
    sent: float
    """When SES was given the message."""
    values: Mapping[str, Any]
    """What is said beside the mail itself."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Read the body of a record: what SES said, in an envelope of EventBridge or SNS, or without one.

        Raises InputError, which quotes nothing, where it is something else.
        """
        return cls.of(_unwrapped(read_object(text)))

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """Read what SES said. Raises InputError."""
        kind, mail = event.get("eventType"), event.get("mail")
        if not isinstance(kind, str) or not isinstance(mail, dict):
            raise InputError("expected an event of SES, with `eventType` and `mail`")
        values = event.get(_PARTS.get(kind, ""), {})
        if not isinstance(values, dict):
            raise InputError("the event of SES is not as it is documented")
        try:
            sent = parse_time(str(mail.get("timestamp")))
            at = parse_time(str(values["timestamp"])) if "timestamp" in values else sent
        except ValueError:
            raise InputError("the event of SES says no time") from None
        return cls(kind, _tag(mail), str(mail.get("messageId", "")), at, sent, values)

    @property
    def name(self) -> str:
        """What it counts as."""
        if self.kind in {"Open", "Click"} and self.by_machine:
            return "Machine"
        return _NAMES.get(self.kind, "Unheard")

    @property
    def by_machine(self) -> bool:
        """Whether a program opened or clicked, and not a person."""
        return bool(_MACHINE.search(str(self.values.get("userAgent") or "").strip()))

    @property
    def state(self) -> State:
        """What it proves of the message. Whatever SES reports, it had the message."""
        if self.kind in {"Bounce", "Reject", "Rendering Failure"}:
            return State.BOUNCED
        return State.COMPLAINED if self.kind == "Complaint" and self.suppresses else State.SENT

    @property
    def suppresses(self) -> bool:
        """Whether a complaint is one. Feedback loops also report who took a mail out of the spam folder."""
        return str(self.values.get("complaintFeedbackType")).strip().lower() != "not-spam"


_PARTS = {
    "Send": "send", "Delivery": "delivery", "Bounce": "bounce", "Complaint": "complaint", "Open": "open",
    "Click": "click", "Subscription": "subscription", "Reject": "reject", "Rendering Failure": "failure",
    "DeliveryDelay": "deliveryDelay",
}  # fmt: skip
"""Where each kind says more."""

_NAMES = {
    "Send": "Accepted", "Delivery": "Delivered", "Bounce": "Bounced", "Complaint": "Complained", "Open": "Opened",
    "Click": "Clicked", "Subscription": "Preferences", "Reject": "NotCarried", "Rendering Failure": "NotCarried",
    "DeliveryDelay": "Delayed",
}  # fmt: skip


def _unwrapped(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take an event out of its envelope."""
    if event.get("source") == "aws.ses" and isinstance(event.get("detail"), dict):
        return event["detail"]  # type: ignore[no-any-return]
    if event.get("Type") == "Notification" and isinstance(event.get("Message"), str):
        return read_object(event["Message"])
    return event


def _tag(mail: Mapping[str, Any]) -> str:
    """Give the key, which comes back as a list of one."""
    tags = mail.get("tags")
    found = tags.get(KEY_TAG) if isinstance(tags, dict) else None
    return found[0] if isinstance(found, list) and len(found) == 1 and isinstance(found[0], str) else ""
