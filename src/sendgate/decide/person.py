"""Deciding about one person, in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sendgate.decide import incentives
from sendgate.decide.plan import Candidate, Known, Plan, Question
from sendgate.facts.arithmetic import settle
from sendgate.facts.kinds import Facts
from sendgate.facts.profile import Evaluate, Subject, compile_fact
from sendgate.gate import Gate, Rule
from sendgate.model.campaigns import Campaign
from sendgate.model.decisions import Decision, Finding, Outcome, Ranking
from sendgate.model.people import Profile
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER
from sendgate.policy.policy import Policy

UNKNOWN_PERSON = " (this person is in none of the files)"
"""What a decision adds where it was made on an empty profile."""


def decide(profile: Profile, campaign: Campaign, policy: Policy, now: float) -> Decision:
    """Decide whether this message should reach this person now (epoch seconds), and say why.

    Pure: no clock, no files. To decide about many people, make one ``Decider`` and call it.
    """
    return Decider(Plan(policy, campaign))(profile, now)


class _Compiled(NamedTuple):
    """Facts by name, as functions of a subject."""

    evaluators: tuple[tuple[str, Evaluate], ...]

    @classmethod
    def of(cls, facts: Facts) -> _Compiled:
        return cls(tuple((name, compile_fact(fact)) for name, fact in facts.items()))

    def known(self, subject: Subject) -> Known:
        return {name: evaluate(subject) for name, evaluate in self.evaluators}


class _Lazily:
    """A sentence that is made when somebody reads it."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __str__(self) -> str:
        return str(self._make())


class _Standing(NamedTuple):
    """An offer for one person: its findings and its rank."""

    candidate: Candidate
    findings: tuple[Finding, ...]
    ranking: Ranking


class Decider:
    """A plan, compiled. Call it with a profile and a time; it keeps nothing between calls."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._order = {gate.name: place for place, gate in enumerate(plan.policy.gates)}
        self._person = [(question, _Compiled.of(question.facts)) for question in plan.person]
        self._offers = [
            (
                candidate,
                compile_fact(candidate.evidence),
                [(question, _Compiled.of(question.facts)) for question in candidate.questions],
                _Compiled.of(candidate.words_facts),
            )
            for candidate in plan.candidates
        ]
        self._risk = _Compiled.of(plan.risk_facts)
        self._incentive = _Compiled.of(plan.incentive_facts)
        purpose = plan.campaign.purpose
        self._exempt = tuple(_exempt(gate, f"does not apply to {purpose} messages") for gate in plan.exempt)

    def __call__(self, profile: Profile, now: float, *, earlier: bool = False) -> Decision:
        """Decide. ``earlier``: the person stands earlier in the same audience."""
        subject = Subject(profile, now, earlier=earlier)
        findings = [_finding(question, facts.known(subject)) for question, facts in self._person]
        standings = self._standings(subject)
        left = [standing for standing in standings if not standing.ranking.blocked]
        spoken = _best(left) if left else _furthest(standings)
        about = [f for f in findings if f.enforced]
        if not left:
            about += [f for f in spoken.findings if f.enforced]
        about.sort(key=lambda f: self._order[f.gate])
        return self._decision(subject, spoken, about, findings, standings)

    def _standings(self, subject: Subject) -> list[_Standing]:
        buying = self._incentive.known(subject)
        family = self._plan.policy.family
        standings = []
        for candidate, evidence, questions, words in self._offers:
            found = tuple(_finding(question, facts.known(subject)) for question, facts in questions)
            ranking = Ranking(
                candidate.offer.name,
                settle(evidence(subject)),
                incentives.fit(candidate.offer.incentive, family, buying),
                sum(f.enforced for f in found),
                _Lazily(lambda words=words: self._plan.words(words.known(subject))),  # type: ignore[misc]
            )
            standings.append(_Standing(candidate, found, ranking))
        return standings

    def _decision(
        self,
        subject: Subject,
        spoken: _Standing,
        about: Sequence[Finding],
        findings: Sequence[Finding],
        standings: Sequence[_Standing],
    ) -> Decision:
        drops = [f for f in about if f.outcome is Outcome.DROP]
        named = next(iter(drops or about), None)
        deferred = bool(about) and not drops
        says: object = named.says if named else spoken.ranking.evidence
        return Decision(
            person=subject.profile.person,
            campaign=self._plan.campaign.name,
            at=subject.now,
            outcome=named.outcome if named else Outcome.SEND,
            gate=named.gate if named else "",
            reason=named.reason if named else Reason.PASSED,
            says=says if subject.profile.known else _Lazily(lambda: f"{says}{UNKNOWN_PERSON}"),
            until=max(f.until for f in about) if deferred else NEVER,
            offer=spoken.ranking.offer,
            relevance=spoken.ranking.relevance,
            unsubscribe_risk=self._plan.risk.risk(self._risk.known(subject)),
            blocked_by=tuple(dict.fromkeys(f.gate for f in about)),
            findings=(*findings, *self._exempt, *(f for standing in standings for f in standing.findings)),
            offers=tuple(standing.ranking for standing in standings),
        )


def _finding(question: Question, known: Known) -> Finding:
    """Ask a gate: the first rule that blocks gives the reason, the latest of them the end of a deferral."""
    gate, rules = question.gate, question.rules(known)
    hits = [rule for rule in rules if rule.blocks]
    if not hits:
        return _passed(gate, question.offer, rules)
    head = hits[0]
    return Finding(
        gate.name,
        question.offer,
        True,  # noqa: FBT003  a field of a tuple
        gate.mode,
        gate.outcome,
        head.reason,
        head.observed,
        head.limit,
        max(rule.until for rule in hits),
        head.says,
    )


def _passed(gate: Gate, offer: str, rules: Sequence[Rule]) -> Finding:
    if not rules:
        return _exempt(gate, "has nothing to ask here", offer)
    head = rules[0]
    return Finding(
        gate.name,
        offer,
        False,  # noqa: FBT003  a field of a tuple
        gate.mode,
        Outcome.SEND,
        Reason.PASSED,
        head.observed,
        head.limit,
        NEVER,
        head.passes,
    )


def _exempt(gate: Gate, why: str, offer: str = "") -> Finding:
    return Finding(gate.name, offer, False, gate.mode, Outcome.SEND, Reason.EXEMPT, "", "", NEVER, why)  # noqa: FBT003


def _best(left: Sequence[_Standing]) -> _Standing:
    """Choose the highest relevance x incentive fit; of equals the first in the file."""
    return max(left, key=lambda standing: settle(standing.ranking.relevance * standing.ranking.incentive_fit))


def _furthest(standings: Sequence[_Standing]) -> _Standing:
    """Choose the offer with the fewest blocking gates, then the highest relevance, then the first in the file."""
    return min(standings, key=lambda standing: (standing.ranking.blocked, -standing.ranking.relevance))
