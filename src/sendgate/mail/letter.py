"""What an e-mail is meant to say, and the bytes that say it.

Written here and not by ``email.message``, for three reasons. That package folds a long ``List-Unsubscribe`` into
encoded words, in which no mailbox provider looks for a link; some of its versions let an encoded word break a header
(CVE-2024-6923); and it takes most of the time that a message has. It reads what was written: see ``proof.py``.
"""

from __future__ import annotations

import binascii
from base64 import encodebytes
from dataclasses import dataclass

from sendgate.errors import MailError
from sendgate.mail.encoded_words import encoded, folded, plain, refuse_broken_line
from sendgate.mail.mailboxes import Mailbox

BOUNDARY = "=_sendgate"
"""What parts the parts. It begins with ``=_``, which stands in no encoded body; and it is always the same, because who
reads a mail makes a regular expression of it, which takes longer than the reading where it is new each time."""

_LINE = 76


@dataclass(frozen=True)
class Letter:
    """An e-mail, as it is meant."""

    sender: Mailbox
    recipient: Mailbox
    subject: str
    fields: tuple[tuple[str, str], ...]
    """Further headers in order, printable ASCII, written as they are; spaces are where a line may be folded."""
    text: str
    html: str
    """Empty for a mail of text only."""

    def headers(self) -> list[tuple[str, str | list[Mailbox]]]:
        """Give every header of the mail, but for those of MIME, as it is meant."""
        return [("From", [self.sender]), ("To", [self.recipient]), ("Subject", self.subject), *self.fields]

    def bodies(self) -> list[tuple[str, str]]:
        """Give the parts by content type, their lines ending in LF, the last one too."""
        parts = [("text/plain", self.text), *([("text/html", self.html)] if self.html else [])]
        return [(kind, lines(body)) for kind, body in parts]

    def written(self) -> bytes:
        """Write it: ASCII, lines of at most 998 characters that end in CR LF. Raises MailError."""
        refuse_broken_line("the subject", self.subject)
        refuse_broken_line("the sender's name", self.sender.name)
        head = [f"From: {self.sender.written}", f"To: {self.recipient.written}", _subject(self.subject)]
        head += [_field(name, value) for name, value in self.fields]
        return "\r\n".join([*head, "MIME-Version: 1.0", self._body()]).encode("ascii")

    def _body(self) -> str:
        parts = [_part(kind, body) for kind, body in self.bodies()]
        if len(parts) == 1:
            return parts[0]
        fence = f"--{BOUNDARY}"
        kind = f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"'
        return "\r\n".join([kind, "", *(line for part in parts for line in (fence, part)), f"{fence}--", ""])


def lines(text: str) -> str:
    """End every line in LF, the last one too."""
    return text.replace("\r\n", "\n").replace("\r", "\n") + "\n"


def _subject(text: str) -> str:
    name = "Subject: "
    return name + (folded(text, len(name)) if plain(text) else encoded(text, len(name)))


def _field(name: str, value: str) -> str:
    if not plain(value):
        raise MailError(f"the header `{name}` would not say what it should")
    return f"{name}: {folded(value, len(name) + 2)}"


def _part(kind: str, body: str) -> str:
    """Write a body so that it passes servers which carry seven bits a character and short lines."""
    encoding, carried = _carried(body)
    charset = "us-ascii" if encoding == "7bit" else "utf-8"
    head = f'Content-Type: {kind}; charset="{charset}"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head + carried.replace("\n", "\r\n")


def _carried(body: str) -> tuple[str, str]:
    """Give an encoding and the encoded body: as it stands, or the shorter one of the two that there are."""
    if body.isascii() and "=_" not in body and body.replace("\n", "").isprintable() and _short(body):
        return "7bit", body
    try:
        content = body.encode()
    except UnicodeEncodeError as error:
        raise MailError("the body holds half a character") from error
    quoted = binascii.b2a_qp(content, istext=True)
    if len(quoted) * 3 <= len(content) * 4:
        return "quoted-printable", quoted.decode()
    return "base64", encodebytes(content.replace(b"\n", b"\r\n")).decode()


def _short(body: str) -> bool:
    return max(map(len, body.split("\n"))) <= _LINE
