"""Does this person want something else just now?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.facts.arithmetic import Value, settle
from sendgate.facts.kinds import CategoryElsewhere, Evidence, Facts, InterestElsewhere, Weight
from sendgate.facts.sentence import say
from sendgate.facts.sharing import visible
from sendgate.gate import PROMOTIONAL, Ask, Gate, Rule, Scope
from sendgate.model.campaigns import Offer, Purpose
from sendgate.model.reasons import Reason
from sendgate.model.settings import Duration, NotNegative, Positive, Settings, seconds
from sendgate.model.times import span


class Interest(Settings, frozen=True):
    """What one event of each kind is worth as a sign of interest."""

    viewed: NotNegative = 1.0
    searched: NotNegative = 2.0
    carted: NotNegative = 3.0

    @property
    def weights(self) -> tuple[Weight, ...]:
        """As a fact wants them."""
        return tuple(Weight(kind, getattr(self, kind)) for kind in self.__struct_fields__)


class Intent(Gate, frozen=True):
    """Drops an offer while the person looks far more at some other category."""

    name: ClassVar[str] = "intent"
    scopes: ClassVar[frozenset[Scope]] = frozenset({Scope.OFFER})
    purposes: ClassVar[frozenset[Purpose]] = PROMOTIONAL

    within: Annotated[Duration, Meta(description="the window in which interest counts")] = "14d"
    at_least: Annotated[NotNegative, Meta(description="the interest elsewhere that matters at all")] = 3.0
    ratio: Annotated[Positive, Meta(description="how many times the interest in the offer it must exceed")] = 2.0
    weights: Annotated[Interest, Meta(description="what a view, a search and a cart are worth")] = Interest()

    def facts(self, ask: Ask) -> Facts:
        """Ask for the interest in the offer, and for the strongest one elsewhere."""
        offer, weights, within = ask.offer or Offer(""), self.weights.weights, seconds(self.within)
        facts = {
            "own": Evidence(weights, offer.assortment, within),
            "elsewhere": InterestElsewhere(weights, offer.assortment, within),
            "category": CategoryElsewhere(weights, offer.assortment, within),
        }
        return {name: visible(fact, ask.campaign.brand, ask.family) for name, fact in facts.items()}

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Block where the interest elsewhere is both strong and much stronger."""
        own, elsewhere = settle(known["own"]), settle(known["elsewhere"])
        values = {"own": own, "elsewhere": elsewhere, "category": known["category"]}
        return (
            Rule(
                Reason.INTEREST_ELSEWHERE,
                (elsewhere >= self.at_least) & (elsewhere > settle(own * self.ratio)),
                elsewhere,
                settle(own * self.ratio),
                say(
                    "interest of {elsewhere:amount} in {category:text} in the last "
                    f"{span(seconds(self.within))}, against {{own:amount}} in this offer",
                    **values,
                ),
                "no stronger interest elsewhere",
            ),
        )
