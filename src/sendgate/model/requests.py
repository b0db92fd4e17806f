"""What a campaign system asks for: that one person gets one message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from sendgate.model.keys import message_key, payload_hash
from sendgate.model.ledger import Entry


@dataclass(frozen=True, slots=True)
class Request:
    """One message that is wanted. The same request, however often it is made, is one message."""

    campaign: str
    person: str
    """A person's id; for somebody whom the store does not know, the normalised address."""
    run: str = ""
    """Which sending of a campaign that is sent more than once, such as ``2026-03``."""
    data: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Values for the template, such as an order number: ``data`` there."""

    @classmethod
    def again(cls, entry: Entry) -> Self:
        """Ask again for what is in the ledger, as it was asked for."""
        return cls(entry.campaign, entry.person, entry.run, json.loads(entry.data or "{}"))

    def key(self, family: str, channel: str) -> str:
        """Name the message that is asked for."""
        return message_key(family, self.campaign, self.run, self.person, channel)

    @property
    def payload(self) -> str:
        """Hash of what is asked for beside the key."""
        return payload_hash(self.data)
