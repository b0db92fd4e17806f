"""Passes over the events: facts are gathered so that each pass reads only the events that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import singledispatch
from typing import Any, TypeVar

import narwhals as nw
from msgspec.structs import astuple

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

FEW_SELECTIONS = 3
"""More conditions than these cost more for every event than they save."""

_AnyFact = TypeVar("_AnyFact", bound=Fact)


def passes(log: Log, facts: Sequence[Fact], keep: Callable[[Frame], Frame]) -> Iterator[tuple[Frame, Sequence[Fact]]]:
    """Give each pass as a frame with a row for each key that has such events, and the facts in its columns.

    ``keep`` computes a frame once.
    """
    for group in _alike((fact for fact in facts if _aggregates(fact)), _reads):
        yield keep(_aggregated(log, group)), group
    ranked = [fact for fact in facts if isinstance(fact, kinds.NthLatest | kinds.InterestElsewhere)]
    if ranked:  # their windows are short, so that the few events are read once for all of them
        yield from _ranked(replace(log, events=keep(narrowed(log, ranked))), ranked, keep)


def _aggregated(log: Log, facts: Sequence[Fact]) -> Frame:
    """Compute facts by grouping; a selection that several of them read is evaluated once."""
    selections = dict.fromkeys((events_of(fact), _within(fact)) for fact in facts)
    flags = {selection: f"_selected{place}" for place, selection in enumerate(selections)}
    frame = narrowed(log, facts).with_columns(**{name: log.selected(*selection) for selection, name in flags.items()})
    counted = {fact.key: _aggregate(fact, log, nw.col(flags[events_of(fact), _within(fact)])) for fact in facts}
    return frame.group_by(*log.keys).agg(**counted)


def narrowed(log: Log, facts: Sequence[Fact]) -> Frame:
    """Keep the events that any of some facts may read: exactly for a few facts, else by kind, window, brand, goods."""
    selections = list(dict.fromkeys(map(events_of, facts)))
    frame = log.events.filter(nw.col("kind").is_in(sorted(frozenset().union(*map(_all_kinds, selections)))))
    if (within := max(map(_within, facts))) != FOREVER:
        frame = frame.filter(log.recent(within))
    brands = {() if events.also else events.brands for events in selections}
    if len(brands) == 1 and (common := next(iter(brands))):
        frame = frame.filter(nw.col("brand").is_in(list(common)))
    if len(selections) <= FEW_SELECTIONS:
        return frame.filter(any_of(*map(log.selected, selections)))
    goods = [events.inside for events in selections if events.inside is not None and not events.also]
    return frame.filter(any_of(*map(log.holds, dict.fromkeys(goods)))) if len(goods) == len(selections) else frame


def _ranked(log: Log, facts: Sequence[Fact], keep: Callable[[Frame], Frame]) -> Iterator[tuple[Frame, Sequence[Fact]]]:
    """Give the passes that put events, or categories, in an order."""
    nths = [fact for fact in facts if isinstance(fact, kinds.NthLatest)]
    for group in _alike(nths, lambda fact: (fact.events, fact.within)):
        yield keep(_nth_latest(log, group)), group
    interests = [fact for fact in facts if isinstance(fact, kinds.InterestElsewhere)]
    for same in _alike(interests, astuple):
        yield keep(_elsewhere(log, same)), same


def counts_since(log: Log, facts: Sequence[kinds.Count | kinds.CountSince], anchors: Frame) -> Frame:
    """Count messages, in all or after an anchor: a frame with the keys and, for each ``since``, its latest event."""
    frame = narrowed(log, facts).join(anchors, on=log.keys, how="inner")
    counts = {fact.key: nw.when(_counted(log, fact)).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).sum() for fact in facts}
    return frame.group_by(*log.keys).agg(**counts)


def counts_messages(fact: kinds.Count) -> bool:
    """Tell whether what is counted is messages, which is done along with the counts since something."""
    return _all_kinds(fact.events) == {"sent"}


def _counted(log: Log, fact: kinds.Count | kinds.CountSince) -> nw.Expr:
    selected = log.selected(fact.events, fact.within)
    return selected & (_AT > nw.col(anchor_of(fact).key)) if isinstance(fact, kinds.CountSince) else selected


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
        return "goods", False  # finding the goods costs more than the events before the windows
    if len(kinds_) == 1 and kinds_ <= {"sent", "purchased"}:
        return next(iter(kinds_)), bounded
    return ("everyday" if kinds_ & EVERYDAY else "rare"), bounded


@singledispatch
def _aggregate(fact: Fact, _log: Log, _selected: nw.Expr) -> nw.Expr:
    raise TypeError(f"no evaluation over tables for {type(fact).__name__}")


@_aggregate.register
def _(_fact: kinds.Count, _log: Log, selected: nw.Expr) -> nw.Expr:
    return nw.when(selected).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).sum()


@_aggregate.register
def _(_fact: kinds.Latest, _log: Log, selected: nw.Expr) -> nw.Expr:
    return nw.when(selected).then(_AT).otherwise(nw.lit(NEVER)).max()


@_aggregate.register
def _(_fact: kinds.Earliest, _log: Log, selected: nw.Expr) -> nw.Expr:
    return nw.when(selected).then(_AT).otherwise(nw.lit(FOREVER)).min()


@_aggregate.register
def _(fact: kinds.Highest, _log: Log, selected: nw.Expr) -> nw.Expr:
    price = nw.when(selected).then(nw.col("price"))
    return price.otherwise(nw.lit(fact.empty)).max()


@_aggregate.register
def _(fact: kinds.Evidence, log: Log, selected: nw.Expr) -> nw.Expr:
    weight: nw.Expr = nw.lit(0.0)
    for sign in fact.weights:
        fading = nw.lit(2.0) ** ((_AT - log.now) / sign.half_life) if sign.half_life != FOREVER else nw.lit(1.0)
        weight = nw.when(nw.col("kind") == sign.kind).then(fading * sign.weight).otherwise(weight)
    if fact.inside.products and fact.product_factor != 1:
        weight = nw.when(log.holds(_products(fact.inside))).then(weight * fact.product_factor).otherwise(weight)
    return nw.when(selected).then(weight).otherwise(nw.lit(0.0)).sum()


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
