"""Has this person seen this creative too often?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import CountSince, Events, Facts
from sendgate.facts.sentence import say
from sendgate.gate import Ask, Gate, Rule, Scope
from sendgate.model.reasons import Reason
from sendgate.model.settings import Duration, seconds
from sendgate.model.times import span


class Fatigue(Gate, frozen=True):
    """Drops an offer whose creative was sent again and again without an answer.

    An answer is a click, redemption or purchase in the offer's assortment, or a click or redemption of the creative.
    """

    name: ClassVar[str] = "fatigue"
    scopes: ClassVar[frozenset[Scope]] = frozenset({Scope.OFFER})

    limit: Annotated[int, Meta(ge=1, description="how many times in a row without an answer")] = 3
    within: Annotated[Duration, Meta(description="the window in which sends count")] = "90d"

    def facts(self, ask: Ask) -> Facts:
        """Ask for the sends of the creative since the latest answer."""
        if ask.offer is None or not ask.offer.creative:
            return {}
        creative, goods = ask.offer.creative, ask.offer.assortment
        about = Events(("clicked", "redeemed", "purchased"), inside=goods)
        answers = Events(("clicked", "redeemed"), creative=creative, also=about)
        sends = Events(("sent",), creative=creative, not_purposes=("transactional",))
        return {"unanswered": CountSince(sends, seconds(self.within), since=answers)}

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Block at the limit."""
        if "unanswered" not in known:
            return ()
        sent = known["unanswered"]
        words = f"this creative was sent {{sent:time}} in the last {span(seconds(self.within))} without an answer"
        return (
            Rule(
                Reason.WORN_OUT,
                sent >= self.limit,
                sent,
                self.limit,
                say(words + f", the limit is {self.limit}", sent=sent),
                say(words, sent=sent),
            ),
        )
