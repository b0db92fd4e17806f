"""Has the family written too often lately?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import Count, Events, Fact, Facts, NthLatest
from sendgate.facts.sentence import say
from sendgate.gate import Ask, Duration, Gate, Rule
from sendgate.model.campaigns import Campaign
from sendgate.model.decisions import Outcome
from sendgate.model.reasons import Reason
from sendgate.model.times import FOREVER, span


class Within(StrEnum):
    """Over which messages a cap counts."""

    FAMILY = "family"
    BRAND = "brand"
    CHANNEL = "channel"
    BRAND_CHANNEL = "brand_channel"


_WORDS = {
    Within.FAMILY: "from the family",
    Within.BRAND: "from this brand",
    Within.CHANNEL: "on this channel",
    Within.BRAND_CHANNEL: "from this brand on this channel",
}


class Cap(BaseModel):
    """At most ``limit`` messages per window."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    limit: Annotated[int, Field(ge=0, description="how many messages; 0 forbids them")]
    per: Annotated[Duration, Field(description="the rolling window, such as 7d")]
    within: Annotated[Within, Field(description="which messages count: family, brand, channel or brand_channel")] = (
        Within.FAMILY
    )

    def events(self, campaign: Campaign) -> Events:
        """Select the messages that count; transactional ones do not."""
        by_brand = self.within in {Within.BRAND, Within.BRAND_CHANNEL}
        by_channel = self.within in {Within.CHANNEL, Within.BRAND_CHANNEL}
        return Events(
            ("sent",),
            brands=(campaign.brand,) if by_brand else (),
            channels=(campaign.channel.value,) if by_channel else (),
            not_purposes=("transactional",),
        )


class Frequency(Gate):
    """Defers to the moment at which the window frees, or drops. Off without caps."""

    name: ClassVar[str] = "frequency"

    caps: Annotated[tuple[Cap, ...], Field(description="all caps hold at once; without any the gate is off")] = ()
    then: Annotated[Literal["defer", "drop"], Field(description="what becomes of a message over a cap")] = "defer"

    @property
    def configured(self) -> bool:
        """Whether there is a cap."""
        return bool(self.caps)

    @property
    def outcome(self) -> Outcome:
        """As set."""
        return Outcome(self.then)

    def facts(self, ask: Ask) -> Facts:
        """Ask, for each cap, how many messages count and when the one was that must leave the window first."""
        facts: dict[str, Fact] = {}
        for i, cap in enumerate(self.caps):
            events = cap.events(ask.campaign)
            facts[f"count{i}"] = Count(events, cap.per)
            if cap.limit:
                facts[f"nth{i}"] = NthLatest(events, cap.per, n=cap.limit)
        return facts

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Apply each cap."""
        return tuple(_rule(cap, known[f"count{i}"], known.get(f"nth{i}", 0.0)) for i, cap in enumerate(self.caps))


def _rule(cap: Cap, count: Value, nth: Value) -> Rule:
    """Block at the limit; the window frees when the limit-th latest message leaves it."""
    if cap.limit == 0:
        forbidden = f"messages {_WORDS[cap.within]} are switched off"
        return Rule(Reason.FORBIDDEN, True, count, 0, forbidden, until=FOREVER)  # noqa: FBT003  a condition's value
    until = nth + cap.per
    counted = f"{{count:message}} {_WORDS[cap.within]} in the last {span(cap.per)}, the cap is {cap.limit}"
    return Rule(
        Reason.CAP_REACHED,
        count >= cap.limit,
        count,
        cap.limit,
        say(counted + "; free again on {until:moment}", count=count, until=until),
        say(counted, count=count),
        until,
    )
