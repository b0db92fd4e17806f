"""Whether an event is read, as expressions over the columns of an event and of its subject."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

import narwhals as nw

from sendgate.facts.arithmetic import any_of, as_expression
from sendgate.facts.kinds import Events
from sendgate.facts.readings import Reach, Reading, Sight
from sendgate.model.categories import Assortment
from sendgate.model.times import FOREVER

FEW = 3
"""So many conditions together are worth what they cost for every event."""

AT_ONCE = 4
"""DuckDB makes a join of a longer list of values, in front of which it computes every column of every event."""

SHARES = "_shares"
"""Column of a subject: the person shares the profile."""


def seen(sight: Sight) -> nw.Expr:
    """Tell whether a brand may see an event."""
    return nw.when(nw.col(SHARES)).then(_all(_among(sight.shared))).otherwise(_all(_among(sight.own)))


@dataclass(frozen=True)
class Conditions:
    """What conditions refer to."""

    now: nw.Expr
    goods: Mapping[Assortment, str]
    """By assortment a column that tells whether an event is in it."""
    sights: Mapping[Sight, str]
    """By sight a column that tells whether a brand may see an event."""

    def __call__(self, reading: Reading) -> nw.Expr:
        """Tell whether an event is read."""
        conditions = [self._selected(reading.events)]
        if reading.sight:
            conditions.append(nw.col(self.sights[reading.sight]))
        if reading.within != FOREVER:
            conditions.append(nw.col("at") > self.now - reading.within)
        return _all(conditions)

    def of_any(self, readings: Collection[Reading]) -> nw.Expr:
        """Tell whether any of some readings may read an event: exactly for a few, else by kind, goods and window.

        For every event each condition costs more than it saves.
        """
        if len(readings) <= FEW:
            return as_expression(any_of(*map(self, readings)))
        return as_expression(any_of(*self._roughly(Reach.of(readings))))

    def _roughly(self, reach: Reach) -> Iterator[nw.Expr]:
        if reach.always:
            yield _is_one_of("kind", sorted(reach.always))
        if reach.inside:
            yield _is_one_of("kind", sorted(reach.inside)) & any_of(
                *(nw.col(self.goods[goods]) for goods in reach.goods)
            )
        if reach.lately:
            yield _is_one_of("kind", sorted(reach.lately)) & (nw.col("at") > self.now - reach.window)

    def _selected(self, events: Events) -> nw.Expr:
        """Tell whether an event is in a selection."""
        condition = _all([_is_one_of("kind", events.kinds), *self._restrictions(events)])
        return condition | self._selected(events.also) if events.also else condition

    def _restrictions(self, events: Events) -> Iterator[nw.Expr]:
        yield from _among(events)
        if events.inside is not None:
            yield nw.col(self.goods[events.inside])
        if events.outside is not None:
            yield ~nw.col(self.goods[events.outside])
        if events.discounted:
            yield nw.col("discount") > 0


def _among(events: Events) -> Iterator[nw.Expr]:
    yield from (_is_one_of(name, values) for name, values in events.among.items())
    yield from (~_is_one_of(name, values) for name, values in events.not_among.items())


def _is_one_of(column: str, values: Sequence[str]) -> nw.Expr:
    parts = (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
    return as_expression(any_of(*(nw.col(column).is_in(list(part)) for part in parts)))


def _all(conditions: Iterable[nw.Expr]) -> nw.Expr:
    return reduce(and_, conditions, nw.lit(True))  # noqa: FBT003
