"""Can a message reach this person at all?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.facts.arithmetic import Value, when
from sendgate.facts.kinds import Attribute, CountSince, Events, Facts, Latest
from sendgate.facts.sentence import say
from sendgate.gate import Ask, Gate, Rule, Scope, Unit
from sendgate.model.campaigns import Purpose
from sendgate.model.events import PERMANENT, TRANSIENT
from sendgate.model.people import ADDRESS_OF
from sendgate.model.reasons import Reason


class Deliverability(Gate, frozen=True):
    """Drops where there is no valid address, or the address bounced or its owner complained.

    A later subscription to this brand clears a bounce or complaint, because somebody answered there.
    """

    name: ClassVar[str] = "deliverability"
    purposes: ClassVar[frozenset[Purpose]] = frozenset(Purpose)

    transient_in_a_row: Annotated[int, Meta(ge=1, description="transient bounces without a delivery between")] = 5

    def measures(self, scope: Scope) -> Unit:
        """Times of bounces; so many transient ones are a plain number."""
        return Unit.TIME

    def facts(self, ask: Ask) -> Facts:
        """Ask for the address and for what the whole family saw happen to it."""
        channels = (ask.campaign.channel.value, "")
        return {
            "address": Attribute(ADDRESS_OF[ask.campaign.channel]),
            "subscribed": Latest(Events(("subscribed",), brands=(ask.campaign.brand, ""), channels=channels)),
            "bounced": Latest(Events(("bounced",), channels=channels, details=(PERMANENT,))),
            "complained": Latest(Events(("complained",), channels=channels)),
            "transient": CountSince(
                Events(("bounced",), channels=channels, details=(TRANSIENT,)),
                since=Events(("delivered",), channels=channels),
            ),
        }

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Check the address first, then what happened to it."""
        address, subscribed = known["address"], known["subscribed"]
        bounced, complained, transient = known["bounced"], known["complained"], known["transient"]
        return (
            Rule(
                Reason.NO_ADDRESS,
                address == "",
                when(address == "", 0.0, 1.0),
                1.0,
                f"no valid address for {ask.campaign.channel}",
                f"has a valid address for {ask.campaign.channel}",
            ),
            Rule(
                Reason.BOUNCED,
                bounced > subscribed,
                bounced,
                subscribed,
                say("the address bounced for good on {at:moment}", at=bounced),
            ),
            Rule(
                Reason.COMPLAINED,
                complained > subscribed,
                complained,
                subscribed,
                say("complained about a message on {at:moment}", at=complained),
            ),
            Rule(
                Reason.SOFT_BOUNCES,
                transient >= self.transient_in_a_row,
                transient,
                self.transient_in_a_row,
                say(
                    "{n:transient bounce} in a row, the limit is {limit:text}",
                    n=transient,
                    limit=str(self.transient_in_a_row),
                ),
            ),
        )
