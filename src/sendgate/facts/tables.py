"""Facts over everybody, as lazy Narwhals queries.

Facts are gathered into a few passes over the events, because each pass reads only the kinds, and where facts speak of
goods only the goods, that it needs. Each pass gives a row for each person (and moment); they are joined at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import narwhals as nw

from sendgate.facts import kinds
from sendgate.facts.arithmetic import any_of, as_expression, floor, settle, when
from sendgate.facts.engine import PERSON, Tables
from sendgate.facts.kinds import Events, Fact
from sendgate.facts.profile import NUMBER
from sendgate.facts.quiet import quiet_intervals, zone_for
from sendgate.facts.sharing import SHARING, shares
from sendgate.model.categories import Assortment, lies_in
from sendgate.model.times import DAY, FOREVER, NEVER

Frame = nw.LazyFrame[Any]

FEW = 8
"""Up to so many categories are compared one by one; above, the categories that occur are classified first."""

_AT = nw.col("at")


@dataclass(frozen=True)
class _Log:
    """The events up to the decision time, with that time as an expression, and the columns that name a decision."""

    events: Frame
    now: nw.Expr
    keys: tuple[str, ...]
    goods: Mapping[Assortment, str]
    """The column that tells whether an event is in an assortment: long lists stand in the query once."""

    @classmethod
    def of(cls, tables: Tables, assortments: Iterable[Assortment]) -> _Log:
        """Cut the future off. Where every row has its own time, an event stands once for each moment of its person."""
        goods = {assortment: f"_goods{place}" for place, assortment in enumerate(dict.fromkeys(assortments))}
        classified = _classify(tables, {a.categories for a in goods if len(a.categories) > FEW})
        flags = {name: _holds(assortment, classified) for assortment, name in goods.items()}
        events = tables.events.with_columns(**flags) if flags else tables.events
        if tables.now is not None:
            return cls(events.filter(_AT <= tables.now), nw.lit(tables.now), ("person",), goods)
        moments = tables.rows.select("person", now=_AT).unique()
        events = events.join(moments, on="person", how="inner").filter(_AT <= nw.col("now"))
        return cls(events, nw.col("now"), ("person", "now"), goods)

    def matches(self, events: Events) -> nw.Expr:
        """Tell whether an event is selected."""
        conditions = [nw.col("kind").is_in(list(events.kinds)), *self._restrictions(events)]
        condition = conditions[0]
        for other in conditions[1:]:
            condition = condition & other
        return condition | self.matches(events.also) if events.also else condition

    def _restrictions(self, events: Events) -> Iterator[nw.Expr]:
        for name, values in (
            ("brand", events.brands),
            ("channel", events.channels),
            ("purpose", events.purposes),
            ("detail", events.details),
            ("campaign", (events.campaign,) if events.campaign else ()),
            ("creative", (events.creative,) if events.creative else ()),
        ):
            if values:
                yield nw.col(name).is_in(list(values))
        for name, values in (("brand", events.not_brands), ("purpose", events.not_purposes)):
            if values:
                yield ~nw.col(name).is_in(list(values))
        if events.inside is not None:
            yield self.holds(events.inside)
        if events.outside is not None:
            yield ~self.holds(events.outside)
        if events.discounted:
            yield nw.col("discount") > 0

    def holds(self, goods: Assortment) -> nw.Expr:
        """Tell whether an event is in an assortment."""
        return nw.col(self.goods[goods])


def _holds(goods: Assortment, classified: Mapping[tuple[str, ...], list[str]]) -> nw.Expr:
    """Tell whether an event is in an assortment; of long lists of categories, those that occur are known."""
    category = nw.col("category")
    if goods.categories in classified:
        flags = [category.is_in(classified[goods.categories])]
    else:
        flags = [(category == c) | category.str.starts_with(f"{c}/") for c in goods.categories]
    if goods.products:
        flags.append(nw.col("product").is_in(list(goods.products)))
    return as_expression(any_of(*flags))


def _classify(tables: Tables, lists: set[tuple[str, ...]]) -> dict[tuple[str, ...], list[str]]:
    """Find the categories that occur and lie in each long list, by the same function that judges one event."""
    if not lists:
        return {}
    occurring = [name for (name,) in tables.engine.fetch(tables.events.select("category").unique())]
    return {names: [c for c in occurring if lies_in(c, frozenset(names))] for names in lists}


def with_facts(tables: Tables, facts: Iterable[Fact]) -> Frame:
    """Give the rows with a column for each fact, named by ``Fact.key``; ``row``, ``person`` and ``known`` stay."""
    wanted = set(facts)
    basic = _basic(wanted)
    asked = [fact for fact in basic if _is_event_fact(fact)]
    log = _Log.of(tables, [goods for fact in asked for goods in _assortments(fact)])
    rows = _with_row_facts(tables, basic)
    empty: dict[str, float | str] = {}
    for part, columns in _passes(log, asked):
        rows = rows.join(part, on=list(log.keys), how="left")
        empty |= columns
    rows = rows.with_columns(**_filled(empty))
    rows = _with_counts_since(rows, log, [fact for fact in asked if isinstance(fact, kinds.CountSince)])
    shared = shares({name: nw.col(fact.key) for name, fact in SHARING.items()})
    views = {
        f.key: when(shared, nw.col(f.shared.key), nw.col(f.own.key)) for f in wanted if isinstance(f, kinds.Visible)
    }
    rows = rows.with_columns(**views) if views else rows
    return rows.select("row", "person", "known", *sorted({fact.key for fact in wanted}))


def _basic(wanted: set[Fact]) -> list[Fact]:
    """List the facts to compute: views are made of two each, and counts since something need the anchor."""
    basic: dict[Fact, None] = {}
    for fact in wanted:
        parts = (fact.shared, fact.own, *SHARING.values()) if isinstance(fact, kinds.Visible) else (fact,)
        for part in parts:
            basic[part] = None
            if isinstance(part, kinds.CountSince):
                basic[kinds.Latest(part.since)] = None
    return sorted(basic, key=lambda fact: fact.key)


def _is_event_fact(fact: Fact) -> bool:
    return isinstance(fact, kinds.EventFact | kinds.Evidence | kinds.InterestElsewhere)


def _events(fact: Fact) -> Events:
    events: Events = fact.events  # type: ignore[attr-defined]
    return events


def _assortments(fact: Fact) -> Iterator[Assortment]:
    if isinstance(fact, kinds.Evidence):
        yield _products(fact.inside)
    events: Events | None = _events(fact)
    while events is not None:
        yield from (goods for goods in (events.inside, events.outside) if goods is not None)
        events = events.also


def _products(goods: Assortment) -> Assortment:
    """Give the products of an assortment alone: an event on one of them counts for more."""
    return Assortment(products=goods.products)


def _all_kinds(events: Events) -> set[str]:
    return {*events.kinds, *(_all_kinds(events.also) if events.also else ())}


# Facts that only the row knows ------------------------------------------------------------------------------------


def _with_row_facts(tables: Tables, facts: Sequence[Fact]) -> Frame:
    """Add what the row itself says: time, place in the audience, attributes, the draw, the night."""
    rows = _with_unknown_attributes(tables.rows, facts)
    for fact in facts:
        if isinstance(fact, kinds.HashShare):
            rows = tables.engine.with_hash_share(rows, fact.key, fact.salt)
        if isinstance(fact, kinds.QuietUntil):
            rows = _with_quiet_until(tables, rows, fact)
    plain = {fact.key: expression for fact in facts if (expression := _row_fact(fact)) is not None}
    return rows.with_columns(**plain).with_columns(now=_AT)


def _with_unknown_attributes(rows: Frame, facts: Sequence[Fact]) -> Frame:
    """Add the attributes that no file has, unknown for everybody."""
    names = {PERSON + fact.name for fact in facts if isinstance(fact, kinds.Attribute)} | {f"{PERSON}timezone"}
    missing = names - set(rows.collect_schema().names())
    return rows.with_columns(**{name: nw.lit("") for name in sorted(missing)}) if missing else rows


@singledispatch
def _row_fact(_fact: Fact) -> nw.Expr | None:
    return None


@_row_fact.register
def _(_fact: kinds.Now) -> nw.Expr:
    return _AT


@_row_fact.register
def _(_fact: kinds.EarlierInAudience) -> nw.Expr:
    return nw.col("earlier")


@_row_fact.register
def _(fact: kinds.Attribute) -> nw.Expr:
    return nw.col(PERSON + fact.name)


@_row_fact.register
def _(fact: kinds.AttributeNumber) -> nw.Expr:
    text = nw.col(PERSON + fact.name)
    number = nw.when(text.str.contains(f"^{NUMBER}$")).then(text).otherwise(nw.lit(str(int(fact.empty))))
    return number.cast(nw.Float64)


def _with_quiet_until(tables: Tables, rows: Frame, fact: kinds.QuietUntil) -> Frame:
    """Join the quiet intervals of every zone and day that occur; at most four touch a day."""
    zone = PERSON + "timezone"
    days = floor(_AT / DAY)
    zones = [name for (name,) in tables.engine.fetch(rows.select(zone).unique())]
    dates = [int(day) for (day,) in tables.engine.fetch(rows.select(day=days).unique())]
    table: dict[str, list[Any]] = {"_zone": [], "_day": [], **{f"_{end}{i}": [] for i in range(4) for end in "be"}}
    for name in zones:
        for day in dates:
            intervals = quiet_intervals(day, zone_for(name, fact.assume_timezone), fact.start, fact.end)
            table["_zone"].append(name)
            table["_day"].append(float(day))
            for i, (begin, stop) in enumerate([*intervals, *[(FOREVER, NEVER)] * 4][:4]):
                table[f"_b{i}"].append(begin)
                table[f"_e{i}"].append(stop)
    nights = tables.engine.table(table)
    joined = rows.with_columns(_day=days).join(nights, left_on=[zone, "_day"], right_on=["_zone", "_day"], how="left")
    inside = [
        nw.when((nw.col(f"_b{i}") <= _AT) & (nw.col(f"_e{i}") > _AT)).then(nw.col(f"_e{i}")).otherwise(nw.lit(NEVER))
        for i in range(4)
    ]
    until = joined.with_columns(**{fact.key: nw.max_horizontal(*inside)})
    return until.drop([name for name in table if name != "_zone"])


# Passes over the events -------------------------------------------------------------------------------------------


def _passes(log: _Log, facts: Sequence[Fact]) -> Iterator[tuple[Frame, Mapping[str, float | str]]]:
    """Give each pass as a frame with a row for each key, and its columns with the value where there is no row."""
    for group in _groups(fact for fact in facts if _aggregates(fact)):
        selected = any_of(*(log.matches(events) for events in {_events(fact) for fact in group}))
        frame = log.events.filter(selected).group_by(*log.keys)
        yield frame.agg(**{f.key: _aggregate(f, log) for f in group}), {f.key: f.empty for f in group}
    nths: dict[tuple[Events, float], list[kinds.NthLatest]] = {}
    for fact in facts:
        if isinstance(fact, kinds.NthLatest):
            nths.setdefault((fact.events, fact.within), []).append(fact)
    for alike in nths.values():
        yield _nth_latest(log, alike), {f.key: f.empty for f in alike}
    interests: dict[tuple[object, ...], list[kinds.InterestElsewhere]] = {}
    for fact in facts:
        if isinstance(fact, kinds.InterestElsewhere):
            interests.setdefault(tuple(vars(fact).values()), []).append(fact)
    for same in interests.values():
        yield _elsewhere(log, same), {f.key: f.empty for f in same}


def _aggregates(fact: Fact) -> bool:
    return isinstance(fact, kinds.Count | kinds.Latest | kinds.Earliest | kinds.Highest | kinds.Evidence)


def _groups(facts: Iterable[Fact]) -> list[list[Fact]]:
    """Split facts by what they read: goods, messages, or the rest. Fewer rows to a pass beat fewer passes."""
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        events = _events(fact)
        what = "goods" if events.inside else "sent" if _all_kinds(events) == {"sent"} else "other"
        groups.setdefault(what, []).append(fact)
    return list(groups.values())


def _in_window(log: _Log, within: float) -> nw.Expr | None:
    return None if within == FOREVER else _AT > log.now - within


def _selected(log: _Log, events: Events, within: float) -> nw.Expr:
    window = _in_window(log, within)
    return log.matches(events) if window is None else log.matches(events) & window


@singledispatch
def _aggregate(fact: Fact, _log: _Log) -> nw.Expr:
    raise TypeError(f"no evaluation over tables for {type(fact).__name__}")


@_aggregate.register
def _(fact: kinds.Count, log: _Log) -> nw.Expr:
    return nw.when(_selected(log, fact.events, fact.within)).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).sum()


@_aggregate.register
def _(fact: kinds.Latest, log: _Log) -> nw.Expr:
    return nw.when(_selected(log, fact.events, fact.within)).then(_AT).otherwise(nw.lit(NEVER)).max()


@_aggregate.register
def _(fact: kinds.Earliest, log: _Log) -> nw.Expr:
    return nw.when(_selected(log, fact.events, fact.within)).then(_AT).otherwise(nw.lit(FOREVER)).min()


@_aggregate.register
def _(fact: kinds.Highest, log: _Log) -> nw.Expr:
    price = nw.when(_selected(log, fact.events, fact.within)).then(nw.col("price"))
    return price.otherwise(nw.lit(fact.empty)).max()


@_aggregate.register
def _(fact: kinds.Evidence, log: _Log) -> nw.Expr:
    weight: nw.Expr = nw.lit(0.0)
    for sign in fact.weights:
        fading = nw.lit(2.0) ** ((_AT - log.now) / sign.half_life) if sign.half_life != FOREVER else nw.lit(1.0)
        weight = nw.when(nw.col("kind") == sign.kind).then(fading * sign.weight).otherwise(weight)
    if fact.inside.products and fact.product_factor != 1:
        weight = nw.when(log.holds(_products(fact.inside))).then(weight * fact.product_factor).otherwise(weight)
    return nw.when(_selected(log, fact.events, fact.within)).then(weight).otherwise(nw.lit(0.0)).sum()


def _nth_latest(log: _Log, facts: Sequence[kinds.NthLatest]) -> Frame:
    """Number the events of each key from the latest back."""
    frame = log.events.filter(_selected(log, facts[0].events, facts[0].within))
    place = _AT.rank("ordinal", descending=True).over(*log.keys)
    picked = frame.with_columns(_place=place).filter(nw.col("_place").is_in([fact.n for fact in facts]))
    return picked.group_by(*log.keys).agg(
        **{f.key: nw.when(nw.col("_place") == f.n).then(_AT).otherwise(nw.lit(NEVER)).max() for f in facts}
    )


def _elsewhere(log: _Log, facts: Sequence[kinds.InterestElsewhere]) -> Frame:
    """Sum by category, then keep the strongest, of equals the first by name; the facts tell different things of it."""
    fact = facts[0]
    weight: nw.Expr = nw.lit(0.0)
    for sign in fact.weights:
        weight = nw.when(nw.col("kind") == sign.kind).then(nw.lit(sign.weight)).otherwise(weight)
    frame = log.events.filter(_selected(log, fact.events, fact.within) & (nw.col("category") != ""))
    sums = frame.with_columns(_weight=weight).group_by(*log.keys, "category").agg(_weight=nw.col("_weight").sum())
    sums = sums.with_columns(_weight=settle(nw.col("_weight")))
    strongest = sums.with_columns(_most=nw.col("_weight").max().over(*log.keys)).filter(
        nw.col("_weight") == nw.col("_most")
    )
    told = {f.key: nw.col("category" if isinstance(f, kinds.CategoryElsewhere) else "_weight").min() for f in facts}
    return strongest.group_by(*log.keys).agg(**told)


def _with_counts_since(rows: Frame, log: _Log, facts: Sequence[kinds.CountSince]) -> Frame:
    """Count what came after the anchors, which earlier passes have found."""
    if not facts:
        return rows
    anchors = {fact: kinds.Latest(fact.since).key for fact in facts}
    keyed = rows.select(*log.keys, *sorted(set(anchors.values()))).unique()
    selected = any_of(*(log.matches(events) for events in {fact.events for fact in facts}))
    frame = log.events.filter(selected).join(keyed, on=list(log.keys), how="inner")
    counts = {
        fact.key: nw.when(_selected(log, fact.events, fact.within) & (_AT > nw.col(anchor)))
        .then(nw.lit(1.0))
        .otherwise(nw.lit(0.0))
        .sum()
        for fact, anchor in anchors.items()
    }
    rows = rows.join(frame.group_by(*log.keys).agg(**counts), on=list(log.keys), how="left")
    return rows.with_columns(**_filled(dict.fromkeys(counts, 0.0)))


def _filled(empty: Mapping[str, float | str]) -> dict[str, nw.Expr]:
    """Put an explicit value where a person has no such events."""
    return {name: nw.coalesce(nw.col(name), nw.lit(value)) for name, value in empty.items()}
