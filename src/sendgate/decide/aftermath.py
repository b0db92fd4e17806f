"""What happened after messages that were really sent.

These are outcomes and never facts: a decision about a message sees only what came before it.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from sendgate.facts.arithmetic import as_expression, when
from sendgate.facts.engine import Tables
from sendgate.facts.goods import Goods
from sendgate.model.campaigns import Campaign
from sendgate.model.categories import Assortment

Frame = nw.LazyFrame[Any]

ANSWERS = ("opened", "clicked", "redeemed", "purchased", "unsubscribed", "complained")
"""What may come of a message."""

CAUSED = ("redeemed", "purchased", "unsubscribed", "complained")
"""What may happen to those as well who got no message."""

WHATEVER = "whatever_"
"""Prefix of outcomes that count whichever campaign the event names: nobody can answer a message that was held back."""


def goods_of(campaign: Campaign) -> Assortment:
    """Give what a purchase must be of: the campaign's category, or else all that its offers speak of.

    Empty where neither says anything: any purchase counts.
    """
    if campaign.category:
        return Assortment.of([campaign.category])
    goods = [offer.assortment for offer in campaign.offers]
    if any(each.empty for each in goods):
        return Assortment()
    return Assortment.of([c for each in goods for c in each.categories], [p for each in goods for p in each.products])


def aftermath(tables: Tables, messages: Frame, campaign: Campaign, window: float) -> Frame:
    """Tell of each message what followed within a window (seconds): ``row``, and 1.0 or 0.0 for each outcome.

    An event counts that came later than the message and no later than the end of its window. One that names a campaign
    counts for messages of that campaign alone; one that names a brand or channel for those of that brand or channel.
    Purchases count by what was bought (``goods_of``), whichever campaign or brand they name. The columns are ANSWERS,
    and CAUSED behind WHATEVER, for which the campaign that an event names does not matter.

    ``messages`` has ``row``, ``person``, ``at``, ``campaign``, ``brand`` and ``channel``; one that names no brand or
    channel is of the campaign's.
    """
    events = _bought(tables, campaign).select(
        "person", "kind", "_wanted", _then=nw.col("at"), _of=nw.col("campaign"), _brand=nw.col("brand"),
        _channel=nw.col("channel"),
    )  # fmt: skip
    at, then = nw.col("at"), nw.col("_then")
    own = {name: _or_else(name, of) for name, of in (("brand", campaign.brand), ("channel", campaign.channel.value))}
    followed = (
        messages.with_columns(**own).join(events, on="person", how="inner").filter((then > at) & (then <= at + window))
    )
    told = followed.group_by("row").agg(**{name: _flag(sign).max() for name, sign in _signs().items()})
    quiet = {name: nw.col(name).fill_null(0.0) for name in _signs()}
    return messages.select("row").join(told, on="row", how="left").with_columns(**quiet)


def _bought(tables: Tables, campaign: Campaign) -> Frame:
    """Give the events that may be outcomes, with a flag for those about the right goods."""
    goods = goods_of(campaign)
    events = tables.events.filter(nw.col("kind").is_in(list(ANSWERS)))
    if goods.empty:
        return events.with_columns(_wanted=nw.lit(value=True))
    events, names = Goods.of(tables, [goods]).flagged(events, [goods])
    return events.with_columns(_wanted=nw.col(names[goods]))


def _signs() -> dict[str, nw.Expr]:
    """Say for each outcome whether an event is one, for the message beside it."""
    here = _same("_brand", "brand") & _same("_channel", "channel")
    own = here & _same("_of", "campaign")
    kind = nw.col("kind")
    bought = (kind == "purchased") & nw.col("_wanted")
    signs = {name: bought if name == "purchased" else (kind == name) & own for name in ANSWERS}
    return signs | {WHATEVER + name: bought if name == "purchased" else (kind == name) & here for name in CAUSED}


def _same(named: str, column: str) -> nw.Expr:
    """Tell whether an event names what the message is of; it may leave it open."""
    return (nw.col(named) == "") | (nw.col(named) == nw.col(column))


def _or_else(column: str, otherwise: str) -> nw.Expr:
    return as_expression(when(nw.col(column) == "", otherwise, nw.col(column)))


def _flag(sign: nw.Expr) -> nw.Expr:
    return as_expression(when(sign, 1.0, 0.0))
