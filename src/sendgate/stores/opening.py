"""Which address means which store."""

from __future__ import annotations

from pathlib import Path

from sendgate.errors import ConfigurationError, Mistake
from sendgate.model.keys import Keyring
from sendgate.policy.suggestions import suggest
from sendgate.ports import Store

_KINDS = ("sqlite",)


def open_store(url: str, folder: Path, keyring: Keyring) -> Store:
    """Open the store at an address; the path of a SQLite file is relative to the folder, unless it begins with a slash.

    Raises ConfigurationError where the address is wrong, StoreError where the store cannot be used.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in _KINDS:
        raise ConfigurationError([Mistake("store", f"there is no store `{scheme}://`", help=suggest(scheme, _KINDS))])
    if not rest.startswith("/") or rest == "/":
        raise ConfigurationError(
            [Mistake("store", f"expected a file in `{url}`", help="such as sqlite:///sendgate.db")]
        )
    from sendgate.stores.sqlite import SqliteStore  # noqa: PLC0415  only what is asked for is loaded

    return SqliteStore(folder / rest[1:], keyring)
