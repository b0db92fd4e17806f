"""Sums over people for the shares of some arms, in one query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw

from sendgate.facts.arithmetic import as_expression, when
from sendgate.report.rates import Cross, Difference, Rate, Sums, difference, rate

if TYPE_CHECKING:
    from sendgate.facts.engine import Engine

Frame = nw.LazyFrame[Any]


class Arm(NamedTuple):
    """Messages that are looked at together."""

    member: nw.Expr
    """Whether a message is one of them."""
    weight: nw.Expr | float = 1.0


class Sides(NamedTuple):
    """Two arms that are compared: the first less the second."""

    one: str
    other: str


@dataclass(frozen=True)
class Compared:
    """Shares of arms, by arm and by outcome, and their differences."""

    rates: Mapping[str, Mapping[str, Rate | None]]
    differences: Mapping[Sides, Mapping[str, Difference | None]]


def compared(
    messages: Frame, arms: Mapping[str, Arm], outcomes: Mapping[str, str | None], pairs: Sequence[Sides], engine: Engine
) -> Compared:
    """Estimate the share of messages with each outcome, in each arm, and the differences of pairs of arms.

    ``messages``: a row each, with ``person`` and a column of 1.0 or 0.0 for each outcome, under its own name or the one
    given for it.
    """
    totals = _totals(_by_person(messages, arms, outcomes), arms, outcomes, pairs, engine)
    sums = {(arm, name): _sums(totals, arm, name) for arm in arms for name in outcomes}
    return Compared(
        {arm: {name: rate(sums[arm, name]) for name in outcomes} for arm in arms},
        {
            pair: {
                name: difference(sums[pair.one, name], sums[pair.other, name], _cross(totals, pair, name))
                for name in outcomes
            }
            for pair in pairs
        },
    )


def _by_person(messages: Frame, arms: Mapping[str, Arm], outcomes: Mapping[str, str | None]) -> Frame:
    """Add up weights and hits of each person: ``w_ARM``, ``y_ARM_OUTCOME``, and counts without weights."""
    columns: dict[str, nw.Expr] = {}
    for arm, (member, weight) in arms.items():
        columns[f"m_{arm}"] = as_expression(when(member, 1.0, 0.0))
        columns[f"w_{arm}"] = as_expression(when(member, weight, 0.0))
    frame, sums = messages.with_columns(**columns), {name: nw.col(name).sum() for name in columns}
    for arm in arms:
        sums[f"k_{arm}"] = (nw.col(f"w_{arm}") * nw.col(f"w_{arm}")).sum()
        for name, column in outcomes.items():
            sums[f"h_{arm}_{name}"] = (nw.col(f"m_{arm}") * nw.col(column or name)).sum()
            sums[f"y_{arm}_{name}"] = (nw.col(f"w_{arm}") * nw.col(column or name)).sum()
    return frame.group_by("person").agg(**sums)


def _totals(
    people: Frame,
    arms: Mapping[str, Arm],
    outcomes: Mapping[str, str | None],
    pairs: Sequence[Sides],
    engine: Engine,
) -> dict[str, float]:
    """Add up over people what the formulas of ``rates`` need; 0 where there is nobody."""
    wanted: dict[str, nw.Expr] = {}

    def add(name: str, *factors: str) -> None:
        product = nw.col(factors[0]) if len(factors) == 1 else nw.col(factors[0]) * nw.col(factors[1])
        wanted[name] = product.sum()

    for arm in arms:
        wanted[f"people_{arm}"] = as_expression(when(nw.col(f"m_{arm}") > 0, 1.0, 0.0)).sum()
        for name in (f"m_{arm}", f"w_{arm}", f"k_{arm}"):
            add(name, name)
        add(f"ww_{arm}", f"w_{arm}", f"w_{arm}")
        for name in outcomes:
            hits = f"y_{arm}_{name}"
            add(f"h_{arm}_{name}", f"h_{arm}_{name}")
            add(hits, hits)
            add(f"yy_{arm}_{name}", hits, hits)
            add(f"yw_{arm}_{name}", hits, f"w_{arm}")
    for one, other in pairs:
        add(f"ww_{one}_{other}", f"w_{one}", f"w_{other}")
        for name in outcomes:
            add(f"yy_{one}_{other}_{name}", f"y_{one}_{name}", f"y_{other}_{name}")
            add(f"yw_{one}_{other}_{name}", f"y_{one}_{name}", f"w_{other}")
            add(f"wy_{one}_{other}_{name}", f"w_{one}", f"y_{other}_{name}")
    (row,) = engine.fetch(people.select(**wanted))
    return {name: float(value or 0.0) for name, value in zip(wanted, row, strict=True)}


def _sums(totals: Mapping[str, float], arm: str, name: str) -> Sums:
    return Sums(
        int(totals[f"people_{arm}"]),
        int(totals[f"m_{arm}"]),
        int(totals[f"h_{arm}_{name}"]),
        totals[f"w_{arm}"],
        totals[f"k_{arm}"],
        totals[f"ww_{arm}"],
        totals[f"y_{arm}_{name}"],
        totals[f"yy_{arm}_{name}"],
        totals[f"yw_{arm}_{name}"],
    )


def _cross(totals: Mapping[str, float], pair: Sides, name: str) -> Cross:
    between = f"{pair.one}_{pair.other}"
    return Cross(
        totals[f"ww_{between}"],
        totals[f"yy_{between}_{name}"],
        totals[f"yw_{between}_{name}"],
        totals[f"wy_{between}_{name}"],
    )
