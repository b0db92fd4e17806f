"""Addresses that every mail server reads alike. Any other is refused: none is ever cut, mended or guessed at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from sendgate.errors import MailError
from sendgate.mail.encoded_words import encoded, plain
from sendgate.model.addresses import normalise_email

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(
    rf"(?=.{{1,64}}@)(?=.{{1,254}}\Z){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}", re.ASCII
)
"""``local@domain`` without quotes and comments: RFC 5321 section 4.1.2, within the lengths of section 4.5.3.1."""

_NAMED = re.compile(r"""(?:"(?P<quoted>[^"\\]+)"|(?P<name>[^<>"@,;:()\[\]\\]+?))\s*<(?P<address>[^<>]+)>""")
_ATOMS = re.compile(rf"{_ATOM}(?: {_ATOM})*")
"""A name that needs no quotes."""


def refuse_tricky_address(address: str) -> None:
    """Raise MailError, which does not show the address, unless every server reads it alike.

    Quoted local parts, comments, routes, address literals and local parts beyond ASCII are valid e-mail addresses of
    next to nobody, and servers differ about them. The last ones need SMTPUTF8, which SES and most relays do not have.
    """
    if not _ADDRESS.fullmatch(address) or "=?" in address:  # what looks like an encoded word may be decoded by somebody
        raise MailError(f"the address cannot be mailed: {_reason(address)}")


def _reason(address: str) -> str:
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        return "it is not `name@domain`"
    if not local.isascii():
        return "what stands before the `@` is not ASCII, and few servers carry that (SMTPUTF8)"
    if not domain.isascii():
        return "its domain is not written in ASCII (IDNA)"
    return "servers do not read it alike"


@dataclass(frozen=True)
class Mailbox:
    """An address with a name that people read, which may be empty."""

    address: str
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``Harbor Home <hello@harbor.example>``, or an address alone. Raises MailError.

        A domain beyond ASCII is written in IDNA.
        """
        named = _NAMED.fullmatch(text.strip())
        address = (named["address"] if named else text).strip()
        if not address.isascii():
            local, _, _ = address.rpartition("@")
            address = f"{local}@{_domain(address)}"
        refuse_tricky_address(address)
        return cls(address, ((named["quoted"] or named["name"]) if named else "").strip())

    @property
    def domain(self) -> str:
        """What stands behind the ``@``."""
        return self.address.rpartition("@")[2]

    @cached_property
    def written(self) -> str:
        """The mailbox as RFC 5322 has it, the name in encoded words (RFC 2047) where it must be."""
        if not self.name:
            return self.address
        if not plain(self.name):
            return f"{encoded(self.name, 0)} <{self.address}>"
        if _ATOMS.fullmatch(self.name):
            return f"{self.name} <{self.address}>"
        escaped = re.sub(r'(["\\])', r"\\\1", self.name)
        return f'"{escaped}" <{self.address}>'


def _domain(address: str) -> str:
    try:
        return normalise_email(address).rpartition("@")[2]
    except ValueError as error:
        raise MailError(f"the address cannot be mailed: {error}") from error
