"""The conditions of the gates in zen-engine, a rules engine written in Rust, on facts that are given to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import zen

from benchmarks.someone import NOW, plan, someone
from sendgate import Decider, Plan, Profile
from sendgate.decide.plan import Question
from sendgate.facts.profile import Subject, compile_fact

# The conditions of family/sendgate.yaml, in zen-engine's language; `f` are the facts that a gate asks for.
_SHARES = "(f.granted > f.withdrawn or f.withdrawn == -1e15)"
PERSON = {
    "permission": "(f.unsubscribed > -1e15 and f.unsubscribed >= f.subscribed) or f.subscribed == -1e15",
    "deliverability": "f.address == '' or f.bounced > f.subscribed or f.complained > f.subscribed or f.transient >= 2",
    "duplicate": "f.sent >= 1 or f.earlier >= 1",
    "quiet_hours": "f.until > -1e15",
    "frequency": "f.count0 >= 1 or f.count1 >= 3",
    "moment": "f.purchased + 259200 > f.now or f.returned + 604800 > f.now or f.complained + 2592000 > f.now"
    " or f.cases_opened > f.cases_closed or f.opened > f.closed",
    "fit": "f.number != -1e15 and f.number > 18",
    "balance": "f.unanswered >= 12 or f.asks > max([f.gives, 1]) * 8",
    "unsubscribe_risk": "f.risk > 0.008",
    "holdout": "f.place < 0.05",
}
EITHER_OFFER = {
    "relevance": "f.evidence < 1",
    "intent": "f.elsewhere >= 3 and f.elsewhere > f.own * 2",
    "fatigue": "f.unanswered >= 2",
    "render": "f.given_name == ''",
}
OFFERS: tuple[Mapping[str, str], ...] = (
    {
        **EITHER_OFFER,
        "just_bought": "f.product > -1e15 or f.category > -1e15",
        "price_protection": "f.paid > 129",
        "recognition": f"false and {_SHARES}",
        "unsubscribe_risk": "f.risk * 6 > 0.022",
    },
    {
        **EITHER_OFFER,
        "fit": "f.tier == 'silver'",
        "just_bought": "f.category > -1e15",
        "recognition": f"f.tier == 'gold' and {_SHARES}",
        "unsubscribe_risk": "f.risk * 6 > 0.011",
    },
)


def compiled() -> zen.ZenDecision:
    """Compile all conditions to one decision."""
    conditions = {f"person.{gate}": condition for gate, condition in PERSON.items()}
    conditions |= {f"offer{k}.{gate}": condition for k, offer in enumerate(OFFERS) for gate, condition in offer.items()}
    expressions = [{"id": key, "key": key, "value": text.replace("f.", f"{key}.")} for key, text in conditions.items()]
    nodes: list[dict[str, Any]] = [
        {"id": "facts", "type": "inputNode"},
        {"id": "gates", "type": "expressionNode", "content": {"expressions": expressions}},
        {"id": "answers", "type": "outputNode"},
    ]
    arrows = [("facts", "gates"), ("gates", "answers")]
    edges = [{"id": f"{a}-{b}", "sourceId": a, "targetId": b, "type": "edge"} for a, b in arrows]
    placed = [{**node, "name": node["id"], "position": {"x": 0, "y": 0}} for node in nodes]
    graph = {"nodes": placed, "edges": edges}
    return zen.ZenEngine().create_decision(zen.ZenDecisionContent(json.dumps(graph)))


def facts(for_plan: Plan, profile: Profile) -> dict[str, dict[str, dict[str, Any]]]:
    """Compute what the conditions need, by gate."""
    subject = Subject(profile, NOW)

    def known(question: Question) -> dict[str, Any]:
        found = {name: compile_fact(fact)(subject) for name, fact in question.facts.items()}
        if question.gate.name == "unsubscribe_risk":
            return {"risk": for_plan.risk_of(found)}
        return {"number" if name.endswith(" as number") else name: value for name, value in found.items()}

    by_place: dict[str, Sequence[Question]] = {"person": for_plan.person}
    by_place |= {f"offer{k}": candidate.questions for k, candidate in enumerate(for_plan.candidates)}
    return {place: {q.gate.name: known(q) for q in questions} for place, questions in by_place.items()}


def disagreements(people: int) -> list[str]:
    """List the findings about which zen-engine, given the facts, says otherwise than sendgate."""
    prepared, graph = plan(), compiled()
    decider = Decider(prepared)
    places = {"": "person", **{candidate.offer.name: f"offer{k}" for k, candidate in enumerate(prepared.candidates)}}
    found = []
    for profile in map(someone, range(people)):
        answers = graph.evaluate(facts(prepared, profile))["result"]
        found += [
            f"{profile.person}: {finding.gate} {finding.offer}: {finding.detail}"
            for finding in decider(profile, NOW).findings
            if answers[places[finding.offer]].get(finding.gate, False) != finding.blocks
        ]
    return found
