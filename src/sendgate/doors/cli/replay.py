"""``sendgate replay``: what a policy would have done with messages that were really sent, and what became of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.accounts import read_account, refuse_overwriting, status, tell_account, tell_written
from sendgate.doors.cli.consoles import draw, give, progress, write
from sendgate.errors import InputError
from sendgate.model.times import iso, parse_duration, span

if TYPE_CHECKING:
    from sendgate.doors.replaying import Replayed
    from sendgate.report.replayed import About
    from sendgate.wiring.past import PastSetting


@click.command("replay", short_help="Judge messages that were really sent, and what followed.")
@options.people
@options.events
@options.campaigns
@options.policy
@click.option("--from", "start", type=options.Moment(), required=True, metavar="TIME", help="The first moment.")
@click.option("--to", "end", type=options.Moment(), required=True, metavar="TIME", help="The moment after the last.")
@click.option(
    "--window",
    default="14d",
    show_default=True,
    metavar="DURATION",
    help="How long after a message its outcomes count.",
)
@click.option(
    "--out",
    type=options.FILE,
    metavar="FILE",
    help="Write a row for each message: .csv, .jsonl or .parquet; text also .gz or .zst.",
)
@options.report
@options.as_json
@click.pass_context
def command(ctx: click.Context, /, policy: Path, campaigns: Path | None, **asked: Any) -> None:
    """Decide about messages that were really sent, each at its own time, and say what became of them. Nothing is sent.

    Messages are events of kind `sent`; each names its campaign, which has a file in the folder of campaigns.
    """
    from sendgate.report.replay import replay_view  # first of all: without rich there is no answer
    from sendgate.report.replay_record import as_record

    wanted = _Asked(**asked)
    _refuse(wanted, policy)
    with progress() as say:
        say("reading policy and campaigns")
        setting = _read(campaigns or policy.parent / "campaigns", policy)
        from sendgate.doors.replaying import Lookback, replay

        replayed = replay(
            setting, Lookback(wanted.people, wanted.events, wanted.start, wanted.end, wanted.window, wanted.out), say
        )
    about = _about(setting, wanted, replayed)
    tell_account(replayed.account)
    if wanted.as_json:
        record = as_record(about, replayed.hindsight) | {"rejected": replayed.account.rejected}
        give(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        draw(replay_view(about, replayed.hindsight, read_account(replayed.account)))
    if wanted.report:
        from sendgate.report.replay_page import replay_page

        page = replay_page(setting.policy.family.name, about, replayed.hindsight, read_account(replayed.account))
        write(wanted.report, page.encode())
    tell_written({"a row for each message": wanted.out, "report": wanted.report})
    ctx.exit(status(replayed.account))


class _Asked(NamedTuple):
    """The options."""

    people: tuple[Path, ...]
    events: tuple[Path, ...]
    start: float
    end: float
    window: str
    out: Path | None
    report: Path | None
    as_json: bool


def _refuse(asked: _Asked, policy: Path) -> None:
    """Raise InputError, before anything is read, where there is no such period or window, or nowhere to write."""
    from sendgate.audience.formats import format_of

    if asked.start >= asked.end:
        raise InputError(f"--from {iso(asked.start)} is not before --to {iso(asked.end)}")
    try:
        window = parse_duration(asked.window)
    except ValueError as error:
        raise InputError(f"--window cannot be `{asked.window}`: {error}") from None
    if not window:
        raise InputError(f"--window cannot be `{asked.window}`: nothing follows in no time")
    refuse_overwriting([*asked.people, *asked.events, policy], {"--out": asked.out, "--report": asked.report})
    if asked.out:
        format_of(asked.out)


def _read(folder: Path, policy: Path) -> PastSetting:
    from sendgate.wiring.past import read_past_setting

    return read_past_setting(folder, policy)


def _about(setting: PastSetting, asked: _Asked, replayed: Replayed) -> About:
    from sendgate.report.replayed import About

    return About(
        str(setting.policy_file),
        str(setting.folder),
        asked.start,
        asked.end,
        span(parse_duration(asked.window)),
        replayed.ends,
        replayed.without_file,
        replayed.elsewhere,
        setting.held_out_by_chance,
    )
