"""Would this person see that they paid too much?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.facts.arithmetic import Value, settle
from sendgate.facts.kinds import Events, Facts, Highest
from sendgate.facts.sentence import say
from sendgate.gate import PROMOTIONAL, Ask, Gate, Rule, Scope
from sendgate.model.campaigns import Purpose
from sendgate.model.categories import Assortment
from sendgate.model.reasons import Reason
from sendgate.model.settings import Duration, seconds
from sendgate.model.times import span


class PriceProtection(Gate, frozen=True):
    """Drops an offer of a product that the person lately bought for more.

    People who see a lower price after buying buy less afterwards, the best customers most of all: Anderson and
    Simester, "Price stickiness and customer antagonism", Quarterly Journal of Economics 125 (2010).
    """

    name: ClassVar[str] = "price_protection"
    scopes: ClassVar[frozenset[Scope]] = frozenset({Scope.OFFER})
    purposes: ClassVar[frozenset[Purpose]] = PROMOTIONAL

    within: Annotated[Duration, Meta(description="how long a buyer is protected")] = "60d"

    def facts(self, ask: Ask) -> Facts:
        """Ask for the highest price paid for the offer's one product."""
        if ask.offer is None or not ask.offer.product or ask.offer.price is None:
            return {}
        product = Assortment.of(products=[ask.offer.product])
        return {"paid": Highest(Events(("purchased",), inside=product), seconds(self.within))}

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Compare with the offer's price."""
        if ask.offer is None or ask.offer.price is None or "paid" not in known:
            return ()
        paid, price = known["paid"], ask.offer.price
        says = say(
            f"paid {{paid:amount}} for it within the last {span(seconds(self.within))}, the offer is {{price:amount}}",
            paid=paid,
            price=price,
        )
        return (
            Rule(Reason.PAID_MORE, settle(paid) > settle(price), paid, price, says, "did not pay more for it lately"),
        )
