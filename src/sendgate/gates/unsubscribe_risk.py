"""Would this message cost more permission than it is worth?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from sendgate.facts.arithmetic import Value, noting, settle
from sendgate.facts.kinds import Facts
from sendgate.facts.sentence import Listed, say
from sendgate.gate import Ask, Gate, Rule, Scope, Unit
from sendgate.model.reasons import Reason
from sendgate.model.settings import Positive, Probability, Text
from sendgate.scores.card_text import EVIDENCE, PUBLISHED
from sendgate.scores.catalogue import Asked
from sendgate.scores.scorecard import Summed

_ANSWER = "answer "
"""Before the names of facts that the card of answers reads: two cards may read a fact of the same name."""

_MESSAGES = 1000
"""Money is told for so many messages: for a single one it is a matter of cents."""

_IN_MONEY = (
    "1,000 such messages would gain {gain:amount}{unit:text} ({response:percent} answer, worth {value:amount} each) "
    "and cost {loss:amount}{unit:text} in permission ({risk:percent} leave, {permission:amount} each): {why:text}"
)


class UnsubscribeRisk(Gate, frozen=True):
    """Drops where the risk of an unsubscribe or complaint is too high, or outweighs what an offer may bring.

    Off without ``at_most`` and ``permission_value``.
    """

    name: ClassVar[str] = "unsubscribe_risk"
    scopes: ClassVar[frozenset[Scope]] = frozenset(Scope)

    at_most: Annotated[Probability | None, Meta(description="the highest acceptable probability")] = None
    card: Annotated[
        Text,
        Meta(
            description="the scorecard of the risk: a JSON file beside the policy, or the name of a shipped card",
            examples=["cards/risk.json", PUBLISHED],
        ),
    ] = PUBLISHED
    permission_value: Annotated[
        Positive | None, Meta(description="what the permission of one person is worth, in the family's currency")
    ] = None
    response_rate: Annotated[
        Probability, Meta(description="the probability of an answer; the default is the published click rate")
    ] = 0.011
    response_card: Annotated[
        Text | None,
        Meta(
            description="a scorecard that gives the probability of an answer by person and offer, in place of one rate",
            examples=["cards/relevance.json", EVIDENCE],
        ),
    ] = None

    @property
    def configured(self) -> bool:
        """Whether there is a limit."""
        return self.at_most is not None or self.permission_value is not None

    def measures(self, scope: Scope) -> Unit:
        """A probability about the person; about an offer money, a matter of cents a message."""
        return Unit.SHARE if scope is Scope.PERSON else Unit.MONEY

    def facts(self, ask: Ask) -> Facts:
        """Ask for what the scorecards need."""
        if not self.response_card or ask.offer is None or ask.offer.value is None:
            return self._asked(ask).facts
        answer = ask.about(ask.card(self.response_card)).facts
        return {**self._asked(ask).facts, **{_ANSWER + name: fact for name, fact in answer.items()}}

    def risk(self, ask: Ask, known: Mapping[str, Value]) -> Value:
        """Give the probability that this message makes the person unsubscribe or complain."""
        return ask.card(self.card).probability(self._asked(ask).values(known))

    def why(self, ask: Ask, known: Mapping[str, Value]) -> Listed:
        """Say what adds to the risk, and what takes from it."""
        return ask.card(self.card).spoken(self._asked(ask).values(known))

    def summed(self, ask: Ask, known: Mapping[str, float]) -> Summed:
        """Take the risk of one person apart."""
        return ask.card(self.card).summed(self._asked(ask).values(known))

    def response_summed(self, ask: Ask, known: Mapping[str, float]) -> Summed | None:
        """Take the probability of an answer apart, where a card gives it and it is weighed."""
        if not self.response_card or not self.permission_value or ask.offer is None or ask.offer.value is None:
            return None
        card = ask.card(self.response_card)
        own = {name.removeprefix(_ANSWER): value for name, value in known.items() if name.startswith(_ANSWER)}
        return card.summed(ask.about(card).values(own))

    def _asked(self, ask: Ask) -> Asked:
        """Ask about the person: a risk is the same whichever offer is chosen."""
        return replace(ask, offer=None).about(ask.card(self.card))

    def _response(self, ask: Ask, known: Mapping[str, Value]) -> Value:
        """Give the probability that this person answers to the offer."""
        if not self.response_card:
            return self.response_rate
        card = ask.card(self.response_card)
        own = {name.removeprefix(_ANSWER): value for name, value in known.items() if name.startswith(_ANSWER)}
        return card.probability(ask.about(card).values(noting(known, own)))

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Compare the risk with the limit, and for each offer the expected loss with the expected gain."""
        if ask.offer is None:
            return () if self.at_most is None else (self._limited(self.at_most, ask, known),)
        if self.permission_value is None or ask.offer.value is None:
            return ()
        return (self._weighed(ask.offer.value, self.permission_value, ask, known),)

    def _limited(self, most: float, ask: Ask, known: Mapping[str, Value]) -> Rule:
        risk, why = self.risk(ask, known), self.why(ask, known)
        words = "risk of unsubscribing {risk:percent}, at most {most:percent}: {why:text}"
        says = say(words, risk=risk, most=most, why=why)
        return Rule(Reason.RISK_TOO_HIGH, risk > most, risk, most, says, says)

    def _weighed(self, value: float, permission: float, ask: Ask, known: Mapping[str, Value]) -> Rule:
        """Weigh what an offer may bring against what the permission is worth, in money."""
        risk, why, response = self.risk(ask, known), self.why(ask, known), self._response(ask, known)
        gain, loss = response * value, risk * permission
        says = say(
            _IN_MONEY,
            gain=gain * _MESSAGES,
            response=response,
            value=value,
            loss=loss * _MESSAGES,
            risk=risk,
            permission=permission,
            unit=f" {ask.family.currency}" if ask.family.currency else "",
            why=why,
        )
        return Rule(Reason.NOT_WORTH_THE_RISK, settle(loss) > settle(gain), loss, gain, says, says)
