"""The shape of a gate: settings as fields, the facts it needs, and the rules that it applies to them.

A rule's condition is written once, with the helpers of ``facts.arithmetic``, and runs for one person and for tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, ClassVar, NamedTuple

from msgspec import Meta, Struct

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import Facts
from sendgate.facts.sentence import Said
from sendgate.model.campaigns import Campaign, Family, Offer, Purpose
from sendgate.model.decisions import Mode, Outcome
from sendgate.model.reasons import Reason
from sendgate.model.settings import Settings
from sendgate.model.times import NEVER
from sendgate.scores.card_text import shipped
from sendgate.scores.catalogue import Asked
from sendgate.scores.score_fact import About
from sendgate.scores.scorecard import Scorecard


class Scope(StrEnum):
    """What a gate is asked about."""

    PERSON = "person"
    OFFER = "offer"


class Unit(StrEnum):
    """What the numbers are that the rules of a gate compare: it decides nothing, and says how people read them."""

    NUMBER = "number"
    TIME = "time"
    """A moment (epoch seconds) or how long something lasts (seconds); less than an hour is told as a plain number."""
    SHARE = "share"
    MONEY = "money"
    """Small amounts, to a hundredth of a cent."""


NO_CARDS: Mapping[str, Scorecard] = MappingProxyType({})


class Ask(Struct, frozen=True):
    """What a gate is asked about: a campaign of a family, and one of its offers or (None) the person as such."""

    family: Family
    campaign: Campaign
    offer: Offer | None = None
    cards: Mapping[str, Scorecard] = NO_CARDS
    """The scorecards of the policy, by what it calls them."""

    def card(self, name: str) -> Scorecard:
        """Give a scorecard of the policy, or a shipped one."""
        return self.cards[name] if name in self.cards else shipped(name)

    def about(self, card: Scorecard) -> Asked:
        """Give what a scorecard asks, about the offer where there is one."""
        return Asked.about(card.facts, About(self.family, self.campaign, self.offer or Offer("")))

    @property
    def scope(self) -> Scope:
        """Whether it is about the person or about an offer."""
        return Scope.PERSON if self.offer is None else Scope.OFFER


class Rule(NamedTuple):
    """One condition of a gate with the values that decide it."""

    reason: Reason
    blocks: Value
    observed: Value
    limit: Value
    says: Said
    """The sentence where it blocks."""
    passes: Said = ""
    """The sentence where it does not."""
    until: Value = NEVER
    """Epoch seconds at which a deferral ends; FOREVER: open-ended."""


MARKETING = frozenset({Purpose.PROMOTIONAL, Purpose.RELATIONSHIP, Purpose.SERVICE})
PROMOTIONAL = frozenset({Purpose.PROMOTIONAL})


class Gate(Settings, frozen=True, kw_only=True):
    """One rule of good manners. Subclass it, set the class variables, and give ``facts`` and ``rules``."""

    name: ClassVar[str]
    scopes: ClassVar[frozenset[Scope]] = frozenset({Scope.PERSON})
    purposes: ClassVar[frozenset[Purpose]] = MARKETING
    """A campaign with another purpose is exempt."""

    mode: Annotated[Mode, Meta(description="enforce, observe (report only) or off")] = Mode.ENFORCE

    @property
    def configured(self) -> bool:
        """Whether the choice is made without which this gate cannot run."""
        return True

    @property
    def outcome(self) -> Outcome:
        """What blocking leads to: drop or, for gates that are asked about the person alone, defer."""
        return Outcome.DROP

    def measures(self, scope: Scope) -> Unit:
        """What the observed values and the limits of its rules are, asked about the person or about an offer."""
        return Unit.NUMBER

    def facts(self, ask: Ask) -> Facts:
        """Declare the facts needed to answer, under names of the gate's choosing."""
        return {}

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Apply the rules to the facts; none: not concerned.

        Of those that block the one with the latest ``until`` gives reason and sentence, of equals the first.
        """
        return ()


def misfit(gate: Gate) -> str:
    """Say why a gate cannot be asked, as it is declared and set; empty where it can."""
    if gate.outcome is Outcome.DEFER and Scope.OFFER in gate.scopes:
        return (
            "it defers and is asked about offers: a message waits for its person, so only a gate about the person may"
        )
    return ""
