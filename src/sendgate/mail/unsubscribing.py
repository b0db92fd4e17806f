"""Links to unsubscribe: a token that says which message it came with, and what leaving means. No address is in it.

A token is ``key.scope.brand.name.signature``: the key of the message, through which the ledger knows the person; what
is asked for; the brand; and a signature by the secret of that name. It proves that we wrote the link, so whoever holds
it got the message, or was handed it by somebody who did. ``docs/decisions/0012`` says why it is made like this.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import quote

from sendgate.errors import TokenError
from sendgate.model.events import Event
from sendgate.model.keys import KEY_LENGTH, Keyring
from sendgate.model.ledger import Entry

_SIGNATURE = 26
"""Characters of a signature, 130 bits: half of it, as RFC 2104 allows, because a text message is paid by its length."""
_LONGEST = 512
_WHAT = "unsubscribe"
"""Stands in every signature, so that nothing else that is signed with the same secret is a token."""


class Scope(StrEnum):
    """What somebody leaves: messages of the channel that the link came by."""

    BRAND = "brand"
    FAMILY = "family"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says, and what its signature proves."""

    key: str
    """Of the message that the link came with."""
    scope: Scope
    brand: str

    @classmethod
    def read(cls, token: str, keyring: Keyring) -> Self:
        """Read a token. Raises TokenError, which shows nothing of it, where it is not one that we signed."""
        try:
            key, scope, rest = token.strip().split(".", 2)
            brand, name, signature = rest.rsplit(".", 2)
            claim = cls(key, Scope(scope), brand)
            token.encode()
        except ValueError:
            raise TokenError("not a link that we sent: it is not whole") from None
        if len(token) > _LONGEST or len(key) != KEY_LENGTH or not claim._signed(f"{name}.{signature}", keyring):
            raise TokenError("not a link that we sent: the signature is wrong")
        return claim

    def token(self, keyring: Keyring) -> str:
        """Sign it."""
        return f"{self.key}.{self.scope}.{self.brand}.{_cut(keyring.sign(*self._parts()))}"

    def event(self, entry: Entry, now: float) -> Event:
        """Give what is to be recorded of ``entry.person``: once for each link, however often it is followed.

        ``entry`` is what the ledger has under ``key``. Raises TokenError where it is another message, or another
        brand's.
        """
        if (entry.key, entry.brand) != (self.key, self.brand):
            raise TokenError("not a link that came with this message")
        brand = entry.brand if self.scope is Scope.BRAND else ""
        return Event(
            "unsubscribed", now, brand, entry.channel, entry.campaign, entry.creative, entry.purpose,
            id=f"unsubscribed.{self.key}.{self.scope}",
        )  # fmt: skip

    def _parts(self) -> tuple[str, ...]:
        return _WHAT, self.key, self.scope, self.brand

    def _signed(self, signature: str, keyring: Keyring) -> bool:
        given = signature.encode(errors="replace")
        return any(hmac.compare_digest(given, _cut(known).encode()) for known in keyring.signatures(*self._parts()))


def _cut(signature: str) -> str:
    """Shorten ``name.signature``."""
    name, _, signed = signature.partition(".")
    return f"{name}.{signed[:_SIGNATURE]}"


def web_link(page: str, token: str) -> str:
    """Add a token to the address of a page, as its parameter ``token``."""
    return f"{page}{'&' if '?' in page else '?'}token={quote(token, safe='')}"


def mail_link(mailbox: str, token: str) -> str:
    """Make a link to write to a mailbox, with the token as the subject."""
    return f"mailto:{quote(mailbox, safe='@')}?subject={quote(token, safe='')}"
