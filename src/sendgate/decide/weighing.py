"""Decisions with what a calendar weighs: the worth of each message, and whether others stand in its way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import narwhals as nw

from sendgate.decide.asked import Asked, Asks
from sendgate.decide.calendar import Calendar, Entry
from sendgate.decide.tables import Query
from sendgate.facts.arithmetic import Value, any_of, as_expression, greatest, not_, when
from sendgate.facts.engine import Engine
from sendgate.model.decisions import Outcome
from sendgate.model.times import NEVER

Frame = nw.LazyFrame[Any]

LEAN = ("row", "outcome", "until", "choice", "worth", "ceiling", "contested")
"""The columns that are enough to go on; the others only say why."""

DROPPED = -1.0
"""A ceiling below all others."""


def weighed(facts: Frame, calendar: Calendar, entry: Entry, engine: Engine) -> Frame:
    """Decide about every row of a frame of facts, and weigh: the columns of ``decide_all`` and four more.

    ``choice`` is the position of the offer that the decision speaks of, and ``worth`` what that message is worth.
    ``ceiling`` is the most that any message of the campaign may be worth to this person, whatever else is sent; DROPPED
    where something that does not depend on the calendar drops it. ``contested``: something that depends on it blocks.
    """
    query = Query(entry.plan, engine)
    worths = _worths(entry)
    moved = [asked for gate in query.gates for asked in gate.all if asked.enforced and _moved(asked, calendar)]
    dropped = _dropped(query.gates, calendar, len(worths))
    return query.staged(facts).select(
        "row",
        **query.result(),
        choice=as_expression(_spoken([float(k) for k in range(len(worths))])),
        worth=as_expression(_spoken(worths)),
        ceiling=as_expression(when(dropped, DROPPED, greatest(0.0, *worths))),
        contested=as_expression(not_(dropped) & any_of(nw.lit(value=False), *(nw.col(a.blocks) for a in moved))),
    )


def lean(facts: Frame, calendar: Calendar, entry: Entry, engine: Engine) -> Frame:
    """Give the columns of LEAN alone, by a much shorter query: what a course needs to go on."""
    query = Query(entry.plan, engine)
    enforced = [asked for gate in query.gates for asked in gate.all if asked.enforced]
    if any(asked.defers and asked.question.offer for asked in enforced):  # no gate of ours; its end is another's
        return weighed(facts, calendar, entry, engine).select(*LEAN)
    answers: dict[str, nw.Expr] = {}
    for asked in enforced:
        answers |= asked.answer()
    asked_frame = query.noted(facts).select("row", **answers, **query.ranks())
    offers = range(len(entry.plan.candidates))
    out = [_any(nw.col(a.blocks) for g in query.gates for k, a in g.offers if k == at and a.enforced) for at in offers]
    frame = asked_frame.with_columns(**{f"_out{k}": flag for k, flag in enumerate(out)})
    frame = frame.with_columns(_best=_highest_left(len(offers)), _gone=_all(f"_out{k}" for k in offers))
    person = [asked for asked in enforced if not asked.question.offer]
    drops = _any(nw.col(a.blocks) for a in person if a.question.gate.outcome is Outcome.DROP)
    defers = [asked for asked in person if asked.defers]
    worths = _worths(entry)
    dropped = _dropped(query.gates, calendar, len(worths))
    moved = [asked for asked in enforced if _moved(asked, calendar)]
    waits = _any(nw.col(asked.blocks) for asked in defers)
    outcome = when(drops | nw.col("_gone"), Outcome.DROP.value, when(waits, Outcome.DEFER.value, Outcome.SEND.value))
    until = greatest(NEVER, *(nw.col(asked.until) for asked in defers))
    chosen, worth = _best_left([float(k) for k in offers]), _best_left(worths)
    columns = {
        "outcome": outcome,
        "until": until,
        "choice": chosen,
        "worth": worth,
        "ceiling": when(dropped, DROPPED, greatest(0.0, *worths)),
        "contested": not_(dropped) & _any(nw.col(asked.blocks) for asked in moved),
    }
    return frame.select("row", **{name: as_expression(value) for name, value in columns.items()}).select(*LEAN)


def _any(flags: Iterable[nw.Expr]) -> nw.Expr:
    flag: nw.Expr = any_of(nw.lit(value=False), *flags)
    return flag


def _all(names: Iterable[str]) -> nw.Expr:
    flag: nw.Expr = reduce(lambda one, other: one & other, map(nw.col, names))
    return flag


def _highest_left(offers: int) -> nw.Expr:
    ranks = (when(nw.col(f"_out{k}"), -1.0, nw.col(f"_rank{k}")) for k in range(offers))
    return nw.max_horizontal(*map(as_expression, ranks))


def _best_left(values: Sequence[Value]) -> Value:
    """Choose by the best offer that nothing blocks; of equals the first. Where none is left, nobody asks."""
    chosen = values[-1]
    for k, value in reversed(list(enumerate(values[:-1]))):
        best = not_(nw.col(f"_out{k}")) & (nw.col(f"_rank{k}") == nw.col("_best"))
        chosen = when(best, value, chosen)
    return chosen


def _worths(entry: Entry) -> list[Value]:
    offers = entry.plan.campaign.offers
    return [as_expression(entry.worth(offer, nw.col(f"_rank{k}"))) for k, offer in enumerate(offers)]


def _moved(asked: Asked, calendar: Calendar) -> bool:
    """Tell whether an answer may change with what the calendar sends."""
    return any(calendar.sends.read_by(fact) for fact in asked.question.facts.values())


def _dropped(gates: Sequence[Asks], calendar: Calendar, offers: int) -> nw.Expr:
    """Tell whether a message is dropped whatever the calendar sends."""
    firm = [[asked for asked in gate.all if asked.enforced and not _moved(asked, calendar)] for gate in gates]
    person = [
        nw.col(asked.blocks)
        for asks in firm
        for asked in asks
        if not asked.question.offer and asked.question.gate.outcome is Outcome.DROP
    ]
    gone = nw.lit(value=True)
    for k in range(offers):
        about = [nw.col(asked.blocks) for gate, asks in zip(gates, firm, strict=True)
                 for place, asked in gate.offers if place == k and asked in asks]  # fmt: skip
        gone = gone & any_of(nw.lit(value=False), *about)
    dropped: nw.Expr = any_of(gone, *person)
    return dropped


def _spoken(values: Sequence[Value]) -> Value:
    """Choose by the offer that the decision speaks of."""
    chosen = values[-1]
    for k, value in reversed(list(enumerate(values[:-1]))):
        chosen = when(nw.col("_spoken") == k, value, chosen)
    return chosen
