"""Text beyond ASCII in a header: encoded words (RFC 2047), folded into lines."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header

from sendgate.errors import MailError
from sendgate.rendering.budget import RefusedError
from sendgate.rendering.single_line import one_line

_LINE = 76
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")


def refuse_broken_line(what: str, text: str) -> None:
    """Raise MailError where text for a header breaks a line, by itself or once an encoded word in it is decoded."""
    try:
        unchanged = one_line(text) == text
    except RefusedError as error:
        raise MailError(f"{what} holds {error}") from error
    if not unchanged:
        raise MailError(f"{what} holds a line break, or begins or ends with a space")


def plain(text: str) -> bool:
    """Tell whether text means the same to every reader as it stands: ASCII words, and nothing like an encoded word."""
    return bool(_PLAIN.fullmatch(text)) and "=?" not in text


def encoded(text: str, used: int) -> str:
    """Write text as encoded words. ``used`` is how many characters of the first line are taken."""
    return Header(text, "utf-8", maxlinelen=_LINE).encode(linesep="\r\n", maxlinelen=_LINE - used)


def folded(text: str, used: int) -> str:
    """Break plain text into lines at spaces, as far as it has any; what is folded reads the same."""
    lines, room = [""], _LINE - used
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append("")
            room = _LINE - 1
        lines[-1] += f" {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def unfolded(raw: str) -> str:
    """Take the line breaks out of a header."""
    return raw.replace("\r\n", "")


def decoded(raw: str) -> str:
    """Read what a header says. Raises MailError where it cannot be read."""
    text = unfolded(raw)
    try:
        return str(make_header(decode_header(text))) if "=?" in text else text
    except (HeaderParseError, LookupError, UnicodeError, ValueError) as error:
        raise MailError("an encoded word in a header cannot be decoded") from error
