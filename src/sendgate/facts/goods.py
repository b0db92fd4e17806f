"""Whether an event is in an assortment, as columns of flags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from sendgate.facts.arithmetic import any_of, as_expression
from sendgate.facts.engine import Tables
from sendgate.model.categories import Assortment, lies_in

Frame = nw.LazyFrame[Any]
_List = tuple[str, tuple[str, ...]]
"""A column, and the values of it that are listed."""

FEW = 8
"""Up to so many categories or products are compared one by one; longer lists become small tables."""


@dataclass(frozen=True)
class Goods:
    """The assortments of a run, with a table for each long list: literals would cost seconds in every pass."""

    tables: Mapping[_List, Frame]

    @classmethod
    def of(cls, tables: Tables, assortments: Iterable[Assortment]) -> Goods:
        """Make the tables."""
        lists = sorted({listed for goods in assortments for listed in _long_lists(goods)})
        return cls({listed: _table(tables, *listed) for listed in lists})

    def flagged(self, events: Frame, assortments: Iterable[Assortment]) -> tuple[Frame, Mapping[Assortment, str]]:
        """Add a column for each of some assortments; gives their names as well."""
        names = {goods: f"_goods{place}" for place, goods in enumerate(dict.fromkeys(assortments))}
        flags: dict[_List, str] = {}
        for listed in dict.fromkeys(listed for goods in names for listed in _long_lists(goods)):
            flags[listed] = f"_listed{len(flags)}"
            table = self.tables[listed].rename({"_listed": flags[listed]})
            events = events.join(table, on=listed[0], how="left")
        columns = {name: _holds(goods, flags) for goods, name in names.items()}
        return (events.with_columns(**columns) if columns else events), names


def _long_lists(goods: Assortment) -> list[_List]:
    lists = (("category", goods.categories), ("product", goods.products))
    return [(column, names) for column, names in lists if len(names) > FEW]


def _table(tables: Tables, column: str, names: tuple[str, ...]) -> Frame:
    """List values of a column with a flag, 1.0."""
    values = list(names) if column == "product" else _within(tables, names)
    # A value that nothing has keeps the column one of text where no category that occurs is listed.
    return tables.engine.table({column: values or [names[0]], "_listed": [1.0] * max(1, len(values))})


def _within(tables: Tables, names: tuple[str, ...]) -> list[str]:
    """Find the categories that occur and lie in a list, by the same function that judges one event."""
    occurring = [category for (category,) in tables.engine.fetch(tables.events.select("category").unique())]
    return [category for category in occurring if lies_in(category, frozenset(names))]


def _holds(goods: Assortment, lists: Mapping[_List, str]) -> nw.Expr:
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
