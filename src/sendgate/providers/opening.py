"""Which address means which provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sendgate.policy.suggestions import suggest
from sendgate.ports import Provider
from sendgate.providers.outbox import Outbox
from sendgate.providers.place import Place, mistake
from sendgate.providers.ses import Ses
from sendgate.providers.smtp import Smtp
from sendgate.providers.sns import Sns

_KINDS: Mapping[str, Callable[[Place], Provider]] = {"smtp": Smtp.at, "smtps": Smtp.at, "ses": Ses.at, "sns": Sns.at}


def open_provider(url: str, folder: Path) -> Provider:
    """Open the provider at an address; a relative outbox lies in the folder.

    Nothing is connected to yet. Raises ConfigurationError, in which no password is shown, where the address is wrong,
    and MissingExtraError where the provider needs a part that is not installed.
    """
    place = Place.parse(url)
    if place.scheme == "outbox":
        return Outbox(_folder(place, folder))
    if place.scheme not in _KINDS:
        raise mistake(f"there is no provider `{place.scheme}://`", suggest(place.scheme, ["outbox", *_KINDS]))
    return _KINDS[place.scheme](place)


def _folder(place: Place, below: Path) -> Path:
    place.allow()
    path = f"{place.host}{place.path}"
    if not path or place.port is not None or place.user or place.password:
        raise mistake("expected `outbox://folder`", "such as outbox://outbox")
    return below / path
