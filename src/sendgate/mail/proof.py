"""A mail is read again before it leaves. If it does not say exactly what was meant, it stays.

The reader is Python's ``email`` package, which had no part in the writing.
"""

from __future__ import annotations

from email import policy
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses

from sendgate.errors import MailError
from sendgate.mail.encoded_words import decoded, unfolded
from sendgate.mail.letter import Letter
from sendgate.mail.mailboxes import Mailbox

_CARRIED = bytes([*b"\t\r\n", *range(0x20, 0x7F)])
_LONGEST = 998
"""Bytes of a line, without its end: RFC 5322 section 2.1.1."""

_parser = BytesParser(policy=policy.compat32)
_MIME = ("MIME-Version", "Content-Type", "Content-Transfer-Encoding")


def refuse_misread(letter: Letter, content: bytes) -> None:
    """Raise MailError unless the bytes, read again, have the headers and bodies that were meant, and no others."""
    _refuse_raw_bytes(content)
    read = _parser.parsebytes(content)
    _refuse_other_headers(letter, read)
    _refuse_other_bodies(letter, read)


def _refuse_raw_bytes(content: bytes) -> None:
    """Refuse what servers do not carry, or read in different ways: bytes beyond ASCII, lone CR or LF, long lines."""
    if content.translate(None, _CARRIED):
        raise MailError("the message holds bytes that mail servers do not carry")
    lines = content.split(b"\r\n")
    if len(lines) - 1 != content.count(b"\n") or len(lines) - 1 != content.count(b"\r"):
        raise MailError("the message holds half a line break")
    if max(map(len, lines)) > _LONGEST:
        raise MailError("the message holds a line that is too long for mail servers")


def _refuse_other_headers(letter: Letter, read: Message) -> None:
    found = [(name, _said(name, value)) for name, value in read.items() if name not in _MIME]
    meant = letter.headers()
    if [name for name, _ in found] != [name for name, _ in meant]:
        raise MailError("the message would have other headers than those that were meant")
    for (name, said), (_, should) in zip(found, meant, strict=True):
        if said != should:
            raise MailError(f"the header `{name}` would say something else than was meant")


def _said(name: str, raw: str) -> str | list[Mailbox]:
    if name not in {"From", "To"}:
        return decoded(raw)
    return [Mailbox(address, decoded(name)) for name, address in getaddresses([unfolded(raw)])]


def _refuse_other_bodies(letter: Letter, read: Message) -> None:
    parts = read.get_payload() if read.is_multipart() else [read]
    found = [(part.get_content_type(), _body(part)) for part in parts if isinstance(part, Message)]
    if found != letter.bodies() or read.defects:
        raise MailError("the message would say something else than was meant")


def _body(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode().replace("\r\n", "\n") if isinstance(content, bytes) else ""
