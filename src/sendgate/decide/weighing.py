"""Decisions with what a calendar weighs: the worth of each message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from sendgate.decide.calendar import Entry
from sendgate.decide.tables import Query
from sendgate.facts.arithmetic import Value, as_expression, when
from sendgate.facts.engine import Engine

Frame = nw.LazyFrame[Any]


def weighed(facts: Frame, entry: Entry, engine: Engine, columns: Sequence[str]) -> Frame:
    """Decide about every row of a frame of facts, and weigh.

    Gives ``row`` and some of the ``columns`` of ``decide_all``, and of two more: ``choice`` is the position of the
    offer that the decision speaks of, and ``worth`` what that message is worth.
    """
    query, worths = Query(entry.plan, engine), _worths(entry)
    told = {
        **query.result(),
        "choice": as_expression(_spoken([float(k) for k in range(len(worths))])),
        "worth": as_expression(_spoken(worths)),
    }
    return query.staged(facts).select("row", **{name: told[name] for name in columns})


def _worths(entry: Entry) -> list[Value]:
    offers = entry.plan.campaign.offers
    return [as_expression(entry.worth(offer, nw.col(f"_rank{k}"))) for k, offer in enumerate(offers)]


def _spoken(values: Sequence[Value]) -> Value:
    """Choose by the offer that the decision speaks of."""
    chosen = values[-1]
    for k, value in reversed(list(enumerate(values[:-1]))):
        chosen = when(nw.col("_spoken") == k, value, chosen)
    return chosen
