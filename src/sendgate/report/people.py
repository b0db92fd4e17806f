"""Some recipients with everything that ``explain`` would say of them, as records for a page to search."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from sendgate.decide.person import Decider
from sendgate.decide.plan import Plan
from sendgate.explain import Explanation, History, Mark, OfferWords, Verdict, explain
from sendgate.model.decisions import Decision
from sendgate.model.people import Profile
from sendgate.report.sampling import Decided

BYTES = 1_200_000
"""How much the explanations of a page may take. Recipients for whom there is no room are left out."""


class Explained(NamedTuple):
    """One sampled recipient. Without a profile there is only what the tables say."""

    decided: Decided
    profile: Profile
    decision: Decision
    explanation: Explanation


class Example(NamedTuple):
    """What one gate said to one recipient."""

    decided: Decided
    sentence: str


class Moment(NamedTuple):
    """When a row is decided about, and whether the person stands earlier in the audience."""

    at: float
    earlier: bool


def explained(
    plan: Plan, sample: Sequence[Decided], profiles: Mapping[str, Profile], moments: Mapping[int, Moment]
) -> list[Explained]:
    """Decide about each sampled row once more, by the way that one person takes, and put the decision into words."""
    decide, everybody = Decider(plan), []
    for decided in sample:
        profile = profiles.get(decided.person) or Profile(decided.person, known=False)
        at, earlier = moments[decided.row]
        decision = decide(profile, at, earlier=earlier)
        told = explain(decision, profile, plan.campaign, plan.policy)
        everybody.append(Explained(decided, profile, decision, told))
    return everybody


def examples(plan: Plan, everybody: Sequence[Explained], each: int) -> dict[str, list[Example]]:
    """Find, for every gate that was asked, some recipients whom it blocks (or would), with its sentence."""
    found: dict[str, list[Example]] = {gate.name: [] for gate in plan.gates}
    for one in sorted(everybody, key=lambda one: len(one.decided.blocked_by)):  # plain cases first
        for gate, sentence in dict(_blocking(one)).items():
            if len(found.get(gate, [None] * each)) < each:
                found[gate].append(Example(one.decided, sentence))
    return found


def _blocking(one: Explained) -> Iterable[tuple[str, str]]:
    """Give what blocks, or would: the person, or the offer that the decision speaks of."""
    spoken = (offer.verdicts for offer in one.explanation.offers if offer.spoken_of)
    verdicts = [*one.explanation.gates, *chain.from_iterable(spoken)]
    return [(v.gate, v.sentence) for v in verdicts if v.mark in {Mark.BLOCKS, Mark.OBSERVES}]


# Records ----------------------------------------------------------------------------------------------------------


@dataclass
class _Words:
    """Texts, each once: most sentences are said of many."""

    shown: Callable[[str], str]
    places: dict[str, int] = field(default_factory=dict)

    def __call__(self, text: str) -> int:
        """Give the place of a text in the list."""
        return self.places.setdefault(self.shown(text), len(self.places))


def records(everybody: Sequence[Explained], shown: Callable[[str], str], most: int = BYTES) -> dict[str, Any]:
    """Give what the search of a page reads (``pages/ask.js``), within so many bytes; ``shown`` withholds addresses.

    Texts stand once, in ``words``, and everywhere else by their place in it.
    """
    words = _Words(shown)
    people: list[dict[str, Any]] = []
    used, counted = 0, 0
    for one in everybody:
        record = _record(one, words)
        used += _size(record) + _size(list(words.places)[counted:])
        if used > most:
            break
        people.append(record)
        counted = len(words.places)
    return {"words": list(words.places)[:counted], "people": people}


def _size(record: object) -> int:
    """Count the bytes on a page, where a few signs are written as six."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode()) + 5 * sum(map(text.count, "<>&"))


def _record(one: Explained, words: _Words) -> dict[str, Any]:
    decided = one.decided
    return {
        "row": decided.row,
        "person": words(decided.person),
        "outcome": decided.outcome.value,
        "gate": decided.gate,
        "detail": words(decided.detail),
        "offer": words(decided.offer),
        "blocks": decided.blocked_by.split(";") if decided.blocked_by else [],
        **_explanation(one.explanation, words),
    }


def _explanation(told: Explanation, words: _Words) -> dict[str, Any]:
    return {
        "until": words(told.until),
        "clock": words(f"{told.local_time} {told.zone}{' (assumed)' if told.zone_assumed else ''}"),
        "known": told.known,
        "gates": [_verdict(verdict, words) for verdict in told.gates],
        "offers": [_offer(offer, words) for offer in told.offers],
        "history": [_brand(brand, words) for brand in told.history],
        "since": words(told.customer_since),
        "risk": words(f"{told.decision.unsubscribe_risk:.2%}, {told.risk}"),
        "withheld": words(told.withheld),
    }


def _verdict(verdict: Verdict, words: _Words) -> list[int | str]:
    told = (verdict.gate, verdict.observed, verdict.limit, verdict.sentence)
    return [verdict.mark.value, *map(words, told)]


def _offer(offer: OfferWords, words: _Words) -> dict[str, Any]:
    blocked = any(verdict.mark is Mark.BLOCKS for verdict in offer.verdicts)
    standing = "chosen" if offer.chosen else "blocked" if blocked else "free to go"
    return {
        "name": words(offer.name),
        "standing": "blocked, came furthest" if blocked and offer.spoken_of else standing,
        "evidence": words(offer.evidence),
        "incentive": words(f"{offer.incentive or 'none'}, fits {offer.incentive_fit:.2f}"),
        "relevance": offer.told(offer.relevance),
        "scores": [[words(score), words(made)] for score, made in offer.scores.items()],
        "rank": offer.told(offer.rank),
        "gates": [_verdict(verdict, words) for verdict in offer.verdicts],
    }


def _brand(brand: History, words: _Words) -> list[Any]:
    counted = ", ".join(f"{kind} {number:,}" for kind, number in brand.counts.items())
    return [words(brand.brand), words(counted or "nothing"), words(brand.last_purchase or "nothing bought")]
