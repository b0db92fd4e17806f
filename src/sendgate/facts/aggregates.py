"""How a fact is computed of the events of a subject. Null stands for none: it costs an aggregate nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import narwhals as nw

from sendgate.facts import kinds
from sendgate.facts.conditions import Conditions
from sendgate.facts.kinds import Fact, Weight
from sendgate.facts.log import SUBJECT, Excerpt
from sendgate.facts.readings import anchor_of, basis, products_of
from sendgate.model.times import FOREVER

Frame = nw.LazyFrame[Any]

_AT = nw.col("at")


def aggregated(excerpt: Excerpt, facts: Sequence[Fact]) -> Frame:
    """Compute facts for each subject of an excerpt."""
    return excerpt.told(facts).group_by(SUBJECT).agg(**{fact.key: _aggregate_of(fact, excerpt) for fact in facts})


def _aggregate_of(fact: Fact, excerpt: Excerpt) -> nw.Expr:
    """Give the aggregate; where a fact counts since something, the subject has the time of that."""
    anchor, time = anchor_of(fact), excerpt.time(fact)
    return _aggregate(basis(fact), excerpt, nw.when(time > nw.col(anchor.key)).then(time) if anchor else time)


@singledispatch
def _aggregate(fact: Fact, _excerpt: Excerpt, _time: nw.Expr) -> nw.Expr:
    raise TypeError(f"no evaluation over tables for {type(fact).__name__}")


@_aggregate.register
def _(_fact: kinds.Count | kinds.CountSince, _excerpt: Excerpt, time: nw.Expr) -> nw.Expr:
    return time.count().cast(nw.Float64)


@_aggregate.register
def _(_fact: kinds.Latest | kinds.NthLatest, _excerpt: Excerpt, time: nw.Expr) -> nw.Expr:
    return time.max()  # of the n-th latest only the first comes here, see ``ranked.ranks``


@_aggregate.register
def _(_fact: kinds.Earliest, _excerpt: Excerpt, time: nw.Expr) -> nw.Expr:
    return time.min()


@_aggregate.register
def _(_fact: kinds.Highest, _excerpt: Excerpt, time: nw.Expr) -> nw.Expr:
    return nw.when(~time.is_null()).then(nw.col("price")).max()


@_aggregate.register
def _(_fact: kinds.Spend, _excerpt: Excerpt, time: nw.Expr) -> nw.Expr:
    return nw.when(~time.is_null() & (nw.col("price") >= 0)).then(nw.col("price")).sum()


@_aggregate.register
def _(fact: kinds.Distinct, _excerpt: Excerpt, time: nw.Expr) -> nw.Expr:
    value = time if fact.of == "at" else nw.when(~time.is_null() & (nw.col(fact.of) != "")).then(nw.col(fact.of))
    nothing = nw.when(value.is_null()).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).max()  # counted as one more value
    return value.n_unique().cast(nw.Float64) - nothing


@_aggregate.register
def _(fact: kinds.Evidence, excerpt: Excerpt, time: nw.Expr) -> nw.Expr:
    value = weight(fact.weights, excerpt.condition)
    if fact.inside.products and fact.product_factor != 1:
        doubled = nw.when(nw.col(excerpt.condition.goods[products_of(fact.inside)]))
        value = value * doubled.then(nw.lit(fact.product_factor)).otherwise(nw.lit(1.0))
    return nw.when(~time.is_null()).then(value).sum()


def weight(weights: Sequence[Weight], condition: Conditions) -> nw.Expr:
    """Say what an event is worth by its kind, and by its age where that fades."""
    value: nw.Expr = nw.lit(0.0)
    for sign in weights:
        fades = sign.half_life != FOREVER
        fading = nw.lit(2.0) ** ((_AT - condition.now) / sign.half_life) if fades else nw.lit(1.0)
        value = nw.when(condition.kind(sign.kind)).then(fading * sign.weight).otherwise(value)
    return value
