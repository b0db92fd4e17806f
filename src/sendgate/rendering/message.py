"""The messages of the three channels, and the blocks of a template that become their parts."""

from __future__ import annotations

from dataclasses import dataclass

from sendgate.model.campaigns import Channel


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail. The subject and the preheader are single lines."""

    subject: str
    preheader: str
    """What an inbox shows after the subject; may be empty."""
    html: str
    """A whole document, or empty for a mail of text only."""
    text: str
    """Never empty: made from the HTML where the template has no text."""


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message."""

    text: str
    segments: int
    """How many short messages it is sent, and paid, as."""


@dataclass(frozen=True, slots=True)
class Push:
    """A notification on a phone or in a browser."""

    title: str
    body: str
    link: str
    """Where a tap leads; may be empty."""


Message = Email | Sms | Push

PARTS = {
    Channel.EMAIL: ("subject", "preheader", "html", "text"),
    Channel.SMS: ("text",),
    Channel.PUSH: ("title", "body", "link"),
}
"""The blocks that a template has for a channel."""

NEEDED = {
    Channel.EMAIL: (("subject",), ("html", "text")),
    Channel.SMS: (("text",),),
    Channel.PUSH: (("title",), ("body",)),
}
"""Of each group a template needs at least one block."""
