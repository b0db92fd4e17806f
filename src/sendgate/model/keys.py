"""Names that cannot be guessed or told apart from noise: message keys, keyed hashes, and keys that are rotated."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

KEY_LENGTH = 32
"""Characters of a message key; 160 bits, and short enough for an SES tag."""

_SECRET_LENGTH = 16
"""Bytes that a secret must have at least: 128 bits."""

_UNIT = "\x1f"
"""Stands between parts, so that no two different lists of parts are one text. No identifier has it in it."""


def message_key(family: str, campaign: str, run: str, person: str, channel: str) -> str:
    """Name a message: the same one for the same person has the same key, always, whoever asks and when."""
    digest = hashlib.sha256(_UNIT.join((family, campaign, run, person, channel)).encode()).digest()
    return _base32(digest)[:KEY_LENGTH]


def payload_hash(data: Mapping[str, str]) -> str:
    """Hash what was asked for beside the key."""
    return digest(json.dumps(dict(data), sort_keys=True, ensure_ascii=False).encode())


def digest(content: bytes) -> str:
    """Hash content, such as a message as it was written."""
    return _base32(hashlib.sha256(content).digest())


def _base32(value: bytes) -> str:
    return base64.b32encode(value).decode().rstrip("=").lower()


@dataclass(frozen=True)
class Keyring:
    """Secrets by name. The first one signs, all of them verify: to rotate, put a new one in front.

    Its text form shows names only.
    """

    secrets: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``name:secret`` pairs, separated by commas or lines.

        Raises ValueError, which does not show the secret, where a name is missing or doubled or a secret is short.
        """
        pairs = [_pair(part) for part in text.replace("\n", ",").split(",") if part.strip()]
        if not pairs:
            raise ValueError("expected at least one `name:secret`")
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError("two secrets have the same name")
        return cls(tuple(pairs))

    def sign(self, *parts: str) -> str:
        """Sign parts with the first secret: ``name.signature``."""
        name, secret = self.secrets[0]
        return f"{name}.{_signature(secret, parts)}"

    def signatures(self, *parts: str) -> Iterable[str]:
        """Give the signatures of all secrets, the one that signs first."""
        return [f"{name}.{_signature(secret, parts)}" for name, secret in self.secrets]

    def __repr__(self) -> str:
        return f"Keyring({', '.join(name for name, _ in self.secrets)})"


def _pair(text: str) -> tuple[str, bytes]:
    name, colon, secret = text.strip().partition(":")
    if not colon or not name.isalnum() or not name.isascii():
        raise ValueError("expected `name:secret`, the name of letters and digits")
    if len(secret.encode()) < _SECRET_LENGTH:
        raise ValueError(f"the secret of `{name}` is short: it needs {_SECRET_LENGTH} bytes or more")
    return name, secret.encode()


def _signature(secret: bytes, parts: Iterable[str]) -> str:
    return _base32(hmac.digest(secret, _UNIT.join(parts).encode(), "sha256"))
