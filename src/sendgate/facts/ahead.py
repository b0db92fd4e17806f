"""Facts as they will be if nothing happens meanwhile, asked for now.

A plan asks for the facts of a campaign at its own time, and knows nothing of what happens until then. Then a window of
seven days that ends in two days holds what one of five days holds now, and what fades has faded a little more. So
facts at many times are facts at one time, most of them the same, and one reading of the events gives all of them.
"""

from __future__ import annotations

from functools import singledispatch

from msgspec.structs import replace

from sendgate.facts.kinds import EventFact, Evidence, Fact, InterestElsewhere, Visible, Weight
from sendgate.model.times import FOREVER


@singledispatch
def ahead(fact: Fact, _wait: float) -> Fact:
    """Give the fact about events that tells now what another will tell in ``wait`` seconds, if nothing happens."""
    return fact


@ahead.register
def _(fact: EventFact | InterestElsewhere, wait: float) -> Fact:
    return replace(fact, within=_left(fact.within, wait))


@ahead.register
def _(fact: Evidence, wait: float) -> Fact:
    weights = tuple(_faded(weight, wait) for weight in fact.weights)
    return replace(fact, weights=weights, within=_left(fact.within, wait))


@ahead.register
def _(fact: Visible, wait: float) -> Fact:
    return Visible(ahead(fact.shared, wait), ahead(fact.own, wait))


def _left(within: float, wait: float) -> float:
    """Give what is left of a window; nothing of one that has passed."""
    return FOREVER if within == FOREVER else max(0.0, within - wait)


def _faded(weight: Weight, wait: float) -> Weight:
    if weight.half_life == FOREVER:
        return weight
    return replace(weight, weight=weight.weight * 2.0 ** (-wait / weight.half_life))
