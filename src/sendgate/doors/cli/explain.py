"""``sendgate explain``: why one person gets a message, or does not."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.consoles import draw, give


@click.command("explain", short_help="Say why one person gets a message, or does not.")
@options.about_one_person
@click.option("--json", "as_json", is_flag=True, help="Print the columns of a dry run, all findings and scores.")
@click.pass_context
def command(
    ctx: click.Context,
    campaign: str,
    person: str,
    people: tuple[Path, ...],
    events: tuple[Path, ...],
    policy: Path,
    now: float | None,
    *,
    as_json: bool,
) -> None:
    """Say why one person gets a message, or does not: every gate, every offer, and what the family knows.

    CAMPAIGN is a file, or the name of one in `campaigns` beside the policy.
    """
    from sendgate.doors.cli.one_person import decide_about
    from sendgate.explain import as_record, explain, score_record, scores

    if as_json:
        about = decide_about(campaign, person, people, events, policy, now)
        decision, setting = about.composed.decision, about.setting
        made = scores(decision, about.profile, setting.campaign, setting.policy)
        record = as_record(decision) | {"scores": [score_record(score) for score in made]}
        give(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        from sendgate.report.explanation import ExplanationView  # before the work: without rich there is no answer

        about = decide_about(campaign, person, people, events, policy, now)
        setting = about.setting
        draw(ExplanationView(explain(about.composed.decision, about.profile, setting.campaign, setting.policy)))
    ctx.exit(about.status)
