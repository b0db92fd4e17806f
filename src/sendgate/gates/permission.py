"""Has this person allowed this brand to write on this channel?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.facts.arithmetic import Value, not_
from sendgate.facts.kinds import Events, Facts, Latest
from sendgate.facts.sentence import say
from sendgate.gate import Ask, Gate, Rule, Scope, Unit
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER


class Basis(StrEnum):
    """What may be assumed of a person who never said anything."""

    OPT_IN = "opt_in"
    OPT_OUT = "opt_out"


class Reach(StrEnum):
    """How far an unsubscribe goes."""

    BRAND = "brand"
    FAMILY = "family"


class Permission(Gate, frozen=True):
    """Drops where the latest word of the person for this brand and channel is an unsubscribe, or there is none."""

    name: ClassVar[str] = "permission"

    basis: Annotated[
        Basis, Meta(description="opt_in: no message without a subscription; opt_out: silence is consent")
    ] = Basis.OPT_IN
    unsubscribe_reaches: Annotated[Reach, Meta(description="an unsubscribe counts for its brand or for the family")] = (
        Reach.BRAND
    )

    def measures(self, scope: Scope) -> Unit:
        """Times: the latest word, and that it is later than another."""
        return Unit.TIME

    def facts(self, ask: Ask) -> Facts:
        """Ask for the latest word in either direction; an empty brand or channel means all of them."""
        brands, channels = (ask.campaign.brand, ""), (ask.campaign.channel.value, "")
        reached = () if self.unsubscribe_reaches is Reach.FAMILY else brands
        return {
            "subscribed": Latest(Events(("subscribed",), brands=brands, channels=channels)),
            "unsubscribed": Latest(Events(("unsubscribed",), brands=reached, channels=channels)),
        }

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Let an unsubscribe win over a subscription at the same moment."""
        yes, no = known["subscribed"], known["unsubscribed"]
        said_no = (no > NEVER) & (no >= yes)
        silent = (yes == NEVER) & not_(said_no)
        passes = say("subscribed on {at:moment}", at=yes) if self.basis is Basis.OPT_IN else "has not unsubscribed"
        return (
            Rule(Reason.UNSUBSCRIBED, said_no, no, yes, say("unsubscribed on {at:moment}", at=no), passes),
            Rule(
                Reason.NO_OPT_IN,
                silent & (self.basis is Basis.OPT_IN),
                yes,
                NEVER,
                "never subscribed to this brand on this channel",
            ),
        )
