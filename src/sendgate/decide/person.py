"""Deciding about one person, in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

from sendgate.decide import incentives
from sendgate.decide.plan import Candidate, Known, Plan, Question
from sendgate.facts.arithmetic import Value, settle
from sendgate.facts.kinds import Fact, Facts
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


class _Compiler:
    """Compiles every distinct fact once, and hands out where the values will be."""

    def __init__(self) -> None:
        self._places: dict[Fact, int] = {}

    def reads(self, facts: Facts) -> _Reader:
        """Give a function from all values to those of some facts, by name."""
        places = [self._places.setdefault(fact, len(self._places)) for fact in facts.values()]
        return partial(_read, tuple(zip(facts, places, strict=True)))

    def evaluators(self) -> tuple[Evaluate, ...]:
        """Give the compiled facts, in order of their places."""
        return tuple(compile_fact(fact) for fact in self._places)


_Reader = Callable[[Sequence[Value]], Known]


def _read(places: Sequence[tuple[str, int]], values: Sequence[Value]) -> Known:
    return {name: values[place] for name, place in places}


class _Lazily:
    """A sentence that is made when somebody reads it."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __str__(self) -> str:
        return str(self._make())


class _Words:
    """The evidence for one offer in words; its facts are evaluated when somebody reads them."""

    def __init__(self, plan: Plan, candidate: Candidate) -> None:
        self._plan = plan
        self._facts = {name: compile_fact(fact) for name, fact in candidate.words_facts.items()}

    def __call__(self, subject: Subject) -> object:
        return self._plan.words({name: evaluate(subject) for name, evaluate in self._facts.items()})


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
        compiler = _Compiler()
        self._person = [(question, compiler.reads(question.facts)) for question in plan.person]
        self._offers = [
            (
                candidate,
                compiler.reads({"evidence": candidate.evidence}),
                [(question, compiler.reads(question.facts)) for question in candidate.questions],
            )
            for candidate in plan.candidates
        ]
        self._risk = compiler.reads(plan.risk_facts)
        self._incentive = compiler.reads(plan.incentive_facts)
        self._facts = compiler.evaluators()
        self._words = [_Words(plan, candidate) for candidate in plan.candidates]
        purpose = plan.campaign.purpose
        self._exempt = tuple(_exempt(gate, f"does not apply to {purpose} messages") for gate in plan.exempt)

    def __call__(
        self, profile: Profile, now: float, *, earlier: bool = False, refused: Sequence[Finding] = ()
    ) -> Decision:
        """Decide. ``earlier``: the person stands earlier in the same audience.

        ``refused``: what whoever went on with an earlier decision found out about offers, such as that one cannot be
        rendered. Each replaces what the same gate said about that offer.
        """
        subject = Subject(profile, now, earlier=earlier)
        values = [evaluate(subject) for evaluate in self._facts]
        findings = [_finding(question, read(values)) for question, read in self._person]
        standings = self._standings(subject, values, refused)
        spoken, about = self._verdict(findings, standings)
        drops = [f for f in about if f.outcome is Outcome.DROP]
        named = next(iter(drops or about), None)
        says: object = named.says if named else spoken.ranking.evidence
        return Decision(
            person=profile.person,
            campaign=self._plan.campaign.name,
            at=now,
            outcome=named.outcome if named else Outcome.SEND,
            gate=named.gate if named else "",
            reason=named.reason if named else Reason.PASSED,
            says=says if profile.known else _Lazily(lambda: f"{says}{UNKNOWN_PERSON}"),
            until=max([f.until for f in about]) if about and not drops else NEVER,
            offer=spoken.ranking.offer,
            relevance=spoken.ranking.relevance,
            unsubscribe_risk=self._plan.risk.risk(self._risk(values)),
            blocked_by=tuple(dict.fromkeys([f.gate for f in about])),
            findings=(*findings, *self._exempt, *chain.from_iterable([s.findings for s in standings])),
            offers=tuple([standing.ranking for standing in standings]),
        )

    def _verdict(
        self, findings: Sequence[Finding], standings: Sequence[_Standing]
    ) -> tuple[_Standing, Sequence[Finding]]:
        """Find the offer that the decision speaks of, and what stands in the way, in the order of the gates."""
        left = [standing for standing in standings if not standing.ranking.blocked]
        spoken = _best(left) if left else _furthest(standings)
        about = [f for f in findings if f.blocks and f.enforced]
        if not left:
            about += [f for f in spoken.findings if f.blocks and f.enforced]
            about.sort(key=lambda f: self._order[f.gate])
        return spoken, about

    def _standings(self, subject: Subject, values: Sequence[Value], refused: Sequence[Finding]) -> list[_Standing]:
        suiting = incentives.suiting(self._plan.policy.family, self._incentive(values))
        standings = []
        for (candidate, read_evidence, questions), words in zip(self._offers, self._words, strict=True):
            found = tuple([_finding(question, read(values)) for question, read in questions])
            if refused:
                found = _overruled(found, [f for f in refused if f.offer == candidate.offer.name])
            ranking = Ranking(
                candidate.offer.name,
                settle(read_evidence(values)["evidence"]),
                suiting[candidate.offer.incentive],
                sum([f.enforced for f in found if f.blocks]),
                _Lazily(partial(words, subject)),
            )
            standings.append(_Standing(candidate, found, ranking))
        return standings


def _overruled(found: Sequence[Finding], refused: Sequence[Finding]) -> tuple[Finding, ...]:
    gates = {finding.gate for finding in refused}
    return (*(finding for finding in found if finding.gate not in gates), *refused)


def _finding(question: Question, known: Known) -> Finding:
    """Ask a gate: the first rule that blocks gives the reason, the latest of them the end of a deferral."""
    gate, rules = question.gate, question.gate.rules(question.ask, known)
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
