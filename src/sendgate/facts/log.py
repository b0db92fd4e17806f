"""The events that a run of facts reads: up to the decision time, with flags for the goods in question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from sendgate.facts.arithmetic import any_of, as_expression
from sendgate.facts.engine import Tables
from sendgate.facts.kinds import Events
from sendgate.model.categories import Assortment, lies_in
from sendgate.model.times import FOREVER

Frame = nw.LazyFrame[Any]

FEW = 8
"""Up to so many categories or products are compared one by one; longer lists become small tables."""

_AT = nw.col("at")


@dataclass(frozen=True)
class Log:
    """The events up to the decision time, with that time as an expression, and the columns that name a decision."""

    events: Frame
    now: nw.Expr
    keys: list[str]
    subjects: Frame
    """The keys, each once: whom, and where rows have times of their own when, a decision is about."""
    goods: Mapping[Assortment, str]
    """The column that tells whether an event is in an assortment."""

    @classmethod
    def of(cls, tables: Tables, assortments: Iterable[Assortment]) -> Log:
        """Cut the future off. Where every row has its own time, an event stands once for each moment of its person."""
        goods = {assortment: f"_goods{place}" for place, assortment in enumerate(dict.fromkeys(assortments))}
        events = _flagged(tables, goods)
        if tables.now is not None:
            subjects = tables.engine.keep(tables.rows.select("person").unique())
            return cls(events.filter(_AT <= tables.now), nw.lit(tables.now), ["person"], subjects, goods)
        moments = tables.engine.keep(tables.rows.select("person", now=_AT).unique())
        events = events.join(moments, on="person", how="inner").filter(_AT <= nw.col("now"))
        return cls(events, nw.col("now"), ["person", "now"], moments, goods)

    def selected(self, events: Events, within: float = FOREVER) -> nw.Expr:
        """Tell whether an event is selected, and lies in the window."""
        conditions = [nw.col("kind").is_in(list(events.kinds)), *self._restrictions(events)]
        condition = conditions[0]
        for other in conditions[1:]:
            condition = condition & other
        if events.also:
            condition = condition | self.selected(events.also)
        return condition if within == FOREVER else condition & self.recent(within)

    def recent(self, within: float) -> nw.Expr:
        """Tell whether an event lies in the window."""
        return _AT > self.now - within

    def holds(self, goods: Assortment) -> nw.Expr:
        """Tell whether an event is in an assortment."""
        return nw.col(self.goods[goods])

    def _restrictions(self, events: Events) -> Iterator[nw.Expr]:
        yield from (nw.col(name).is_in(list(values)) for name, values in events.among.items())
        yield from (~nw.col(name).is_in(list(values)) for name, values in events.not_among.items())
        if events.inside is not None:
            yield self.holds(events.inside)
        if events.outside is not None:
            yield ~self.holds(events.outside)
        if events.discounted:
            yield nw.col("discount") > 0


_Lists = Mapping[tuple[str, tuple[str, ...]], str]
"""The flag (1.0, else null) of each long list, by column and list."""


def _flagged(tables: Tables, goods: Mapping[Assortment, str]) -> Frame:
    """Add a column for each assortment; long lists are joined, because literals cost seconds in every pass."""
    events, lists = tables.events, {}
    for place, (column, names) in enumerate(sorted(_long_lists(goods))):
        flag = f"_listed{place}"
        values = list(names) if column == "product" else _within(tables, names)
        # A value that nothing has keeps the column one of text where no category that occurs is listed.
        table = tables.engine.table({column: values or [names[0]], flag: [1.0] * max(1, len(values))})
        events = events.join(table, on=column, how="left")
        lists[column, names] = flag
    flags = {name: _holds(assortment, lists) for assortment, name in goods.items()}
    return events.with_columns(**flags) if flags else events


def _long_lists(goods: Iterable[Assortment]) -> set[tuple[str, tuple[str, ...]]]:
    goods = list(goods)
    long = {("category", a.categories) for a in goods if len(a.categories) > FEW}
    return long | {("product", a.products) for a in goods if len(a.products) > FEW}


def _within(tables: Tables, names: tuple[str, ...]) -> list[str]:
    """Find the categories that occur and lie in a list, by the same function that judges one event."""
    occurring = [category for (category,) in tables.engine.fetch(tables.events.select("category").unique())]
    return [category for category in occurring if lies_in(category, frozenset(names))]


def _holds(goods: Assortment, lists: _Lists) -> nw.Expr:
    """Tell whether an event is in an assortment."""
    category, product = nw.col("category"), nw.col("product")
    if flag := lists.get(("category", goods.categories)):
        flags = [~nw.col(flag).is_null()]
    else:
        flags = [(category == c) | category.str.starts_with(f"{c}/") for c in goods.categories]
    if flag := lists.get(("product", goods.products)):
        flags.append(~nw.col(flag).is_null())
    elif goods.products:
        flags.append(product.is_in(list(goods.products)))
    return as_expression(any_of(*flags))
