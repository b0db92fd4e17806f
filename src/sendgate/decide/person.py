"""Deciding about one person, in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

from sendgate.decide import incentives
from sendgate.decide.findings import Find, exempt, finder
from sendgate.decide.plan import Candidate, Plan, cells_of
from sendgate.facts.arithmetic import Value, settle
from sendgate.facts.profile import Evaluate, Subject, compile_fact
from sendgate.facts.sheet import Row, Sheet
from sendgate.model.campaigns import Incentive
from sendgate.model.decisions import Decision, Finding, Outcome, Ranking
from sendgate.model.people import Profile
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER

UNKNOWN_PERSON = " (this person is in none of the files)"
"""What a decision adds where it was made on an empty profile."""


class _Lazily:
    """A sentence that is made when somebody reads it."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __str__(self) -> str:
        return str(self._make())


class _Contender(NamedTuple):
    """An offer, ready to be judged for anybody."""

    candidate: Candidate
    finders: tuple[Find, ...]
    relevance: int
    """A place in the row."""
    fit: int
    words_facts: Mapping[str, Evaluate]


class _Standing(NamedTuple):
    """An offer for one person: its findings and its rank."""

    findings: tuple[Finding, ...]
    ranking: Ranking


class Decider:
    """A plan, compiled. Call it with a profile and a time; it keeps nothing between calls."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._order = {gate.name: place for place, gate in enumerate(plan.policy.gates)}
        sheet = Sheet()
        self._person = [finder(question, sheet) for question in plan.person]
        suiting = incentives.suiting(plan.policy.family, cells_of(sheet, plan.incentive_facts))
        self._contenders = [_contender(plan, candidate, suiting, sheet) for candidate in plan.candidates]
        self._risk = sheet.place(plan.risk_of(cells_of(sheet, plan.risk_facts)))
        self._work_out = sheet.function()
        self._facts = [compile_fact(fact) for fact in sheet.facts]
        purpose = plan.campaign.purpose
        self._exempt = tuple(exempt(gate, f"does not apply to {purpose} messages") for gate in plan.exempt)

    def __call__(
        self, profile: Profile, now: float, *, earlier: bool = False, refused: Sequence[Finding] = ()
    ) -> Decision:
        """Decide. ``earlier``: the person stands earlier in the same audience.

        ``refused``: what whoever went on with an earlier decision found out about offers, such as that one cannot be
        rendered. Each replaces what the same gate said about that offer.
        """
        subject = Subject(profile, now, earlier=earlier)
        row = self._work_out([evaluate(subject) for evaluate in self._facts])
        findings = [find(row) for find in self._person]
        standings = self._standings(subject, row, refused)
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
            unsubscribe_risk=row[self._risk],
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

    def _standings(self, subject: Subject, row: Row, refused: Sequence[Finding]) -> list[_Standing]:
        standings = []
        for contender in self._contenders:
            offer = contender.candidate.offer.name
            found = tuple([find(row) for find in contender.finders])
            if refused:
                found = _overruled(found, [f for f in refused if f.offer == offer])
            ranking = Ranking(
                offer,
                row[contender.relevance],
                row[contender.fit],
                sum([f.enforced for f in found if f.blocks]),
                _Lazily(partial(self._words, contender, subject)),
            )
            standings.append(_Standing(found, ranking))
        return standings

    def _words(self, contender: _Contender, subject: Subject) -> object:
        """Say the evidence for one offer; its facts are evaluated when somebody reads them."""
        return self._plan.words({name: evaluate(subject) for name, evaluate in contender.words_facts.items()})


def _contender(plan: Plan, candidate: Candidate, suiting: Mapping[Incentive, Value], sheet: Sheet) -> _Contender:
    return _Contender(
        candidate,
        tuple(finder(question, sheet) for question in candidate.questions),
        sheet.place(plan.relevance_of(candidate, cells_of(sheet, candidate.facts))),
        sheet.place(suiting[candidate.offer.incentive]),
        {name: compile_fact(fact) for name, fact in candidate.words_facts.items()},
    )


def _overruled(found: Sequence[Finding], refused: Sequence[Finding]) -> tuple[Finding, ...]:
    gates = {finding.gate for finding in refused}
    return (*(finding for finding in found if finding.gate not in gates), *refused)


def _best(left: Sequence[_Standing]) -> _Standing:
    """Choose the highest relevance x incentive fit; of equals the first in the file."""
    return max(left, key=lambda standing: settle(standing.ranking.relevance * standing.ranking.incentive_fit))


def _furthest(standings: Sequence[_Standing]) -> _Standing:
    """Choose the offer with the fewest blocking gates, then the highest relevance, then the first in the file."""
    return min(standings, key=lambda standing: (standing.ranking.blocked, -standing.ranking.relevance))
