"""Passes over the events: facts are gathered so that each pass reads only the events that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import singledispatch
from typing import Any, TypeVar

import narwhals as nw

from sendgate.facts import kinds
from sendgate.facts.arithmetic import any_of, settle
from sendgate.facts.kinds import Events, Fact
from sendgate.facts.log import Log
from sendgate.model.categories import Assortment
from sendgate.model.times import FOREVER, NEVER

Frame = nw.LazyFrame[Any]

_AT = nw.col("at")

EVERYDAY = frozenset({"delivered", "opened", "clicked", "viewed", "searched", "carted", "visited"})
"""Kinds of which there are many; they are not read to find the rare ones."""

_AnyFact = TypeVar("_AnyFact", bound=Fact)


def passes(log: Log, facts: Sequence[Fact], keep: Callable[[Frame], Frame]) -> Iterator[tuple[Frame, Sequence[Fact]]]:
    """Give each pass as a frame with a row for each key that has such events, and the facts in its columns.

    ``keep`` computes a frame once.
    """
    for group in _alike((fact for fact in facts if _aggregates(fact)), _reads):
        frame = _narrowed(log, group).group_by(*log.keys)
        yield keep(frame.agg(**{fact.key: _aggregate(fact, log) for fact in group})), group
    ranked = [fact for fact in facts if isinstance(fact, kinds.NthLatest | kinds.InterestElsewhere)]
    if ranked:  # their windows are short, so that the few events are read once for all of them
        yield from _ranked(replace(log, events=keep(_narrowed(log, ranked))), ranked, keep)


def _narrowed(log: Log, facts: Sequence[Fact]) -> Frame:
    """Keep the events that any of some facts reads."""
    frame = log.events.filter(any_of(*(log.selected(events) for events in dict.fromkeys(map(events_of, facts)))))
    within = max(map(_within, facts))
    return frame if within == FOREVER else frame.filter(log.recent(within))


def _ranked(log: Log, facts: Sequence[Fact], keep: Callable[[Frame], Frame]) -> Iterator[tuple[Frame, Sequence[Fact]]]:
    """Give the passes that put events, or categories, in an order."""
    nths = [fact for fact in facts if isinstance(fact, kinds.NthLatest)]
    for group in _alike(nths, lambda fact: (fact.events, fact.within)):
        yield keep(_nth_latest(log, group)), group
    interests = [fact for fact in facts if isinstance(fact, kinds.InterestElsewhere)]
    for same in _alike(interests, lambda fact: tuple(vars(fact).values())):
        yield keep(_elsewhere(log, same)), same


def counts_since(log: Log, facts: Sequence[kinds.CountSince], anchors: Frame) -> Frame:
    """Count what came after the anchors: a frame with the keys and, for each ``since``, its latest event."""
    selected = any_of(*(log.selected(fact.events, fact.within) for fact in facts))
    frame = log.events.filter(selected).join(anchors, on=log.keys, how="inner")
    counts = {
        fact.key: nw.when(log.selected(fact.events, fact.within) & (_AT > nw.col(anchor_of(fact).key)))
        .then(nw.lit(1.0))
        .otherwise(nw.lit(0.0))
        .sum()
        for fact in facts
    }
    return frame.group_by(*log.keys).agg(**counts)


def anchor_of(fact: kinds.CountSince) -> Fact:
    """Give the fact that says since when is counted."""
    return kinds.Latest(fact.since)


def events_of(fact: Fact) -> Events:
    """Give the selection of a fact over events."""
    events: Events = fact.events  # type: ignore[attr-defined]
    return events


def assortments_of(fact: Fact) -> Iterator[Assortment]:
    """List the assortments that a fact over events asks about."""
    if isinstance(fact, kinds.Evidence):
        yield _products(fact.inside)
    events: Events | None = events_of(fact)
    while events is not None:
        yield from (goods for goods in (events.inside, events.outside) if goods is not None)
        events = events.also


def _products(goods: Assortment) -> Assortment:
    """Give the products of an assortment alone: an event on one of them counts for more."""
    return Assortment(products=goods.products)


def _all_kinds(events: Events) -> frozenset[str]:
    return frozenset(events.kinds) | (_all_kinds(events.also) if events.also else frozenset())


def _alike(facts: Iterable[_AnyFact], key: Any) -> list[list[_AnyFact]]:
    """Gather facts that have the same key, in order."""
    groups: dict[object, list[_AnyFact]] = {}
    for fact in facts:
        groups.setdefault(key(fact), []).append(fact)
    return list(groups.values())


def _aggregates(fact: Fact) -> bool:
    return isinstance(fact, kinds.Count | kinds.Latest | kinds.Earliest | kinds.Highest | kinds.Evidence)


def _within(fact: Fact) -> float:
    within: float = fact.within  # type: ignore[attr-defined]
    return within


def _reads(fact: Fact) -> tuple[str, bool]:
    """Say what a fact reads. An aggregate costs for every row of its pass, also for those that it leaves out."""
    events, bounded = events_of(fact), _within(fact) < FOREVER
    kinds_ = _all_kinds(events)
    if events.inside:
        return "goods", bounded
    if len(kinds_) == 1 and kinds_ <= {"sent", "purchased"}:
        return next(iter(kinds_)), bounded
    return ("everyday" if kinds_ & EVERYDAY else "rare"), bounded


@singledispatch
def _aggregate(fact: Fact, _log: Log) -> nw.Expr:
    raise TypeError(f"no evaluation over tables for {type(fact).__name__}")


@_aggregate.register
def _(fact: kinds.Count, log: Log) -> nw.Expr:
    return nw.when(log.selected(fact.events, fact.within)).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).sum()


@_aggregate.register
def _(fact: kinds.Latest, log: Log) -> nw.Expr:
    return nw.when(log.selected(fact.events, fact.within)).then(_AT).otherwise(nw.lit(NEVER)).max()


@_aggregate.register
def _(fact: kinds.Earliest, log: Log) -> nw.Expr:
    return nw.when(log.selected(fact.events, fact.within)).then(_AT).otherwise(nw.lit(FOREVER)).min()


@_aggregate.register
def _(fact: kinds.Highest, log: Log) -> nw.Expr:
    price = nw.when(log.selected(fact.events, fact.within)).then(nw.col("price"))
    return price.otherwise(nw.lit(fact.empty)).max()


@_aggregate.register
def _(fact: kinds.Evidence, log: Log) -> nw.Expr:
    weight: nw.Expr = nw.lit(0.0)
    for sign in fact.weights:
        fading = nw.lit(2.0) ** ((_AT - log.now) / sign.half_life) if sign.half_life != FOREVER else nw.lit(1.0)
        weight = nw.when(nw.col("kind") == sign.kind).then(fading * sign.weight).otherwise(weight)
    if fact.inside.products and fact.product_factor != 1:
        weight = nw.when(log.holds(_products(fact.inside))).then(weight * fact.product_factor).otherwise(weight)
    return nw.when(log.selected(fact.events, fact.within)).then(weight).otherwise(nw.lit(0.0)).sum()


def _nth_latest(log: Log, facts: Sequence[kinds.NthLatest]) -> Frame:
    """Number the events of each key from the latest back."""
    frame = log.events.filter(log.selected(facts[0].events, facts[0].within))
    place = _AT.rank("ordinal", descending=True).over(*log.keys)
    picked = frame.with_columns(_place=place).filter(nw.col("_place").is_in([fact.n for fact in facts]))
    return picked.group_by(*log.keys).agg(
        **{f.key: nw.when(nw.col("_place") == f.n).then(_AT).otherwise(nw.lit(NEVER)).max() for f in facts}
    )


def _elsewhere(log: Log, facts: Sequence[kinds.InterestElsewhere]) -> Frame:
    """Sum by category, then keep the strongest, of equals the first by name; the facts tell different things of it."""
    fact = facts[0]
    weight: nw.Expr = nw.lit(0.0)
    for sign in fact.weights:
        weight = nw.when(nw.col("kind") == sign.kind).then(nw.lit(sign.weight)).otherwise(weight)
    frame = log.events.filter(log.selected(fact.events, fact.within) & (nw.col("category") != ""))
    sums = frame.with_columns(_weight=weight).group_by(*log.keys, "category").agg(_weight=nw.col("_weight").sum())
    sums = sums.with_columns(_weight=settle(nw.col("_weight")))
    strongest = sums.with_columns(_most=nw.col("_weight").max().over(*log.keys)).filter(
        nw.col("_weight") == nw.col("_most")
    )
    told = {f.key: nw.col("category" if isinstance(f, kinds.CategoryElsewhere) else "_weight").min() for f in facts}
    return strongest.group_by(*log.keys).agg(**told)
