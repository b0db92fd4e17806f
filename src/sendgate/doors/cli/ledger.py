"""``sendgate ledger``: where messages stand, and what to do about those that nobody is sure of."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.consoles import draw, give, tell
from sendgate.doors.cli.failing import DONE, REJECTED, WRONG
from sendgate.errors import InputError
from sendgate.model.times import FOREVER

if TYPE_CHECKING:
    from sendgate.model.ledger import Entry, State
    from sendgate.wiring.house import House

_RETRIED = ("dropped", "failed", "unknown")

keys = click.argument("keys", metavar="KEY...", nargs=-1, required=True)


@click.group("ledger", short_help="See where messages stand, and settle what is in doubt.")
def command() -> None:
    """See where messages stand, and settle what is in doubt."""


@command.command("status")
@click.argument("campaign", required=False)
@click.option("--run", metavar="NAME", help="One sending of the campaign only.")
@options.policy
@options.as_json
def status(campaign: str | None, run: str | None, policy: Path, *, as_json: bool) -> None:
    """Count messages by state: of everything, or of a CAMPAIGN by its `name`."""
    with _house(policy) as house:
        name = _name_of(house, campaign) if campaign else ""
        counts = _counts(house, name, run)
    if as_json:
        give(json.dumps(counts, indent=2))
        return
    from sendgate.report.ledger import status_picture

    which = f", run {run}" if run is not None else ""
    draw(status_picture(f"{name or 'everything'}{which}", counts))


@command.command("unknown")
@click.option(
    "--limit", type=click.IntRange(min=1), default=1000, show_default=True, metavar="N", help="At most so many."
)
@options.policy
@options.as_json
def unknown(limit: int, policy: Path, *, as_json: bool) -> None:
    """List the messages in doubt: they may have been sent, and nobody knows.

    Look each up by its key at the provider, then `sendgate ledger settle`.
    """
    from sendgate.model.ledger import State

    with _house(policy) as house:
        entries = house.store.unfinished([State.UNKNOWN], FOREVER, limit)
    from sendgate.report.ledger import entries_picture, entry_record

    if as_json:
        give(json.dumps([entry_record(entry) for entry in entries], indent=2, ensure_ascii=False))
        return

    draw(entries_picture(entries)) if entries else give("no message is in doubt")


@command.command("show")
@keys
@options.policy
@options.as_json
@click.pass_context
def show(ctx: click.Context, keys: Sequence[str], policy: Path, *, as_json: bool) -> None:
    """Show all that the ledger has of a message; its key is in the header `X-Sendgate-Key`, and in --out of `send`."""
    with _house(policy) as house:
        entries = [(key, house.store.entry(key)) for key in keys]
    found = [entry for _, entry in entries if entry]
    from sendgate.report.ledger import entry_picture, entry_record

    if as_json:
        give(json.dumps([entry_record(entry) for entry in found], indent=2, ensure_ascii=False))
    else:
        for entry in found:
            draw(entry_picture(entry))
    _tell_missing([key for key, entry in entries if entry is None])
    ctx.exit(DONE if len(found) == len(keys) else REJECTED)


@command.command("settle")
@keys
@click.option("--sent", is_flag=True, help="The provider's log says that they were sent.")
@click.option("--not-sent", is_flag=True, help="It says that they were not; they are given up.")
@options.policy
@click.pass_context
def settle(ctx: click.Context, keys: Sequence[str], policy: Path, *, sent: bool, not_sent: bool) -> None:
    """Settle messages in doubt by what you found out: they were sent, or they were not and are given up.

    To try one again that was not sent, settle it and `sendgate ledger retry` it.
    """
    from sendgate.pipeline import recovery

    if sent == not_sent:
        raise InputError("were they sent? say --sent or --not-sent")
    with _house(policy) as house:
        ctx.exit(_each(keys, lambda key: recovery.settle(house.store, key, sent=sent, now=time.time())))


@command.command("retry")
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@click.option("--state", type=click.Choice(_RETRIED), help="All messages in this state, instead of keys.")
@click.option("--campaign", metavar="NAME", help="With --state: of this campaign only.")
@click.option("--yes", is_flag=True, help="With --state unknown: do not ask. Some may be sent twice.")
@options.policy
@click.pass_context
def retry(
    ctx: click.Context, keys: Sequence[str], state: str | None, campaign: str | None, policy: Path, *, yes: bool
) -> None:
    """Give back messages that failed, were dropped or are in doubt, to be decided about again by `sendgate release`.

    What `send --shadow nothing` only held is not among them: send its campaign.
    Whoever retries a message in doubt takes the risk that it is sent twice.
    """
    from sendgate.model.ledger import State
    from sendgate.pipeline import recovery

    if bool(keys) == bool(state) or (campaign and not state):
        raise InputError("give keys, or --state and, if you like, --campaign")
    with _house(policy) as house:
        if state:
            keys = _standing(house, State(state), campaign)
            if keys and state == State.UNKNOWN and not yes:
                options.confirm(f"{len(keys):,} messages may have been sent already. Send them again?")
        ctx.exit(_each(keys, lambda key: recovery.retry(house.store, key, time.time())))


@command.command("sweep")
@options.policy
def sweep(policy: Path) -> None:
    """Take messages from workers that died: what had been handed over is in doubt, what had not waits to be sent."""
    from sendgate.pipeline import recovery

    with _house(policy) as house:
        insist = house.policy.sending.retry_transactional
        counts = recovery.sweep(house.store, time.time(), insist=insist)
    give(", ".join(f"{number:,} {state} now" for state, number in counts.items()) or "nothing was left behind")


def _house(policy: Path) -> House:
    from sendgate.wiring.house import House

    return House(policy)


def _name_of(house: House, campaign: str) -> str:
    """Give the name by which the ledger knows a campaign; one whose file is gone is known by its name alone."""
    from sendgate.errors import ConfigurationError
    from sendgate.wiring.settings import read_setting

    try:
        return read_setting(campaign, house.policy_file).campaign.name
    except ConfigurationError:
        if house.store.counts(campaign):
            return campaign
        raise


def _counts(house: House, campaign: str, run: str | None) -> Mapping[str, int]:
    """Count messages by state; those that were only to be seen are held, and were not dropped by any gate."""
    from sendgate.model.ledger import SHADOW, State
    from sendgate.pipeline.tally import Ending

    counts = {state.value: number for state, number in house.store.counts(campaign, run).items()}
    if State.DROPPED.value in counts:
        held = house.store.counts(campaign, run, gate=SHADOW).get(State.DROPPED, 0)
        counts[State.DROPPED.value] -= held
        counts[Ending.HELD.value] = held
    return {state: number for state, number in counts.items() if number}


def _standing(house: House, state: State, campaign: str | None) -> Sequence[str]:
    from sendgate.pipeline import recovery

    name = _name_of(house, campaign) if campaign else ""
    return [entry.key for entry in recovery.standing(house.store, state, name)]


def _each(keys: Sequence[str], change: Callable[[str], Entry | None]) -> int:
    """Change messages one by one, say what became of each, and give the exit status."""
    changed = 0
    for key in keys:
        try:
            entry = change(key)
        except ValueError as error:
            tell(f"`{key}`: {error}", colour="yellow")
            continue
        if entry is None:
            _tell_missing([key])
            continue
        changed += 1
        give(f"{key}: {entry.state} now")
    if not keys:
        give("there are none")
    return DONE if changed == len(keys) else REJECTED if changed else WRONG


def _tell_missing(keys: Sequence[str]) -> None:
    for key in keys:
        tell(f"`{key}`: the ledger has no such message", colour="yellow")
