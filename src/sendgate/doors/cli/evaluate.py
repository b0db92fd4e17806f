"""``sendgate evaluate``: how good a scorecard is on messages that it has not seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.accounts import status, tell_account
from sendgate.doors.cli.consoles import give, progress, tell
from sendgate.doors.cli.failing import warn
from sendgate.doors.cli.train import (
    WINDOW,
    check_outputs,
    common,
    needing_train,
    page,
    show,
    sources_of,
    window,
    write_report,
)
from sendgate.errors import ConfigurationError
from sendgate.model.times import LATEST, parse_duration

if TYPE_CHECKING:
    from sendgate.scores.scorecard import Scorecard


@click.command("evaluate", short_help="Judge a scorecard on messages that it has not seen.")
@click.argument("card", type=options.FILE)
@common(window(None, f"as the card was learnt, else {WINDOW}"))
@page
@options.as_json
@click.pass_context
def command(
    ctx: click.Context, /, card: Path, report: Path | None, policy: Path, *, as_json: bool, **asked: Any
) -> None:
    """Judge a scorecard on the messages since a time, or on the latest fifth.

    CARD is a JSON file, or the name of a card that comes with sendgate. What it predicts is what it says of itself,
    unless --outcome says otherwise. Other models learn from the messages before, on the same facts.
    """
    check_outputs([card, policy, *asked["people"], *asked["events"]], None, report)
    read = _read(card)
    with needing_train(), progress() as say:
        from sendgate.scores.catalogue import CATALOGUE
        from sendgate.training.course import evaluate, outcome_of
        from sendgate.training.history import Period

        of_offers = any(CATALOGUE[name].of_offer for name in read.facts)
        if asked["campaigns"] and not of_offers:
            tell("--campaigns is not read: the card is about people alone")
        sources = sources_of(policy, asked, with_campaigns=of_offers)
        period = Period(asked["since"] or 0.0, asked["until"] or LATEST)
        outcome = outcome_of(read, asked["kinds"], asked["window"], parse_duration(WINDOW))
        evaluated = evaluate(read, sources, outcome, period, progress=say)
    from sendgate.training.telling import record

    tell_account(evaluated.account)
    if as_json:
        give(json.dumps(record(evaluated.judgement), indent=2))
        write_report(evaluated.judgement, report)
    else:
        show(evaluated.judgement, report)
    ctx.exit(status(evaluated.account))


def _read(path: Path) -> Scorecard:
    from sendgate.policy.card_file import load_card
    from sendgate.policy.review import Review
    from sendgate.policy.suggestions import nearest, suggest_file
    from sendgate.scores.card_text import SHIPPED, shipped

    if str(path) in SHIPPED:
        return shipped(str(path))
    review = Review(str(path))
    if not path.exists():
        near = nearest(path.name, SHIPPED)
        review.mistake("no such file", hint=f"did you mean `{near}`?" if near else suggest_file(path, (".json",)))
        raise ConfigurationError(review.mistakes)
    card = load_card(path, review)
    if card is None:
        raise ConfigurationError(review.mistakes)
    warn(review.warnings)
    return card
