"""Text that must stay on one line: a subject, a preheader, a title.

A line break in a subject is how a header is smuggled into a mail; an encoded word (RFC 2047) can hide one until a mail
program or Python's own ``email`` package decodes it (CVE-2024-6923).
"""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from sendgate.rendering.budget import RefusedError

_FOLD = re.compile(r"[ \t]*\r?\n\s*")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters, the line and paragraph separators of Unicode, and halves of surrogate pairs."""


def refuse_control_characters(text: str) -> None:
    """Raise RefusedError where the text holds a control character or a line break of any kind."""
    found = _CONTROL.search(text)
    if found:
        raise RefusedError(f"a control character (U+{ord(found[0]):04X}) in text that must stay on one line")


def one_line(text: str) -> str:
    """Fold a template's own line breaks into spaces; raise RefusedError for anything else that breaks a line.

    Values were refused when they were printed, so a break that is left comes from how the template is laid out.
    """
    line = _FOLD.sub(" ", text.strip())
    refuse_control_characters(line)
    if "=?" in line:
        refuse_control_characters(_decoded(line))
    return line


def _decoded(line: str) -> str:
    try:
        return str(make_header(decode_header(line)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError) as error:
        raise RefusedError("an encoded word (=?…?=) that cannot be decoded") from error
