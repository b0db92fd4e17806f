"""A campaign under a policy, prepared: who asks what, and which facts answer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from msgspec import Struct, structs

from sendgate.catalog import BUILT_IN
from sendgate.decide import incentives
from sendgate.errors import ConfigurationError, Mistake
from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import Fact, Facts
from sendgate.facts.sentence import Listed
from sendgate.facts.sheet import Sheet
from sendgate.gate import PROMOTIONAL, Ask, Gate, misfit
from sendgate.gates.relevance import Relevance
from sendgate.gates.unsubscribe_risk import UnsubscribeRisk
from sendgate.model.campaigns import Campaign, Offer
from sendgate.policy.policy import Policy

Known = Mapping[str, Value]

NO_EVIDENCE = "nothing stands in the way"
"""What is said of a message that needs no evidence."""


def cells_of(sheet: Sheet, facts: Facts) -> Known:
    """Give the cells of facts on a sheet, by the names that a gate gave them."""
    return {name: sheet.fact(fact) for name, fact in facts.items()}


class Question(Struct, frozen=True):
    """One gate, asked about the person or about one offer."""

    gate: Gate
    ask: Ask
    facts: Facts

    @property
    def offer(self) -> str:
        """The offer's name; empty: about the person."""
        return self.ask.offer.name if self.ask.offer else ""


class Candidate(Struct, frozen=True):
    """One offer, with the questions about it and what ranks it."""

    offer: Offer
    questions: tuple[Question, ...]
    ask: Ask
    facts: Facts
    """What its relevance needs."""
    words_facts: Facts
    """What the words need that say on what evidence it is sent."""


class Plan(Struct, frozen=True, dict=True):
    """Everything that deciding needs beside the person and the time."""

    policy: Policy
    campaign: Campaign

    @cached_property
    def gates(self) -> tuple[Gate, ...]:
        """The gates that are asked: active, and not exempt. Raises ConfigurationError for one that cannot be."""
        gates = tuple(gate for gate in self.policy.active if self.campaign.purpose in gate.purposes)
        if misfits := [Mistake(f"gate `{gate.name}`", why, in_file=False) for gate in gates if (why := misfit(gate))]:
            raise ConfigurationError(misfits)
        return gates

    @cached_property
    def exempt(self) -> tuple[Gate, ...]:
        """The active gates that a campaign of this purpose passes unasked."""
        return tuple(gate for gate in self.policy.active if self.campaign.purpose not in gate.purposes)

    @cached_property
    def person(self) -> tuple[Question, ...]:
        """The questions about the person."""
        return self._questions(self._about_person)

    @cached_property
    def _about_person(self) -> Ask:
        return Ask(self.policy.family, self.campaign, cards=self.policy.cards)

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """The offers with the questions about them."""
        asks = [Ask(self.policy.family, self.campaign, offer, self.policy.cards) for offer in self.campaign.offers]
        return tuple(
            Candidate(
                ask.offer,
                self._questions(ask),
                ask,
                self.relevance.facts(ask),
                self.relevance.words_facts(ask) if self._speaks_of_evidence else {},
            )
            for ask in asks
            if ask.offer
        )

    @cached_property
    def relevance(self) -> Relevance:
        """The gate that knows what counts as evidence; offers are ranked by it even where it is off."""
        gate = self.policy.gate(Relevance.name)
        return gate if isinstance(gate, Relevance) else Relevance()

    @cached_property
    def risk(self) -> UnsubscribeRisk:
        """The gate that knows the risk, which is reported even where it is off."""
        gate = self.policy.gate(UnsubscribeRisk.name)
        return gate if isinstance(gate, UnsubscribeRisk) else UnsubscribeRisk()

    @cached_property
    def risk_facts(self) -> Facts:
        """What the risk needs."""
        return self.risk.facts(self._about_person)

    def risk_of(self, known: Known) -> Value:
        """Give the risk, of what ``risk_facts`` are known to be."""
        return self.risk.risk(self._about_person, known)

    def relevance_of(self, candidate: Candidate, known: Known) -> Value:
        """Give the relevance of an offer, of what its ``facts`` are known to be."""
        return self.relevance.relevance(candidate.ask, known)

    @cached_property
    def incentive_facts(self) -> Facts:
        """What choosing between incentives needs."""
        return incentives.facts(self.campaign, self.policy.family)

    @cached_property
    def wordless(self) -> Wordless:
        """The same plan without the words."""
        return Wordless(self.policy, self.campaign)

    @cached_property
    def words_facts(self) -> frozenset[Fact]:
        """What the words need; nothing where they say the same of everybody."""
        return frozenset(fact for candidate in self.candidates for fact in candidate.words_facts.values())

    @cached_property
    def asking(self) -> Sequence[tuple[str, Facts]]:
        """Who asks for which facts: gates, and the choice between incentives. Words are the business of relevance."""
        questions = [*self.person, *(question for candidate in self.candidates for question in candidate.questions)]
        groups = [(f"gate `{question.gate.name}`", question.facts) for question in questions]
        for candidate in self.candidates:
            groups += [(f"gate `{self.relevance.name}`", facts) for facts in (candidate.facts, candidate.words_facts)]
        return [*groups, (f"gate `{self.risk.name}`", self.risk_facts), ("choosing an incentive", self.incentive_facts)]

    @cached_property
    def facts(self) -> frozenset[Fact]:
        """All facts that deciding needs, words included."""
        return frozenset(fact for _, facts in self.asking for fact in facts.values())

    def words(self, known: Known) -> Listed | str:
        """Say on what evidence a message is sent."""
        return self.relevance.words(known) if self._speaks_of_evidence else NO_EVIDENCE

    @property
    def _speaks_of_evidence(self) -> bool:
        return self.campaign.purpose in PROMOTIONAL

    def _questions(self, ask: Ask) -> tuple[Question, ...]:
        return tuple(Question(gate, ask, _facts_of(gate, ask)) for gate in self.gates if ask.scope in gate.scopes)


def _facts_of(gate: Gate, ask: Ask) -> Facts:
    """Give the facts that a gate asks for. Built-in gates are known to work."""
    if type(gate) in BUILT_IN:
        return gate.facts(ask)
    from sendgate.decide.trial import tried  # noqa: PLC0415  most policies have no other gates

    return tried(gate, ask)


class Wordless(Plan, frozen=True, dict=True):
    """A plan that decides the same, and does not say on what evidence a message is sent: the words need most facts.

    Where the words say the same of everybody, it has them.
    """

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """The offers with the questions about them."""
        told = Plan(self.policy, self.campaign).candidates
        return tuple(structs.replace(candidate, words_facts={}) for candidate in told)

    def words(self, known: Known) -> Listed | str:
        """Say nothing of evidence."""
        return "" if self._speaks_of_evidence else NO_EVIDENCE
