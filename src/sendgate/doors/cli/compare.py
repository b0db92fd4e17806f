"""``sendgate compare``: who moves between send, defer and drop when a policy changes, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.accounts import accounted, moment_of, refuse_overwriting, status, tell_account, tell_written
from sendgate.doors.cli.consoles import draw, give, progress
from sendgate.errors import InputError
from sendgate.model.times import iso

if TYPE_CHECKING:
    from sendgate.doors.comparing import Compared
    from sendgate.report.compare_record import About
    from sendgate.wiring.settings import Setting

_TWO = 2


@click.command("compare", short_help="Say who moves when a policy changes, and why.")
@options.campaign
@options.audience
@options.people
@options.events
@click.option(
    "--policy",
    "policies",
    type=options.FILE,
    multiple=True,
    metavar="FILE",
    help="Twice: the policy before and the one after. Once: the policy that --set changes.  "
    "[default: sendgate.yaml in the current folder]",
)
@options.changes
@options.now
@click.option(
    "--out",
    type=options.FILE,
    metavar="FILE",
    help="Write both decisions of every row: .csv, .jsonl or .parquet; text also .gz or .zst.",
)
@options.facts
@options.report
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    metavar="N",
    help="Show so many movers, at most three that move for the same reasons.",
)
@click.option("--json", "as_json", is_flag=True, help="Print an object instead of tables.")
@click.pass_context
def command(
    ctx: click.Context, /, campaign: str, policies: tuple[Path, ...], changes: tuple[str, ...], **asked: Any
) -> None:
    """Say who moves between send, defer and drop when a policy changes, and why. Nothing is sent.

    CAMPAIGN is a file, or the name of one in `campaigns` beside the policy. Give two policies, or one and --set; with
    --set a setting of the campaign may be changed as well.
    """
    from sendgate.report.compare import comparison  # first of all: without rich nothing is to be written

    wanted = _Asked(**asked)
    policies = policies or (Path("sendgate.yaml"),)
    inputs = [wanted.audience, *wanted.people, *wanted.events, *policies]
    refuse_overwriting(inputs, {"--out": wanted.out, "--facts": wanted.facts, "--report": wanted.report})
    with progress() as say:
        say("reading policies and campaign")
        before, after = _read(campaign, policies, changes)
        compared, now = _compare(before, after, wanted, say)
        if wanted.report:
            say(f"writing {wanted.report}")
            _write_report(before, _about(before, after, wanted.audience, now, compared), now, compared, wanted.report)
    warnings = dict.fromkeys((*before.warnings(), *after.warnings()))
    tell_account(compared.account, warnings, compared.reuse)
    about = _about(before, after, wanted.audience, now, compared)
    if wanted.as_json:
        from sendgate.report.compare_record import record
        from sendgate.report.record import written

        give(written(record(about, compared.comparison, compared.account.rejected)))
    else:
        account = accounted(compared.account, compared.comparison.rows)
        from sendgate.report.phrases import as_of

        when = as_of(None if compared.own_times else now)
        draw(comparison(before.campaign.name, _heading(about, when), compared.comparison, account))
    tell_written({"both decisions of every row": wanted.out, "report": wanted.report})
    ctx.exit(status(compared.account))


class _Asked(NamedTuple):
    """The options."""

    audience: Path
    people: tuple[Path, ...]
    events: tuple[Path, ...]
    now: float | None
    out: Path | None
    facts: Path | None
    report: Path | None
    sample: int
    as_json: bool


def _read(campaign: str, policies: tuple[Path, ...], changes: tuple[str, ...]) -> tuple[Setting, Setting]:
    """Read both sides. Raises InputError where there are not two, and ConfigurationError with every mistake."""
    from sendgate.policy.overrides import parse_all
    from sendgate.wiring.settings import read_changed, read_settings

    if len(policies) > _TWO:
        raise InputError(f"--policy is given {len(policies)} times: two policies are compared at a time")
    if len(policies) == _TWO and changes:
        raise InputError("--set changes one policy: give --policy once, or leave --set out")
    if len(policies) == 1 and not changes:
        raise InputError("there is nothing to compare: give --policy twice, or change a setting with --set")
    overrides = parse_all(changes)
    before, *others = read_settings(campaign, policies)
    (after,) = others or read_changed(before, overrides)
    return before, after


def _compare(before: Setting, after: Setting, asked: _Asked, say: Any) -> tuple[Compared, float]:
    """Run it; gives the decision time as well."""
    from sendgate.audience.formats import format_of
    from sendgate.doors.comparing import compare_settings
    from sendgate.doors.facts_at_hand import Lists

    if asked.out:
        format_of(asked.out)
    now = moment_of(asked.facts, asked.now)
    lists = Lists(asked.audience, asked.people, asked.events)
    compared = compare_settings(
        before, after, lists, now, out=asked.out, facts=asked.facts, samples=asked.sample, progress=say
    )
    return compared, now


def _about(before: Setting, after: Setting, audience: Path, now: float, compared: Compared) -> About:
    """Say what was compared."""
    from sendgate.report.compare_record import About, After

    changes = [f"{'.'.join(override.path)}={override.text}" for override in after.overrides]
    at = None if compared.own_times else iso(now)
    changed = After(str(after.policy_file), changes)
    return About(before.campaign.name, str(audience), at, str(before.policy_file), changed)


def _write_report(before: Setting, about: About, now: float, compared: Compared, path: Path) -> None:
    from sendgate.doors.cli.consoles import write
    from sendgate.facts.sentence import moment_text
    from sendgate.report import compare_page

    brand = before.policy.family.brands[before.campaign.brand].name
    stamp = "" if compared.own_times else moment_text(now)
    shown = compare_page.About(about.campaign, brand, about.audience, f"under {about.before}", _after(about), stamp)
    account = accounted(compared.account, compared.comparison.rows)
    write(path, compare_page.compare_page(shown, compared.comparison, account).encode())


def _after(about: About) -> str:
    return f"with {', '.join(about.after.set)}" if about.after.set else f"under {about.after.policy}"


def _heading(about: About, when: str) -> str:
    return f"{about.audience}, {when}; before: under {about.before}, after: {_after(about)}"
