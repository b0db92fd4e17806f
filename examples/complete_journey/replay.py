"""A campaign of the past, decided by sendgate at its own start for the households that really got it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from examples.complete_journey.convert import Journey, Mailing
from sendgate.audience import open_run
from sendgate.decide.plan import Plan
from sendgate.decide.tables import decide_all
from sendgate.facts.tables import with_facts
from sendgate.policy.files import load_campaign, load_policy


@dataclass(frozen=True)
class Recipient:
    """What sendgate decided about one household, and what the household did."""

    person: str
    outcome: str
    relevance: float
    blocked_by: tuple[str, ...]
    redeemed: int
    """Coupons of this campaign."""


def replay(journey: Journey, mailing: Mailing, policy: Path | None = None) -> list[Recipient]:
    """Decide about everybody who got the campaign, with nothing known that happened after it started.

    ``policy`` replaces the converted one. Raises what ``load_policy`` and ``open_run`` raise.
    """
    rules = load_policy(policy or journey.policy)
    plan = Plan(rules, load_campaign(mailing.campaign, rules))
    people, events = [journey.people], [journey.events]
    with open_run(now=mailing.starts, audience=mailing.audience, people=people, events=events, attributes=()) as run:
        facts = run.engine.keep(with_facts(run.tables, plan.facts))
        decisions = decide_all(facts, plan, run.engine)
        rows = run.engine.fetch(decisions.select("person", "outcome", "relevance", "blocked_by"))
        del facts, decisions  # DuckDB wants its frames gone before its connection
    return [
        Recipient(person, outcome, relevance, tuple(filter(None, blocked.split(";"))), mailing.redeemed.get(person, 0))
        for person, outcome, relevance, blocked in rows
    ]
