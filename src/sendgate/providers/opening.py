"""Which address means which provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sendgate.model.campaigns import Channel
from sendgate.policy.suggestions import suggest
from sendgate.ports import Provider
from sendgate.providers.place import Place, mistake


def _smtp(place: Place) -> Provider:
    from sendgate.providers.smtp import Smtp

    return Smtp.at(place)


def _ses(place: Place) -> Provider:
    from sendgate.providers.ses import Ses

    return Ses.at(place)


def _sns(place: Place) -> Provider:
    from sendgate.providers.sns import Sns

    return Sns.at(place)


_KINDS: Mapping[str, Callable[[Place], Provider]] = {"smtp": _smtp, "smtps": _smtp, "ses": _ses, "sns": _sns}
"""Each is loaded when it is asked for: a function that sends by SES has no use for what speaks SMTP."""

CARRIES: Mapping[str, frozenset[Channel]] = {
    "outbox": frozenset(Channel),
    "smtp": frozenset({Channel.EMAIL}),
    "smtps": frozenset({Channel.EMAIL}),
    "ses": frozenset({Channel.EMAIL}),
    "sns": frozenset({Channel.SMS}),
}
"""What each kind of provider carries, for whoever opens none."""


def open_provider(url: str, folder: Path) -> Provider:
    """Open the provider at an address; a relative outbox lies in the folder.

    Nothing is connected to yet. Raises ConfigurationError, in which no password is shown, where the address is wrong,
    and MissingExtraError where the provider needs a part that is not installed.
    """
    place = Place.parse(url)
    if place.scheme == "outbox":
        from sendgate.providers.outbox import Outbox

        return Outbox(_folder(place, folder))
    if place.scheme not in _KINDS:
        raise mistake(f"there is no provider `{place.scheme}://`", suggest(place.scheme, CARRIES))
    return _KINDS[place.scheme](place)


def _folder(place: Place, below: Path) -> Path:
    place.allow()
    path = f"{place.host}{place.path}"
    if not path or place.port is not None or place.user or place.password:
        raise mistake("expected `outbox://folder`", "such as outbox://outbox")
    return below / path
