"""The gate decides the same for one person and for everybody. Needs the package to be installed."""

from __future__ import annotations

from pathlib import Path

from sendgate import Decider, Plan, load_campaign, load_policy
from sendgate.audience import open_run
from sendgate.decide.tables import decide_all
from sendgate.facts.tables import with_facts
from sendgate.model.times import parse_time

HERE = Path(__file__).parent
NOW = parse_time("2026-03-04T12:00:00Z")

POLICY = load_policy(HERE / "sendgate.yaml")
PLAN = Plan(POLICY, load_campaign(HERE / "campaign.yaml", POLICY))

EXPECTED = {
    "ada": ("defer", "loyalty_pause", "custom.blocked"),  # a second less than ten days ago
    "bea": ("send", "", "passed"),  # ten days ago
    "cleo": ("send", "", "passed"),  # yesterday, but gold
}


def test_one_person() -> None:
    """Who redeemed a reward less than ten days ago waits for the rest of them, unless the tier has no pause."""
    decide = Decider(PLAN)
    with open_run(now=NOW, people=[HERE / "people.csv"], events=[HERE / "events.csv"]) as run:
        decisions = {person: decide(run.profile(person), NOW) for person in EXPECTED}
    assert {who: (d.outcome, d.gate, d.reason) for who, d in decisions.items()} == EXPECTED
    assert decisions["ada"].until == NOW + 1
    assert decisions["ada"].detail.startswith("redeemed a reward on 2026-02-22 12:00 UTC; a promotion waits 10 days")


def test_everybody() -> None:
    """The tables say the same."""
    files = {"people": [HERE / "people.csv"], "events": [HERE / "events.csv"]}
    with open_run(now=NOW, audience=HERE / "audience.csv", **files) as run:
        facts = run.engine.keep(with_facts(run.tables, PLAN.facts))
        decisions = decide_all(facts, PLAN, run.engine).select("person", "outcome", "gate", "reason")
        decided = {person: (outcome, gate, reason) for person, outcome, gate, reason in run.engine.fetch(decisions)}
    assert decided == EXPECTED
