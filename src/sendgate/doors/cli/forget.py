"""``sendgate forget``: somebody asked to be forgotten."""

from __future__ import annotations

from pathlib import Path

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.consoles import give, tell
from sendgate.model.times import counted


@click.command("forget", short_help="Erase a person everywhere, and never write to them again.")
@options.whom
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.policy
def command(who: str, policy: Path, *, yes: bool) -> None:
    """Erase PERSON, an id, an email address or a phone number, and never write to them again.

    What stays are hashes of id and addresses, keyed with your secret, so that no import brings the person back.
    """
    from sendgate.wiring.house import House

    with House(policy) as house:
        person = house.person(who)
        known = house.store.load(person)
        counts = f"{counted(len(known.profile.events), 'event')} and {counted(len(known.entries), 'message')}"
        tell("the store knows nobody by this name or address" if not known.version else f"this erases {counts}")
        if not yes:
            options.confirm("Forget them? This cannot be undone.")
        forgotten = house.forget(person)
    give(f"erased: attributes and addresses, {counts}" if forgotten.known else "there was nothing to erase")
    if forgotten.files:
        give(f"erased: {counted(forgotten.files, 'message')} in the outbox")
    give("kept: keyed hashes of id and addresses; whoever comes back under one of them is left out")
    for other in forgotten.others:
        give(f"kept: `{other}`, who has one of these addresses as well; nothing is sent there any more")
    if forgotten.others:
        note = "somebody else has one of these addresses: forget them as well, if that is the same person"
        tell(note, colour="yellow", label="note")
    tell("exports, reports and files that were imported are yours to erase")
