"""``sendgate plan``: several campaigns at once, each seeing what the others send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.accounts import accounted, refuse_overwriting, status, tell_account, tell_written
from sendgate.doors.cli.consoles import draw, give, progress, write
from sendgate.errors import InputError
from sendgate.model.times import iso

if TYPE_CHECKING:
    from sendgate.wiring.settings import PlanSetting


@click.command("plan", short_help="Decide several campaigns together, and choose the best messages.")
@click.argument("plan", type=options.FILE)
@options.people
@options.events
@options.policy
@click.option(
    "--now",
    type=options.Moment(),
    metavar="TIME",
    help="Plan from what is known at this time.  [default: the present, or the first campaign if that is earlier]",
)
@click.option(
    "--choose",
    type=click.Choice(["first", "best"]),
    help="In place of what the plan says: send what comes first, or what is worth most.",
)
@click.option(
    "--out",
    type=options.FILE,
    metavar="FILE",
    help="Write a row for each row of each audience: .csv, .jsonl or .parquet; text also .gz or .zst.",
)
@click.option(
    "--sample", type=click.IntRange(min=0), default=5, show_default=True, metavar="N", help="Show this many people."
)
@options.report
@options.as_json
@click.pass_context
def command(ctx: click.Context, /, plan: Path, policy: Path, **asked: Any) -> None:
    """Decide the campaigns of a period together: each sees what the earlier ones would have sent. Nothing is sent.

    PLAN is a file that names the campaigns with their times and audiences; see docs/plan.md. With `choose: best` each
    person gets those messages that are worth most together, where caps leave no room for all.
    """
    from sendgate.report.plan import as_record, plan_view  # first of all: without rich nothing is to be written

    wanted = _Asked(**asked)
    with progress() as say:
        say("reading plan, policy and campaigns")
        setting = _read(plan, policy, wanted)
        now = _moment(setting, wanted.now)
        best = (wanted.choose or setting.schedule.choose) == "best"
        from sendgate.doors.planning import plan_campaigns

        run = plan_campaigns(
            setting, wanted.people, wanted.events, now, best=best, out=wanted.out, samples=wanted.sample, progress=say
        )
    tell_account(run.account, setting.warnings)
    account = accounted(run.account, sum(campaign.rows for campaign in run.agenda.campaigns))
    if wanted.as_json:
        about = {"plan": str(plan), "policy": str(policy), "known_at": iso(now), "until": iso(setting.schedule.until)}
        record = about | as_record(run.agenda) | {"rejected": run.account.rejected}
        give(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        from sendgate.facts.sentence import moment_text

        heading = (
            f"under {policy}, from what is known at {moment_text(now)};"
            f" what waits goes out until {moment_text(setting.schedule.until)}"
        )
        draw(plan_view(str(plan), heading, run.agenda, account))
    if wanted.report:
        from sendgate.report.plan_page import about as told
        from sendgate.report.plan_page import plan_page

        shown = told(setting.policy.family.name, str(plan), str(policy), now, setting.schedule.until)
        write(wanted.report, plan_page(shown, run.agenda, account).encode())
    tell_written({"a row for each row of each audience": wanted.out, "report": wanted.report})
    ctx.exit(status(run.account))


class _Asked(NamedTuple):
    """The options."""

    people: tuple[Path, ...]
    events: tuple[Path, ...]
    now: float | None
    choose: str | None
    out: Path | None
    sample: int
    report: Path | None
    as_json: bool


def _read(plan: Path, policy: Path, asked: _Asked) -> PlanSetting:
    from sendgate.audience.formats import format_of
    from sendgate.wiring.settings import read_plan_setting

    setting = read_plan_setting(plan, policy)
    lists = [slot.audience for slot in setting.schedule.slots]
    refuse_overwriting(
        [plan, policy, *lists, *asked.people, *asked.events], {"--out": asked.out, "--report": asked.report}
    )
    if asked.out:
        format_of(asked.out)
    return setting


def _moment(setting: PlanSetting, now: float | None) -> float:
    """Give the time until which events count: nothing that a plan cannot have known when it began."""
    first = setting.schedule.slots[0].at
    if now is not None and now > first:
        raise InputError(f"--now is later than the first campaign, at {iso(first)}: it would have been sent already")
    return min(first, options.present()) if now is None else now
