"""Does this person want something else just now?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from sendgate.facts.arithmetic import Value, settle
from sendgate.facts.kinds import CategoryElsewhere, Evidence, Facts, InterestElsewhere, Weight
from sendgate.facts.sentence import say
from sendgate.facts.sharing import visible
from sendgate.gate import PROMOTIONAL, Ask, Duration, Gate, Rule, Scope
from sendgate.model.campaigns import Offer, Purpose
from sendgate.model.reasons import Reason
from sendgate.model.times import DAY, span


class Interest(BaseModel):
    """What one event of each kind is worth as a sign of interest."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    viewed: Annotated[float, Field(ge=0)] = 1.0
    searched: Annotated[float, Field(ge=0)] = 2.0
    carted: Annotated[float, Field(ge=0)] = 3.0

    @property
    def weights(self) -> tuple[Weight, ...]:
        """As a fact wants them."""
        return tuple(Weight(kind, getattr(self, kind)) for kind in type(self).model_fields)


class Intent(Gate):
    """Drops an offer while the person looks far more at some other category."""

    name: ClassVar[str] = "intent"
    scopes: ClassVar[frozenset[Scope]] = frozenset({Scope.OFFER})
    purposes: ClassVar[frozenset[Purpose]] = PROMOTIONAL

    within: Annotated[Duration, Field(description="the window in which interest counts")] = 14 * DAY
    at_least: Annotated[float, Field(ge=0, description="the interest elsewhere that matters at all")] = 3.0
    ratio: Annotated[float, Field(gt=0, description="how many times the interest in the offer it must exceed")] = 2.0
    weights: Annotated[Interest, Field(description="what a view, a search and a cart are worth")] = Interest()

    def facts(self, ask: Ask) -> Facts:
        """Ask for the interest in the offer, and for the strongest one elsewhere."""
        offer, weights = ask.offer or Offer(""), self.weights.weights
        facts = {
            "own": Evidence(weights, offer.assortment, self.within),
            "elsewhere": InterestElsewhere(weights, offer.assortment, self.within),
            "category": CategoryElsewhere(weights, offer.assortment, self.within),
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
                    f"{span(self.within)}, against {{own:amount}} in this offer",
                    **values,
                ),
                "no stronger interest elsewhere",
            ),
        )
