"""Facts that put events, or categories, in an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from sendgate.facts import kinds
from sendgate.facts.aggregates import weight
from sendgate.facts.arithmetic import settle
from sendgate.facts.conditions import Conditions
from sendgate.facts.kinds import Fact, Weight
from sendgate.facts.log import SUBJECT, Excerpt
from sendgate.facts.readings import basis

Frame = nw.LazyFrame[Any]

_AT = nw.col("at")


def ranks(fact: Fact) -> bool:
    """Tell whether a fact is one of these. The latest of all is found without an order."""
    asked = basis(fact)
    return isinstance(asked, kinds.InterestElsewhere) or (isinstance(asked, kinds.NthLatest) and asked.n > 1)


def ranked(excerpt: Excerpt, facts: Sequence[Fact]) -> Frame:
    """Compute facts with the same reading."""
    events = excerpt.told(facts).filter(~excerpt.time(facts[0]).is_null())
    bases = {fact.key: basis(fact) for fact in facts}
    nths = {key: fact for key, fact in bases.items() if isinstance(fact, kinds.NthLatest)}
    if nths:
        return _nth_latest(events, nths)
    elsewhere = {key: fact for key, fact in bases.items() if isinstance(fact, kinds.InterestElsewhere)}
    return _elsewhere(events, elsewhere, excerpt.condition)


def _nth_latest(events: Frame, facts: dict[str, kinds.NthLatest]) -> Frame:
    """Number the events of each subject from the latest back."""
    place = _AT.rank("ordinal", descending=True).over(SUBJECT)
    picked = events.with_columns(_place=place).filter(nw.col("_place").is_in([fact.n for fact in facts.values()]))
    told = {key: nw.when(nw.col("_place") == fact.n).then(_AT).max() for key, fact in facts.items()}
    return picked.group_by(SUBJECT).agg(**told)


def _elsewhere(events: Frame, facts: dict[str, kinds.InterestElsewhere], condition: Conditions) -> Frame:
    """Sum by category, then keep the strongest, of equals the first by name; the facts tell different things of it."""
    weights = [Weight(sign.kind, sign.weight) for sign in next(iter(facts.values())).weights]  # this does not fade
    worth = events.filter(nw.col("category") != "").with_columns(_weight=weight(weights, condition))
    sums = worth.group_by(SUBJECT, "category").agg(_weight=nw.col("_weight").sum())
    sums = sums.with_columns(_weight=settle(nw.col("_weight")))
    most = sums.with_columns(_most=nw.col("_weight").max().over(SUBJECT)).filter(nw.col("_weight") == nw.col("_most"))
    told = {
        key: nw.col("category" if isinstance(fact, kinds.CategoryElsewhere) else "_weight").min()
        for key, fact in facts.items()
    }
    return most.group_by(SUBJECT).agg(**told)
