"""Is there any sign that this person wants it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import and_
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.facts.arithmetic import Value, floor, not_, settle
from sendgate.facts.kinds import Count, Earliest, Events, Evidence, Fact, Facts, Now, Weight
from sendgate.facts.sentence import Applying, Listed, say
from sendgate.facts.sharing import visible
from sendgate.gate import PROMOTIONAL, Ask, Gate, Rule, Scope
from sendgate.model.campaigns import Offer, Purpose
from sendgate.model.reasons import Reason
from sendgate.model.settings import Duration, NotNegative, Settings, Text, seconds
from sendgate.model.times import DAY, span
from sendgate.scores.card_text import EVIDENCE
from sendgate.scores.scorecard import Summed

_DID = {
    "viewed": "viewed",
    "searched": "searched",
    "carted": "put in the cart",
    "clicked": "clicked",
    "redeemed": "redeemed",
    "purchased": "bought",
}


class Sign(Settings, frozen=True):
    """What one kind of event is worth."""

    weight: Annotated[NotNegative, Meta(description="what a fresh event of this kind is worth")]
    half_life: Annotated[Duration, Meta(description="the time after which it is worth half")] = "30d"


class Signs(Settings, frozen=True):
    """The kinds of events that show interest.

    What a redemption and a purchase are worth was chosen on real coupon campaigns, see ``docs/evidence.md``: who once
    took up an offer does so again, while a purchase by itself is a need that was met.
    """

    viewed: Sign = Sign(weight=1)
    searched: Sign = Sign(weight=2)
    carted: Sign = Sign(weight=3)
    clicked: Sign = Sign(weight=2)
    redeemed: Sign = Sign(weight=10, half_life="180d")
    purchased: Sign = Sign(weight=1)

    @property
    def weights(self) -> tuple[Weight, ...]:
        """As a fact wants them."""
        signs = ((kind, getattr(self, kind)) for kind in self.__struct_fields__)
        return tuple(Weight(kind, sign.weight, seconds(sign.half_life)) for kind, sign in signs)


class Relevance(Gate, frozen=True):
    """Drops an offer for which there is too little evidence: events in its assortment, weighted and fading."""

    name: ClassVar[str] = "relevance"
    scopes: ClassVar[frozenset[Scope]] = frozenset({Scope.OFFER})
    purposes: ClassVar[frozenset[Purpose]] = PROMOTIONAL

    at_least: Annotated[
        NotNegative, Meta(description="the least evidence that an offer needs; with a card, the least probability")
    ] = 1.0
    card: Annotated[
        Text | None,
        Meta(
            description="a scorecard that gives the probability of an answer: a JSON file, or a shipped one",
            examples=["cards/relevance.json", EVIDENCE],
        ),
    ] = None
    signs: Annotated[Signs, Meta(description="weight and half-life of each kind of event")] = Signs()
    product_factor: Annotated[
        float, Meta(ge=1, le=1e6, description="how much more an event on the offer's product counts")
    ] = 2.0
    recall: Annotated[Duration, Meta(description="how far back the words of the evidence reach")] = "180d"

    def evidence(self, ask: Ask) -> Fact:
        """Declare the evidence for an offer, as far as the brand may see it."""
        offer = ask.offer or Offer("")
        evidence = Evidence(self.signs.weights, offer.assortment, product_factor=self.product_factor)
        return visible(evidence, ask.campaign.brand, ask.family)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.card and self.at_least >= 1:
            raise ValueError("with a `card`, `at_least` is a probability: expected a number below 1, such as 0.01")

    def facts(self, ask: Ask) -> Facts:
        """Ask for what the card needs, or for the evidence."""
        return ask.about(ask.card(self.card)).facts if self.card else {"evidence": self.evidence(ask)}

    def relevance(self, ask: Ask, known: Mapping[str, Value]) -> Value:
        """Give the probability of an answer where there is a card, or else the evidence; rounded to 1e-6."""
        if not self.card:
            return settle(known["evidence"])
        card = ask.card(self.card)
        return card.probability(ask.about(card).values(known))

    def summed(self, ask: Ask, known: Mapping[str, float]) -> Summed | None:
        """Take the probability of an answer of one person apart, where there is a card."""
        card = ask.card(self.card) if self.card else None
        return card.summed(ask.about(card).values(known)) if card else None

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Compare the evidence, or the probability, with the threshold."""
        return (self._of_card(ask, self.card, known) if self.card else self._of_evidence(ask, known),)

    def _of_card(self, ask: Ask, name: str, known: Mapping[str, Value]) -> Rule:
        card = ask.card(name)
        relevance, why = self.relevance(ask, known), card.spoken(ask.about(card).values(known))
        words = "an answer has a probability of {relevance:percent}, {least:percent} is needed: {why:text}"
        says = say(words, relevance=relevance, least=self.at_least, why=why)
        blocks = relevance < self.at_least
        return Rule(Reason.LITTLE_EVIDENCE, blocks, relevance, self.at_least, says, says)

    def _of_evidence(self, ask: Ask, known: Mapping[str, Value]) -> Rule:
        evidence = self.relevance(ask, known)
        values = {"evidence": whole_hundredths(evidence), "least": self.at_least}
        says = say("evidence of {evidence:amount} that this is wanted, {least:amount} is needed", **values)
        return Rule(Reason.LITTLE_EVIDENCE, evidence < self.at_least, evidence, self.at_least, says, says)

    def words_facts(self, ask: Ask) -> Facts:
        """Ask for what the evidence consists of, to say it in words."""
        offer, recall = ask.offer or Offer(""), seconds(self.recall)
        facts: dict[str, Fact] = {"now": Now()} if self.card else {"now": Now(), "evidence": self.evidence(ask)}
        for kind in _DID:
            events = Events((kind,), inside=offer.assortment)
            for name, fact in (("count", Count(events, recall)), ("first", Earliest(events, recall))):
                facts[f"{name}_{kind}"] = visible(fact, ask.campaign.brand, ask.family)
        return facts

    def words(self, known: Mapping[str, Value]) -> Listed:
        """Say what the evidence consists of: "viewed 5 times in 9 days, put in the cart 1 time, first 2 days ago"."""
        items = [item for kind in _DID for item in _did(kind, known)]
        recall = span(seconds(self.recall))
        if not self.card:
            none = reduce(and_, (known[f"count_{kind}"] == 0 for kind in _DID))
            items.append(Applying(none & (known["evidence"] > 0), say(f"only signs of interest older than {recall}")))
        return Listed(items, f"no sign of interest in the last {recall}")


def deeds(words: str) -> str:
    """Give evidence in words where it says what somebody did, so that a message can say it to them; or else nothing."""
    return words if words.startswith(tuple(_DID.values())) else ""


def whole_hundredths(evidence: Value) -> Value:
    """Round evidence as it is told: down, since 0.998 written as 1.00 would not look too little."""
    return floor(evidence * 100 + 1e-5) / 100  # 1e-5, because 0.29 * 100 is a hair less than 29


def _did(kind: str, known: Mapping[str, Value]) -> Iterator[Applying]:
    """Say how often somebody did something; of the cart also how long ago, since who forgot it may be reminded."""
    count, days = known[f"count_{kind}"], floor((known["now"] - known[f"first_{kind}"]) / DAY)
    told = f"{_DID[kind]} {{count:time}}"
    if kind == "carted":
        today = days < 1
        yield Applying((count > 0) & today, say(f"{told}, first less than a day ago", count=count))
        yield Applying((count > 0) & not_(today), say(f"{told}, first {{days:day}} ago", count=count, days=days))
    else:  # the day that has begun counts
        yield Applying(count > 0, say(f"{told} in {{days:day}}", count=count, days=days + 1))
