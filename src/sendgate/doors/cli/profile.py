"""``sendgate profile``: what the family knows of one person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.consoles import draw, give
from sendgate.errors import UnknownPersonError
from sendgate.model.times import UNKNOWN, iso

if TYPE_CHECKING:
    from sendgate.model.events import Event
    from sendgate.ports import Known


@click.command("profile", short_help="Show what the store knows of one person.")
@options.whom
@click.option(
    "--last", type=click.IntRange(min=0), default=20, show_default=True, metavar="N", help="Show so many events."
)
@options.policy
@options.as_json
def command(who: str, last: int, policy: Path, *, as_json: bool) -> None:
    """Show what the store knows of PERSON, an id, an email address or a phone number.

    Attributes, events, and every message of the ledger. --json gives all events, for who asks what you know of them.
    """
    from sendgate.wiring.house import House

    with House(policy) as house:
        known = house.store.load(house.person(who))
    if not known.version and not known.forgotten:
        raise UnknownPersonError("the store knows nobody by this name or address")
    if as_json:
        give(json.dumps(_record(known), indent=2, ensure_ascii=False))
        return
    from sendgate.report.person import person_picture

    draw(person_picture(known, last))


def _record(known: Known) -> dict[str, Any]:
    """Write everything down, in words and numbers that need no explanation."""
    from sendgate.report.ledger import entry_record

    profile = known.profile
    return {
        "person": profile.person,
        "forgotten": known.forgotten,
        "attributes": dict(profile.attributes),
        "version": known.version,
        "permission_version": known.permission,
        "events": [] if known.forgotten else [_event(event) for event in profile.events],
        "messages": [entry_record(entry) for entry in known.entries.values()],
    }


def _event(event: Event) -> dict[str, Any]:
    told = event._asdict() | {"at": iso(event.at), "price": None if event.price == UNKNOWN else event.price}
    return {name: value for name, value in told.items() if value not in {"", None}}
