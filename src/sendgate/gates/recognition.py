"""Would a good customer be treated like a stranger?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.facts.arithmetic import Value, one_of
from sendgate.facts.kinds import Attribute, Facts
from sendgate.facts.sentence import say
from sendgate.facts.sharing import SHARING, shares
from sendgate.gate import Ask, Gate, Rule, Scope
from sendgate.model.reasons import Reason


class Recognition(Gate, frozen=True):
    """Drops an offer that does not recognise the person's tier. Off without ``from_tier``.

    A person who withdrew sharing is not expected to be recognised, because the brand may not know the tier.
    """

    name: ClassVar[str] = "recognition"
    scopes: ClassVar[frozenset[Scope]] = frozenset({Scope.OFFER})

    from_tier: Annotated[str | None, Meta(description="the lowest tier that must be recognised")] = None

    @property
    def configured(self) -> bool:
        """Whether a tier is set."""
        return self.from_tier is not None

    def facts(self, ask: Ask) -> Facts:
        """Ask for the tier."""
        return {"tier": Attribute("tier"), **SHARING}

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Block for the tiers from ``from_tier`` up that lie below the tier which the offer recognises, or for all."""
        tiers, said = ask.family.tiers, ask.offer.recognises if ask.offer else ""
        named = tiers[tiers.index(self.from_tier) :] if self.from_tier in tiers else ()
        unseen = named[: named.index(said)] if said in named else named
        tier = known["tier"]
        return (
            Rule(
                Reason.TIER_NOT_RECOGNISED,
                one_of(tier, unseen) & shares(known),
                tier,
                said,
                say("a {tier:text} customer, and the offer does not say so", tier=tier),
                "no tier is passed over",
            ),
        )
