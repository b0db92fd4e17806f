"""Would this message cost more permission than it is worth?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.facts.arithmetic import Value, settle
from sendgate.facts.kinds import Facts
from sendgate.facts.sentence import say
from sendgate.gate import Ask, Gate, Rule
from sendgate.model.reasons import Reason
from sendgate.model.settings import Positive, Probability
from sendgate.scores import unsubscribing
from sendgate.scores.unsubscribing import CARD


class UnsubscribeRisk(Gate, frozen=True):
    """Drops where the risk of an unsubscribe or complaint is too high, or outweighs what the message may bring.

    Off without ``at_most`` and ``permission_value``.
    """

    name: ClassVar[str] = "unsubscribe_risk"

    at_most: Annotated[Probability | None, Meta(description="the highest acceptable probability")] = None
    permission_value: Annotated[
        Positive | None, Meta(description="what the permission of one person is worth, in the family's currency")
    ] = None
    response_rate: Annotated[
        Probability, Meta(description="the probability of an answer; the default is the published click rate")
    ] = 0.011

    @property
    def configured(self) -> bool:
        """Whether there is a limit."""
        return self.at_most is not None or self.permission_value is not None

    def facts(self, ask: Ask) -> Facts:
        """Ask for what the scorecard needs."""
        return unsubscribing.facts(ask.campaign, ask.family)

    def risk(self, known: Mapping[str, Value]) -> Value:
        """Give the probability that this message makes the person unsubscribe or complain."""
        return CARD.probability(unsubscribing.terms(known))

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Compare the risk with the limit, and the expected loss with the expected gain of the most valuable offer."""
        terms = unsubscribing.terms(known)
        risk, why = CARD.probability(terms), CARD.contributions(terms)
        rules = []
        if self.at_most is not None:
            words = "risk of unsubscribing {risk:percent}, at most {most:percent}: {why:text}"
            says = say(words, risk=risk, most=self.at_most, why=why)
            rules.append(Rule(Reason.RISK_TOO_HIGH, risk > self.at_most, risk, self.at_most, says, says))
        values = [offer.value for offer in ask.campaign.offers if offer.value is not None]
        if self.permission_value is not None and values:
            gain, loss = self.response_rate * max(values), risk * self.permission_value
            says = say(
                "expected gain {gain:amount}, expected loss {loss:amount}: {why:text}", gain=gain, loss=loss, why=why
            )
            rules.append(Rule(Reason.NOT_WORTH_THE_RISK, settle(loss) > settle(gain), loss, gain, says, says))
        return rules
