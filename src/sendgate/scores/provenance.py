"""Where a card comes from, and how well it did: what a reader needs to judge how far to trust it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from sendgate.model.settings import Settings, Share


class Provenance(Settings, frozen=True, omit_defaults=True):
    """What a card was made from. It is for reading; no decision about a person rests on it.

    But a gate refuses a card of another ``outcome`` than it needs, and what stands in ``warnings`` is told again.
    """

    source: Annotated[str, Meta(description="what the points rest on")] = ""
    trust: Annotated[str, Meta(description="how far the card can be trusted, and where not")] = ""
    outcome: Annotated[str, Meta(description="what counted as the outcome")] = ""
    window: Annotated[str, Meta(description="how long after a message the outcome was looked for")] = ""
    since: Annotated[str, Meta(description="the first message that it was learnt from")] = ""
    until: Annotated[str, Meta(description="the last message that it was learnt from")] = ""
    calibrated_until: Annotated[str, Meta(description="the last message that it was calibrated on")] = ""
    rows: Annotated[int | None, Meta(description="messages that it was learnt from")] = None
    outcomes: Annotated[int | None, Meta(description="how many of them had the outcome")] = None
    base_rate: Annotated[Share | None, Meta(description="the share of messages with the outcome")] = None
    model: Annotated[str, Meta(description="how the points were found")] = ""
    made_on: Annotated[str, Meta(description="the day on which it was made")] = ""
    sendgate: Annotated[str, Meta(description="the version that made it")] = ""
    warnings: Annotated[
        tuple[str, ...],
        Meta(description="what its makers were warned of, such as a leak: why it is not to be relied on as it is"),
    ] = ()
    metrics: Annotated[
        dict[str, float] | None, Meta(description="how it did on messages later than those it learnt from")
    ] = None
