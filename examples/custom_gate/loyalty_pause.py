"""Has this person just redeemed a reward?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.facts.arithmetic import Value, not_, one_of
from sendgate.facts.kinds import Attribute, Events, Facts, Latest, Now
from sendgate.facts.sentence import say
from sendgate.gate import PROMOTIONAL, Ask, Gate, Rule, Scope, Unit
from sendgate.model.campaigns import Purpose
from sendgate.model.decisions import Outcome
from sendgate.model.reasons import Reason
from sendgate.model.settings import Duration, seconds
from sendgate.model.times import span


class LoyaltyPause(Gate, frozen=True):
    """Defers promotions for some days after a reward was redeemed: a gift is spoilt by a pitch that follows it."""

    name: ClassVar[str] = "loyalty_pause"
    purposes: ClassVar[frozenset[Purpose]] = PROMOTIONAL

    lasts: Annotated[Duration, Meta(description="how long the peace lasts")] = "14d"
    not_for: Annotated[tuple[str, ...], Meta(description="tiers that have no pause")] = ()

    @property
    def outcome(self) -> Outcome:
        """It only ever waits."""
        return Outcome.DEFER

    def measures(self, scope: Scope) -> Unit:
        """Times: the reward, and how long the pause is; so people read a day and not seconds."""
        return Unit.TIME

    def facts(self, ask: Ask) -> Facts:
        """Ask for the latest reward in the whole family, and for the tier."""
        return {"redeemed": Latest(Events(("redeemed",))), "tier": Attribute("tier"), "now": Now()}

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Block until the pause is over. ``&`` and ``not_``, because this runs on numbers and on columns."""
        lasts, redeemed = seconds(self.lasts), known["redeemed"]
        until = redeemed + lasts
        says = say(
            f"redeemed a reward on {{at:moment}}; a promotion waits {span(lasts)}, until {{until:end}}",
            at=redeemed,
            until=until,
        )
        pausing = (until > known["now"]) & not_(one_of(known["tier"], self.not_for))
        return (Rule(Reason.CUSTOM, pausing, redeemed, lasts, says, "no reward was redeemed lately", until),)
