"""Was this said already?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import Count, EarlierInAudience, Events, Facts
from sendgate.facts.sentence import say
from sendgate.gate import Ask, Gate, Rule
from sendgate.model.reasons import Reason

EARLIER = "the person stands earlier in this audience"


class Duplicate(Gate, frozen=True):
    """Drops where the campaign was sent to this person before, or the person stands earlier in the audience."""

    name: ClassVar[str] = "duplicate"

    def facts(self, ask: Ask) -> Facts:
        """Ask for earlier sends of the campaign, by any brand, and for the place in the audience."""
        return {"sent": Count(Events(("sent",), campaign=ask.campaign.name)), "earlier": EarlierInAudience()}

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Block on either."""
        sent, earlier = known["sent"], known["earlier"]
        again = say("this campaign was sent to this person {n:time} already", n=sent)
        return (
            Rule(Reason.ALREADY_SENT, sent >= 1, sent, 1.0, again, "this campaign is new to this person"),
            Rule(Reason.EARLIER_IN_AUDIENCE, earlier >= 1, earlier, 1.0, EARLIER),
        )
