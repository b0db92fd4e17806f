"""Where a provider is: ``smtp://user:password@host:587?timeout=20``, read strictly."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Self, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from sendgate.errors import ConfigurationError, Mistake
from sendgate.policy.suggestions import suggest

Read = TypeVar("Read")

LONGEST = 25.0
"""Seconds to wait for an answer: with connecting, no send may take longer than a lease leaves it (``Terms.margin``)."""


@dataclass(frozen=True)
class Place:
    """The parts of a provider's address. Its text form shows neither user nor password."""

    scheme: str
    host: str
    """In upper or lower case, as it was written; for a folder the first part of its path."""
    port: int | None = None
    path: str = ""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an address. Raises ConfigurationError, which does not show it: a password may be in it."""
        try:
            parts = urlsplit(url)
            port = parts.port
            options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        except ValueError:
            raise mistake(
                "the address of a provider cannot be read", "escape what is special in it, as %40 for @"
            ) from None
        if len(dict(options)) < len(options) or parts.fragment:
            raise mistake(f"an option of `{parts.scheme}://` stands there twice, or after a `#`")
        host = parts.netloc.rpartition("@")[2]
        host = host.removesuffix(f":{port}") if port is not None else host.removesuffix(":")
        return cls(
            parts.scheme, unquote(host).strip("[]"), port, unquote(parts.path),
            unquote(parts.username or ""), unquote(parts.password or ""), dict(options),
        )  # fmt: skip

    def allow(self, *options: str) -> None:
        """Raise ConfigurationError for the first option that the provider does not have."""
        for name in self.options:
            if name not in options:
                raise mistake(f"unknown option `{name}` of `{self.scheme}://`", suggest(name, options))

    def option(self, name: str, read: Callable[[str], Read], default: Read) -> Read:
        """Read an option. Raises ConfigurationError where the reader raises ValueError."""
        try:
            return read(self.options[name]) if name in self.options else default
        except ValueError as error:
            raise mistake(f"`{name}` of `{self.scheme}://` cannot be `{self.options[name]}`: {error}") from None


def mistake(message: str, hint: str = "") -> ConfigurationError:
    """Make the error for a wrong address of a provider."""
    return ConfigurationError([Mistake("provider", message, help=hint)])


def seconds(text: str) -> float:
    """Read a number of seconds, such as ``30``."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= LONGEST:
        raise ValueError(f"expected seconds, more than 0 and at most {LONGEST:.0f}")
    return value


def one_of(choices: Collection[str]) -> Callable[[str], str]:
    """Make a reader of one of several words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(suggest(text, choices))
        return text

    return read
