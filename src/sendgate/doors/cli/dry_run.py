"""``sendgate dry-run``: what a campaign would do to an audience, with a reason for every row."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.accounts import moment_of, refuse_overwriting, status, tell_account, tell_written
from sendgate.doors.cli.consoles import draw, give, progress
from sendgate.doors.cli.stored import people_and_events
from sendgate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendgate.doors.rehearsal import Rehearsal
    from sendgate.report.exhibit import Exhibit
    from sendgate.report.rundown import Rundown
    from sendgate.wiring.settings import Setting


@click.command("dry-run", short_help="Decide about an audience, send nothing, and say why.")
@options.campaign
@options.audience
@options.optional_people
@options.optional_events
@click.option("--from-store", is_flag=True, help="Take people and events from the store, instead of files.")
@options.policy
@options.now
@click.option(
    "--out",
    type=options.FILE,
    metavar="FILE",
    help="Write a row for each row of the audience: .csv, .jsonl or .parquet; text also .gz or .zst.",
)
@options.facts
@options.report
@click.option(
    "--show-addresses",
    is_flag=True,
    help="Show e-mail addresses and phone numbers in the report; without it they are shortened.",
)
@options.as_json
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    metavar="N",
    help="Show this many rows, and render as many of the messages.",
)
@click.pass_context
def command(ctx: click.Context, /, campaign: str, policy: Path, from_store: bool, **asked: Any) -> None:  # noqa: FBT001
    """Decide about every row of an audience, send nothing, and say why.

    CAMPAIGN is a file, or the name of one in `campaigns` beside the policy.
    """
    from sendgate.wiring.settings import read_setting

    wanted = _Asked(**asked)
    if not wanted.as_json:
        import rich  # noqa: F401  first of all: without it nothing is to be written
    _refuse(wanted, policy, from_store=from_store)
    with ExitStack() as stack:
        say = stack.enter_context(progress())
        say("reading policy and campaign")
        setting = read_setting(campaign, policy)
        files = people_and_events(wanted.people, wanted.events, policy, say, stored=from_store)
        people, events = stack.enter_context(files)
        rehearsal, now = _rehearse(setting, wanted._replace(people=tuple(people), events=tuple(events)), say)
        rundown = _rundown(setting, rehearsal, wanted, now)
        if wanted.report:
            say(f"writing {wanted.report}")
            _write_report(rundown, rehearsal.exhibit, wanted.report, addresses=wanted.show_addresses)
    tell_account(rehearsal.account, rehearsal.warnings, rehearsal.reuse)
    _show(rundown, as_json=wanted.as_json)
    tell_written({"decisions": wanted.out, "report": wanted.report})
    ctx.exit(status(rehearsal.account))


class _Asked(NamedTuple):
    """The options."""

    audience: Path
    people: tuple[Path, ...]
    events: tuple[Path, ...]
    now: float | None
    out: Path | None
    facts: Path | None
    report: Path | None
    show_addresses: bool
    as_json: bool
    sample: int


def _refuse(asked: _Asked, policy: Path, *, from_store: bool) -> None:
    """Raise InputError, before anything is read, where a result cannot be written as it is asked for."""
    if from_store and asked.facts:
        raise InputError("--facts keeps what was computed from files: `sendgate export` writes the store to some")
    if asked.show_addresses and not asked.report:
        raise InputError("--show-addresses goes with --report, which was not given")
    inputs = [asked.audience, *asked.people, *asked.events, policy]
    refuse_overwriting(inputs, {"--out": asked.out, "--facts": asked.facts, "--report": asked.report})


def _rehearse(setting: Setting, asked: _Asked, say: Callable[[str], None]) -> tuple[Rehearsal, float]:
    """Run it; gives the decision time as well."""
    from sendgate.audience.formats import format_of
    from sendgate.doors.facts_at_hand import Lists
    from sendgate.doors.rehearsal import Show, rehearse

    if asked.out:
        format_of(asked.out)
    now = moment_of(asked.facts, asked.now)
    lists = Lists(asked.audience, asked.people, asked.events)
    show = Show(asked.show_addresses) if asked.report else None
    found = rehearse(
        setting, lists, now, out=asked.out, facts=asked.facts, samples=asked.sample, show=show, progress=say
    )
    return found, now


def _rundown(setting: Setting, rehearsal: Rehearsal, asked: _Asked, now: float) -> Rundown:
    """Gather what there is to tell."""
    from sendgate.report.rundown import FileRead, Rejected, Rundown

    account = rehearsal.account
    return Rundown(
        plan=setting.plan,
        policy_file=str(setting.policy_file),
        audience_file=str(asked.audience),
        at=None if rehearsal.own_times else now,
        summary=rehearsal.summary,
        files=[FileRead(file.file, file.role, file.rows_in, file.rejected) for file in account.files],
        rejected=[Rejected(f"{row.file}:{row.line}", row.reason) for row in account.rejections],
        notes=account.warnings,
        warnings=rehearsal.warnings,
        rendered=rehearsal.rendered,
    )


def _write_report(rundown: Rundown, exhibit: Exhibit | None, path: Path, *, addresses: bool) -> None:
    from sendgate.doors.cli.consoles import write
    from sendgate.report.dry_run_page import dry_run_page

    if exhibit:
        write(path, dry_run_page(rundown, exhibit, addresses=addresses).encode())


def _show(rundown: Rundown, *, as_json: bool) -> None:
    """Print the result."""
    if as_json:
        from sendgate.report.record import record, written

        give(written(record(rundown)))
    else:
        from sendgate.report.dry_run import dry_run

        draw(dry_run(rundown))
