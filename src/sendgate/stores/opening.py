"""Which address means which store."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from sendgate.errors import ConfigurationError, MissingExtraError, Mistake
from sendgate.model.keys import Keyring
from sendgate.policy.suggestions import suggest
from sendgate.ports import Store

_SHAPES = MappingProxyType(
    {
        "sqlite": "sqlite:///sendgate.db",
        "postgresql": "postgresql://user:password@host/database",
        "dynamodb": "dynamodb://table?region=eu-central-1",
    }
)
"""What an address of each kind looks like."""

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}", re.ASCII)


def open_store(url: str, folder: Path, keyring: Keyring) -> Store:
    """Open the store at an address; the path of a SQLite file is relative to the folder, unless it begins with a slash.

    Raises ConfigurationError where the address is wrong, MissingExtraError where the store needs a part that is not
    installed, and StoreError where it cannot be used. None of them shows a password.
    """
    return _DRIVERS[refuse_unknown(url)](url, keyring, folder)


def refuse_unknown(url: str) -> str:
    """Give the kind of store at an address. Raises ConfigurationError where there is no such kind."""
    scheme = url.partition("://")[0]
    if scheme not in _DRIVERS:
        raise _mistake(f"there is no store `{scheme}://`", suggest(scheme, _SHAPES))
    return scheme


def _sqlite(url: str, keyring: Keyring, folder: Path) -> Store:
    # Not by urlsplit: a file may have a `#` in its name.
    path, _, query = url.removeprefix("sqlite://").partition("?")
    _allow("sqlite", _options(query), ())
    if not path.startswith("/") or path == "/":
        raise _mistake(f"expected a file in `{url}`", f"such as {_SHAPES['sqlite']}, with three slashes")
    from sendgate.stores.sqlite import SqliteStore

    return SqliteStore(folder / unquote(path[1:]), keyring)


def _postgresql(url: str, keyring: Keyring, _: Path) -> Store:
    parts = urlsplit(url)
    if parts.netloc.count("@") > 1 or parts.fragment or not _port_is_fine(parts.netloc):
        hint = "escape what is special in a password, as %40 for @, %2F for /, %23 for #"
        raise _mistake("the address of the PostgreSQL database cannot be read", hint)
    options = _options(parts.query)
    schema = options.pop("schema", "sendgate")
    if not _SCHEMA.fullmatch(schema):
        raise _mistake(f"`{schema}` is no name of a schema", "expected small letters, digits and underscores")
    try:
        from sendgate.stores.postgres import PostgresStore, connection_options
    except ModuleNotFoundError:
        raise MissingExtraError("the store in PostgreSQL", "postgres") from None
    _allow("postgresql", options, {"schema", *connection_options()})
    plain = parts._replace(scheme="postgresql", query=urlencode(options)).geturl()
    return PostgresStore(plain, keyring, schema)


def _port_is_fine(netloc: str) -> bool:
    """Tell whether what stands after the colon is a number: else it is the rest of a password."""
    hosts = netloc.rpartition("@")[2]
    return all(re.fullmatch(r"(\[[^]]*\]|[^:]*)(:\d*)?", host) for host in hosts.split(","))


def _dynamodb(url: str, keyring: Keyring, _: Path) -> Store:
    parts = urlsplit(url)
    options = _options(parts.query)
    _allow("dynamodb", options, ("region", "endpoint", "keep_days"))
    if not _TABLE.fullmatch(parts.netloc) or parts.path.strip("/"):
        raise _mistake("expected the name of a table, and nothing else", f"such as {_SHAPES['dynamodb']}")
    from sendgate.stores.dynamodb import KEEP_DAYS, KEEP_DAYS_AT_LEAST, DynamoStore, maker

    days = options.get("keep_days", str(KEEP_DAYS))
    if not days.isdecimal() or int(days) < KEEP_DAYS_AT_LEAST:
        raise _mistake(f"`keep_days` cannot be `{days}`", f"expected days, {KEEP_DAYS_AT_LEAST} or more")
    make = maker(options.get("region"), options.get("endpoint"))
    return DynamoStore(parts.netloc, keyring, make, int(days))


_DRIVERS: Mapping[str, Callable[[str, Keyring, Path], Store]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "postgres": _postgresql,
    "dynamodb": _dynamodb,
}


def _options(query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    if len(dict(pairs)) < len(pairs):
        raise _mistake("an option of the address stands there twice")
    return dict(pairs)


def _allow(scheme: str, options: Collection[str], known: Collection[str]) -> None:
    mistakes = [
        Mistake("store", f"unknown option `{name}` of `{scheme}://`", help=suggest(name, known))
        for name in options
        if name not in known
    ]
    if mistakes:
        raise ConfigurationError(mistakes)


def _mistake(message: str, hint: str = "") -> ConfigurationError:
    return ConfigurationError([Mistake("store", message, help=hint)])
