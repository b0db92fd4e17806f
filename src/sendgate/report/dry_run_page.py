"""A dry run as one HTML file, for a meeting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sendgate.facts.sentence import moment_text
from sendgate.gates.quiet_hours import QuietHours
from sendgate.model.decisions import Mode, Outcome
from sendgate.policy.policy import Policy
from sendgate.report import charts, sentences, views
from sendgate.report.discretion import without_addresses
from sendgate.report.distributions import Distributions, weekly_limit
from sendgate.report.exhibit import Exhibit
from sendgate.report.frame import page
from sendgate.report.people import examples, records
from sendgate.report.rundown import Rundown
from sendgate.report.settings import in_words

_EXAMPLES = 3
_REASONS = 4
"""Reasons that stand at the top."""
_TOGETHER = 12
_REJECTED = 100
_OUTCOMES = {
    Outcome.SEND: ("sent", "get the message now"),
    Outcome.DEFER: ("deferred", "wait for a better moment"),
    Outcome.DROP: ("dropped", "are spared it"),
}
"""For each outcome: what becomes of it, and what that means."""


def dry_run_page(rundown: Rundown, exhibit: Exhibit, *, addresses: bool = False) -> str:
    """Write the page. Unless ``addresses``, e-mail addresses and phone numbers are shortened wherever they stand."""
    styles = frozenset(style for preview in exhibit.previews for style in preview.styles)
    words = {**_head(rundown), **_gates(rundown, exhibit), **_drawn(rundown, exhibit.distributions)}
    shown = str if addresses else without_addresses
    data = records(exhibit.people, shown) | {"rows": rundown.summary.rows, "ask": shown(_command(rundown))}
    return page(
        "dry_run.html.j2", script="ask.js", addresses=addresses, styles=styles, data=data, previews=exhibit.previews,
        rundown=rundown, asked=len(data["people"]),
        policy_words=in_words(rundown.plan.policy), rejected=rundown.rejected[:_REJECTED], **words,
    )  # fmt: skip


def _command(rundown: Rundown) -> str:
    """Give the command that explains somebody who is not on the page; the page adds whom."""
    return f"sendgate explain {rundown.plan.campaign.name} --policy {rundown.policy_file} --person"


def _head(rundown: Rundown) -> dict[str, Any]:
    summary = rundown.summary
    named = sorted((gate for gate in summary.gates if gate.named), key=lambda gate: -gate.named)
    return {
        "title": f"{rundown.plan.campaign.name}: dry run",
        "headline": sentences.headline(summary, rundown.brand),
        "lede": sentences.lede(summary),
        "risk": sentences.risk(summary),
        "when": rundown.when,
        "stamp": "" if rundown.at is None else moment_text(rundown.at),
        "outcomes": [(outcome, *_OUTCOMES[outcome], rows) for outcome, rows in summary.outcomes.items()],
        "parts": [*views.stack(summary.outcomes), ("rejected", rundown.refused)],
        "sent": summary.outcomes[Outcome.SEND],
        "whole": summary.rows + rundown.refused,
        "reasons": [(gate, sentences.held_back(gate.gate)) for gate in named[:_REASONS]],
        "more_reasons": sum(gate.named for gate in named[_REASONS:]),
        "bar": charts.bar,
    }


def _gates(rundown: Rundown, exhibit: Exhibit) -> dict[str, Any]:
    summary = rundown.summary
    told = examples(rundown.plan, exhibit.people, _EXAMPLES)
    return {
        "funnel": views.funnel(summary),
        "alone": sentences.alone(summary),
        "together": list(summary.together.items())[:_TOGETHER],
        "more_together": max(0, len(summary.together) - _TOGETHER),
        "together_words": sentences.together(summary),
        "changes": _changes(rundown),
        "examples": [(gate, told[gate.gate]) for gate in summary.gates if told[gate.gate]],
        "held_back": sentences.held_back,
        "observes": Mode.OBSERVE,
    }


def _changes(rundown: Rundown) -> list[tuple[str, str]]:
    """Say for the gates that matter most what switching them off would change."""
    gates = [g for g in rundown.summary.gates if (g.alone or g.would_block) and g.gate not in sentences.NO_CHOICE]
    gates.sort(key=lambda gate: -gate.alone)
    return [(gate.gate, sentences.change(gate)) for gate in gates[:_REASONS]]


_BY_SIGNS = "evidence that this is wanted: what people looked at, searched and bought, fading with time"
_BY_CARD = "the probability of an answer, as the policy's scorecard gives it"
"""What relevance is."""


def _drawn(rundown: Rundown, found: Distributions) -> dict[str, Any]:
    rows, policy = rundown.summary.rows, rundown.plan.policy
    zone, limit = _zone(policy), weekly_limit(policy)
    weeks, card = views.weeks(found.messages), bool(rundown.plan.relevance.card)
    return {
        "found": found,
        "relevance_about": _BY_CARD if card else _BY_SIGNS,
        "relevance": views.histogram(found.relevance, percent=card, most=False),
        "relevance_words": sentences.relevance(found, rows, card=card),
        "unsubscribing": views.histogram(found.risk, percent=True, most=True),
        "unsubscribing_words": sentences.unsubscribing(found),
        "columns": charts.columns,
        "stack": views.stack,
        "weeks": weeks,
        "week_columns": views.week_columns(weeks),
        "week_words": sentences.week(found, limit),
        "week_line": charts.Line(limit + 1, f"more than {limit}", "right") if len(weeks) > limit + 1 else None,
        "calendar": views.calendar(found.waiting, zone),
        "waiting_words": sentences.waiting(found),
        "zone": str(zone),
        "groups": list(_groups(rundown, found)),
    }


def _groups(rundown: Rundown, found: Distributions) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Give who the recipients are: heading, what the first column is, and the counts of each group."""
    yield "By brand", "last bought from", found.brands
    yield "By tier", "tier", found.tiers
    yield "By tenure", f"subscribed to {rundown.brand} for", found.tenures


def _zone(policy: Policy) -> tzinfo:
    """Give the timezone in which times are told: the one that the policy assumes."""
    return ZoneInfo(next((g.assume_timezone for g in policy.gates if isinstance(g, QuietHours)), "UTC"))
