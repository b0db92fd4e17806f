"""Did this person just buy it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import Events, Fact, Facts, Latest
from sendgate.facts.sentence import say
from sendgate.gate import PROMOTIONAL, Ask, Gate, Rule, Scope, Unit
from sendgate.model.campaigns import Offer, Purpose
from sendgate.model.categories import Assortment, lies_in, normalise
from sendgate.model.reasons import Reason
from sendgate.model.settings import CategoryPath, Duration, seconds
from sendgate.model.times import NEVER, span


class JustBought(Gate, frozen=True):
    """Drops an offer for what the person bought lately, unless it is bought again and again anyway."""

    name: ClassVar[str] = "just_bought"
    scopes: ClassVar[frozenset[Scope]] = frozenset({Scope.OFFER})
    purposes: ClassVar[frozenset[Purpose]] = PROMOTIONAL

    product_within: Annotated[Duration, Meta(description="for the same product")] = "180d"
    category_within: Annotated[Duration, Meta(description="for the same category")] = "30d"
    repeatable: Annotated[
        tuple[CategoryPath, ...] | Literal["all"],
        Meta(description="category paths that people buy again and again, such as groceries; or all"),
    ] = ()

    def measures(self, scope: Scope) -> Unit:
        """Times: the purchase, and how long it counts."""
        return Unit.TIME

    def facts(self, ask: Ask) -> Facts:
        """Ask for the latest purchase of the product, and in the categories less the repeatable ones."""
        if self.repeatable == "all":
            return {}
        offer, paths = ask.offer or Offer(""), tuple(map(normalise, self.repeatable))
        outside = Assortment.of(paths) if paths else None
        facts: dict[str, Fact] = {}
        if offer.product and not _all_in(offer.assortment.categories, paths):
            product = Assortment.of(products=[offer.product])
            facts["product"] = Latest(
                Events(("purchased",), inside=product, outside=outside), seconds(self.product_within)
            )
        if offer.assortment.categories:
            categories = Assortment.of(offer.assortment.categories)
            facts["category"] = Latest(
                Events(("purchased",), inside=categories, outside=outside), seconds(self.category_within)
            )
        return facts

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Block on a purchase within the window; the windows are part of the facts."""
        rules = []
        if "product" in known:
            rules.append(_rule(Reason.SAME_PRODUCT, "this product", known["product"], seconds(self.product_within)))
        if "category" in known:
            rules.append(
                _rule(Reason.SAME_CATEGORY, "in this category", known["category"], seconds(self.category_within))
            )
        return rules


def _all_in(categories: tuple[str, ...], paths: tuple[str, ...]) -> bool:
    return bool(categories) and all(lies_in(category, frozenset(paths)) for category in categories)


def _rule(reason: Reason, what: str, at: Value, within: float) -> Rule:
    says = say(f"bought {what} on {{at:moment}}, within the last {span(within)}", at=at)
    return Rule(reason, at > NEVER, at, within, says, "not bought lately")
