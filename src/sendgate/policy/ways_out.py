"""Where people leave: a page, or a mailbox that they write to."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from msgspec import Meta

from sendgate.model.settings import Checks, Settings, Text

_PAGE = re.compile(r"https://[!-~]+")
_IN_THE_WAY = frozenset('<>"#\\')
"""Characters that end a link in a header, and the one behind which no server sees the token."""
_MAILBOX = re.compile(r"[A-Za-z0-9+_-]+(?:\.[A-Za-z0-9+_-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z]")


def _page(value: str) -> None:
    try:
        parts = urlsplit(value)
        right = _PAGE.fullmatch(value) and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        right = False
    if not right or _IN_THE_WAY & set(value):
        raise ValueError("expected an https page without `#`, such as https://harbor.example/unsubscribe")


def _mailbox(value: str) -> None:
    if not _MAILBOX.fullmatch(value):
        raise ValueError("expected a plain address, such as unsubscribe@harbor.example")


class WaysOut(Settings, frozen=True, kw_only=True):
    """The settings, of a brand or of the family for all brands that have none of their own."""

    checks: ClassVar[Checks] = {"unsubscribe_url": _page, "unsubscribe_mailto": _mailbox}

    unsubscribe_url: Annotated[
        Text | None,
        Meta(
            description="the https page where people unsubscribe; each link to it carries a token",
            examples=["https://harbor.example/unsubscribe"],
        ),
    ] = None
    unsubscribe_mailto: Annotated[Text | None, Meta(description="the address that people write to, to unsubscribe")] = (
        None
    )
