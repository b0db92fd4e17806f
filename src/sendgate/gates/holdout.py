"""Is this person kept out, so that the effect of writing can be measured?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import Facts, HashShare
from sendgate.gate import Ask, Gate, Rule
from sendgate.model.reasons import Reason
from sendgate.model.settings import Share


class Holdout(Gate, frozen=True):
    """Drops a stable share of the people as a control group. Off without ``share``."""

    name: ClassVar[str] = "holdout"

    share: Annotated[Share | None, Meta(description="the part kept as control group, 0 to 1")] = None
    salt: Annotated[str, Meta(description="another salt draws another control group")] = "sendgate"

    @property
    def configured(self) -> bool:
        """Whether a share is set."""
        return self.share is not None

    def facts(self, ask: Ask) -> Facts:
        """Ask for the person's place in the draw."""
        return {"place": HashShare(self.salt)}

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Block the lowest places."""
        place, share = known["place"], self.share or 0.0
        kept = f"kept as control group, {share * 100:g} % of the people"
        return (Rule(Reason.CONTROL_GROUP, place < share, place, share, kept, "not in the control group"),)
