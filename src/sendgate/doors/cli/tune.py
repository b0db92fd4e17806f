"""``sendgate tune``: what one setting does to an audience, value by value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.accounts import accounted, moment_of, refuse_overwriting, status, tell_account
from sendgate.doors.cli.consoles import draw, give, progress, tell, write
from sendgate.errors import ConfigurationError, InputError
from sendgate.model.times import iso

if TYPE_CHECKING:
    from sendgate.doors.tuning import Tuned
    from sendgate.report.tune import Curve
    from sendgate.wiring.settings import Setting

_NEGATIVE = re.compile(r"-\.?\d")


class _Tune(click.Command):
    """A command whose values may begin with a minus."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put a space, which no value minds, before words such as ``-5,1``: no option begins with a digit."""
        return super().parse_args(ctx, [f" {word}" if _NEGATIVE.match(word) else word for word in args])


@click.command("tune", cls=_Tune, short_help="Draw what one setting does, value by value.")
@click.argument("setting")
@click.argument("values")
@options.campaign
@options.audience
@options.people
@options.events
@options.policy
@options.now
@click.option(
    "--outcome",
    default="",
    metavar="COLUMN",
    help="A column of the audience that says what really came of a row: 0 or 1, true or false.",
)
@options.facts
@click.option("--out", type=options.FILE, metavar="FILE", help="Write a row for each value: .csv.")
@options.report
@options.as_json
@click.pass_context
def command(ctx: click.Context, /, setting: str, values: str, campaign: str, policy: Path, **asked: Any) -> None:
    """Draw what one setting does to an audience, value by value. Nothing is sent.

    SETTING is a path into the policy or the campaign, such as gates.relevance.at_least. VALUES is a range, both ends
    included, such as 0.5:4:0.25 or 1d:14d:1d, or a list such as off,observe,enforce. CAMPAIGN is a file, or the name of
    one in `campaigns` beside the policy.
    """
    from sendgate.report.phrases import as_of
    from sendgate.report.tune import curve_view  # first of all: without rich there is no answer

    wanted = _Asked(**asked)
    if wanted.out and wanted.out.suffix != ".csv":
        raise InputError(f"`{wanted.out}` has no extension that says its format: expected .csv")
    inputs = [wanted.audience, *wanted.people, *wanted.events, policy]
    refuse_overwriting(inputs, {"--out": wanted.out, "--facts": wanted.facts, "--report": wanted.report})
    with progress() as say:
        say("reading policy and campaign")
        in_force, settings = _read(setting, values, campaign, policy)
        tuned, now = _tune(in_force, settings, wanted, say)
    curve = _curve(setting, in_force, settings, tuned, wanted.outcome)
    tell_account(tuned.account, in_force.warnings(), tuned.reuse)
    when = as_of(None if tuned.own_times else now)
    if wanted.as_json:
        give(_record(in_force, curve, wanted.audience, tuned, now))
    else:
        heading = f"{wanted.audience}, {when}, under {policy} with {setting} {curve.tried}"
        draw(curve_view(in_force.campaign.name, heading, curve, accounted(tuned.account, tuned.in_force.rows)))
    if wanted.out:
        from sendgate.report.tune_record import as_csv

        write(wanted.out, as_csv(curve).encode())
        tell(f"a row for each value written to {wanted.out}")
    if wanted.report:
        write(wanted.report, _page(in_force, curve, wanted.audience, tuned, now).encode())
        tell(f"report written to {wanted.report}")
    ctx.exit(status(tuned.account))


class _Asked(NamedTuple):
    """The options."""

    audience: Path
    people: tuple[Path, ...]
    events: tuple[Path, ...]
    now: float | None
    outcome: str
    facts: Path | None
    out: Path | None
    report: Path | None
    as_json: bool


def _read(setting: str, values: str, campaign: str, policy: Path) -> tuple[Setting, tuple[Setting, ...]]:
    """Read policy and campaign as they stand, and with each value. Raises ConfigurationError with every mistake."""
    from sendgate.policy.sweep import sweep, told_once
    from sendgate.wiring.settings import read_changed, read_setting

    overrides = sweep(setting, values)
    in_force = read_setting(campaign, policy)
    try:
        return in_force, read_changed(in_force, *([override] for override in overrides))
    except ConfigurationError as error:
        raise ConfigurationError(told_once(error.mistakes, setting)) from None


def _tune(in_force: Setting, settings: tuple[Setting, ...], asked: _Asked, say: Any) -> tuple[Tuned, float]:
    from sendgate.doors.facts_at_hand import Lists
    from sendgate.doors.tuning import tune

    now = moment_of(asked.facts, asked.now)
    lists = Lists(asked.audience, asked.people, asked.events)
    return tune(in_force, settings, lists, now, outcome=asked.outcome, facts=asked.facts, progress=say), now


def _curve(setting: str, in_force: Setting, settings: tuple[Setting, ...], tuned: Tuned, outcome: str) -> Curve:
    from sendgate.report.tune import Curve

    values = tuple(changed.overrides[0].text for changed in settings)
    same = [
        value
        for value, changed in zip(values, settings, strict=True)
        if (changed.policy, changed.campaign) == (in_force.policy, in_force.campaign)
    ]
    at, default = in_force.value(setting)
    return Curve(setting, values, tuned.tallies, tuned.in_force, same[0] if same else at, default, outcome)


def _record(in_force: Setting, curve: Curve, audience: Path, tuned: Tuned, now: float) -> str:
    from sendgate.report.record import written
    from sendgate.report.tune_record import About, record

    at = None if tuned.own_times else iso(now)
    about = About(in_force.campaign.name, str(audience), str(in_force.policy_file), at)
    return written(record(about, curve, tuned.account.rejected))


def _page(in_force: Setting, curve: Curve, audience: Path, tuned: Tuned, now: float) -> str:
    from sendgate.facts.sentence import moment_text
    from sendgate.report.tune_page import About, tune_page

    brand = in_force.policy.family.brands[in_force.campaign.brand].name
    when = "" if tuned.own_times else moment_text(now)
    about = About(in_force.campaign.name, brand, str(audience), str(in_force.policy_file), when)
    return tune_page(about, curve, accounted(tuned.account, tuned.in_force.rows))
