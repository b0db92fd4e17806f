"""How large the parts of a message may be."""

from __future__ import annotations

from sendgate.rendering.budget import RefusedError

SUBJECT = 255
"""Characters. The longest subject that Outlook and Exchange keep; a phone shows about 40."""
PREHEADER = 255
"""Characters. An inbox shows 40 to 130."""
HTML = 102_400
"""Bytes. Gmail cuts a mail off after 102 kB, and with its end the link to unsubscribe."""
TEXT = 102_400
"""Bytes, for the text of an e-mail."""
SMS_SEGMENTS = 6
"""Parts that a phone puts together again: 918 characters of plain Latin text, 402 of any other."""
SMS_BYTES = 4 * 153 * SMS_SEGMENTS
"""Bytes: no text within the segments has more."""
PUSH_TITLE = 120
"""Characters. Phones show about 40."""
PUSH_BODY = 1_000
"""Characters. Phones show about 180."""
PUSH_LINK = 2_048
"""Characters."""
PUSH = 3_584
"""Bytes of title, body and link: Apple and Google carry 4,096, and the envelope needs some of them."""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("\f^{}\\[~]|€")


def segments(text: str) -> int:
    r"""Count the short messages that a text is sent as.

    Text in the GSM alphabet has 160 characters in one, or 153 in each of several, where ``€^{}[]~|\`` count twice; any
    other character makes it 70, or 67, UTF-16 units (3GPP TS 23.038 and 23.040).
    """
    if _GSM.union(_GSM_EXTENDED).issuperset(text):
        size, single, several = len(text) + sum(character in _GSM_EXTENDED for character in text), 160, 153
    else:
        size, single, several = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if size <= single else -(-size // several)


def refuse_longer(part: str, text: str, characters: int) -> None:
    """Raise RefusedError where a part has more characters than it may."""
    if len(text) > characters:
        raise RefusedError(f"{part} has {len(text)} characters, more than {characters}")


def refuse_larger(part: str, text: str, size: int) -> None:
    """Raise RefusedError where a part has more bytes than it may, or cannot be written as UTF-8 at all."""
    try:
        actual = len(text.encode())
    except UnicodeEncodeError as error:
        raise RefusedError(f"{part} holds half a character (U+{ord(text[error.start]):04X})") from error
    if actual > size:
        raise RefusedError(f"{part} has {actual} bytes, more than {size}")
    if "\0" in text:
        raise RefusedError(f"{part} holds a NUL character")
