"""Has the family written too often lately?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import Count, Events, Fact, Facts, NthLatest
from sendgate.facts.sentence import say
from sendgate.gate import Ask, Gate, Rule
from sendgate.model.campaigns import Campaign
from sendgate.model.decisions import Outcome
from sendgate.model.reasons import Reason
from sendgate.model.settings import Duration, Settings, seconds
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


class Cap(Settings, frozen=True):
    """At most ``limit`` messages per window."""

    limit: Annotated[int, Meta(ge=0, description="how many messages; 0 forbids them")]
    per: Annotated[Duration, Meta(description="the rolling window, such as 7d")]
    within: Annotated[Within, Meta(description="which messages count: family, brand, channel or brand_channel")] = (
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


class Frequency(Gate, frozen=True):
    """Defers to the moment at which the window frees, or drops. Off without caps."""

    name: ClassVar[str] = "frequency"

    caps: Annotated[tuple[Cap, ...], Meta(description="all caps hold at once; without any the gate is off")] = ()
    then: Annotated[Literal["defer", "drop"], Meta(description="what becomes of a message over a cap")] = "defer"

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
            events, window = cap.events(ask.campaign), seconds(cap.per)
            facts[f"count{i}"] = Count(events, window)
            if cap.limit:
                facts[f"nth{i}"] = NthLatest(events, window, n=cap.limit)
        return facts

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Apply each cap."""
        return tuple(_rule(cap, known[f"count{i}"], known.get(f"nth{i}", 0.0)) for i, cap in enumerate(self.caps))


def _rule(cap: Cap, count: Value, nth: Value) -> Rule:
    """Block at the limit; the window frees when the limit-th latest message leaves it."""
    if cap.limit == 0:
        forbidden = f"messages {_WORDS[cap.within]} are switched off"
        return Rule(Reason.FORBIDDEN, True, count, 0, forbidden, until=FOREVER)  # noqa: FBT003  a condition's value
    until = nth + seconds(cap.per)
    counted = f"{{count:message}} {_WORDS[cap.within]} in the last {span(seconds(cap.per))}, the cap is {cap.limit}"
    return Rule(
        Reason.CAP_REACHED,
        count >= cap.limit,
        count,
        cap.limit,
        say(counted + "; free again on {until:end}", count=count, until=until),
        say(counted, count=count),
        until,
    )
