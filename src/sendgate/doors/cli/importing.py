"""``sendgate import``: what the family knows of people, from files into the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.accounts import ONE_BY_ONE, status, tell_account
from sendgate.doors.cli.consoles import give, meter, tell
from sendgate.doors.cli.failing import is_interrupt
from sendgate.errors import InputError
from sendgate.model.enumerating import backticked
from sendgate.model.times import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendgate.audience.account import Account
    from sendgate.audience.importing import Imported
    from sendgate.errors import Mistake


@click.command("import", short_help="Bring people and events into the store.")
@options.optional_people
@options.optional_events
@options.policy
@click.pass_context
def command(ctx: click.Context, people: Sequence[Path], events: Sequence[Path], policy: Path) -> None:
    """Bring people and what happened to them into the store, so that something can be sent to them.

    The same files again change nothing: an event counts once, by its id or by its content. An import that was stopped
    goes on when it is begun again. People who asked to be forgotten stay out.
    """
    if not people and not events:
        raise InputError("nothing to import: give --people, --events, or both")
    try:
        account, done, warnings = _import(people, events, policy)
    except BaseException as error:
        if is_interrupt(error):
            tell("what was written stays; the same command again writes the rest. Send nothing before it has")
        raise
    tell_account(account, warnings)
    if done.unchanged:
        tell(_unchanged(done.unchanged), colour="cyan", label="note")
    give(_told(account, done))
    ctx.exit(status(account))


def _import(
    people: Sequence[Path], events: Sequence[Path], policy: Path
) -> tuple[Account, Imported, Sequence[Mistake]]:
    from sendgate.audience import open_run
    from sendgate.audience.importing import import_run
    from sendgate.policy.advice import strange_names
    from sendgate.wiring.house import House

    with meter() as told:

        def stage(words: str) -> None:
            told(words, 0, 0)

        stage("opening the store")
        with (
            House(policy) as house,
            open_run(now=options.present(), people=people, events=events, progress=stage) as run,
        ):
            brands = house.policy.family.brands
            strange = strange_names("events are of brands", run.account.brands, brands, str(policy))
            return run.account, import_run(house.store, run, told), strange


def _told(account: Account, done: Imported) -> str:
    """Say what became of every row."""
    rows = sum(file.rows_in for file in account.files)
    people, there = done.people + done.forgotten, done.passed_over + account.repeated_ids
    forgotten = _also(done.forgotten, "left out, because they or an address of theirs were forgotten")
    passed_over = _also(there, "there already, or of people who are left out")
    return (
        f"people: {done.people:,} written{forgotten}\n"
        f"events: {done.events:,} new{passed_over}\n"
        f"{counted(rows, 'row')} = {counted(people, 'person', 'people')} + {counted(done.events + there, 'event')}"
        f" + {account.rejected:,} rejected"
    )


def _unchanged(people: Sequence[str]) -> str:
    named = backticked(people, ONE_BY_ONE)
    return (
        f"left as they were, because an address of theirs is that of somebody who asked to be forgotten: {named};"
        " nothing is sent to that address. Forget them as well, if that is the same person"
    )


def _also(number: int, what: str) -> str:
    return f", {number:,} {what}" if number else ""
