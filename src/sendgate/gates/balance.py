"""Does the family ask more than it gives?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.facts.arithmetic import Value, greatest
from sendgate.facts.kinds import Count, CountSince, Events, Fact, Facts
from sendgate.facts.sentence import say
from sendgate.gate import PROMOTIONAL, Ask, Gate, Rule
from sendgate.model.campaigns import Purpose
from sendgate.model.reasons import Reason
from sendgate.model.settings import Positive
from sendgate.model.times import DAY

_ASKS = Events(("sent",), purposes=("promotional",))
_GIVES = Events(("sent",), purposes=("relationship",))
_ANSWERS = Events(("opened", "clicked", "visited", "purchased"))


class Balance(Gate, frozen=True):
    """Drops a promotion where earlier ones went unanswered, or where asking far outweighs giving."""

    name: ClassVar[str] = "balance"
    purposes: ClassVar[frozenset[Purpose]] = PROMOTIONAL

    unanswered: Annotated[int, Meta(ge=1, description="promotions since the last open, click, visit or purchase")] = 6
    asks_per_give: Annotated[
        Positive | None, Meta(description="promotions for each relationship message within 90 days; off if absent")
    ] = None

    def facts(self, ask: Ask) -> Facts:
        """Ask for the promotions since the latest answer, in the whole family."""
        facts: dict[str, Fact] = {"unanswered": CountSince(_ASKS, since=_ANSWERS)}
        if self.asks_per_give is not None:
            facts |= {"asks": Count(_ASKS, 90 * DAY), "gives": Count(_GIVES, 90 * DAY)}
        return facts

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Block at the limit of unanswered promotions, or above the ratio (a first gift is taken as given)."""
        unanswered = known["unanswered"]
        words = "{n:promotion} since the last open, click, visit or purchase"
        rules = [
            Rule(
                Reason.UNANSWERED,
                unanswered >= self.unanswered,
                unanswered,
                self.unanswered,
                say(words + f", the limit is {self.unanswered}", n=unanswered),
                say(words, n=unanswered),
            )
        ]
        if self.asks_per_give is not None:
            asks, gives = known["asks"], known["gives"]
            most = greatest(gives, 1) * self.asks_per_give
            says = say("{asks:promotion} against {gives:gift} in the last 90 days", asks=asks, gives=gives)
            rules.append(Rule(Reason.MORE_ASKS_THAN_GIFTS, asks > most, asks, most, says))
        return rules
