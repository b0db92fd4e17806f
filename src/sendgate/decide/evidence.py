"""Deciding about everybody where facts are dear: the words for who is sent to are found for those alone.

The evidence in words needs most of the facts about goods, and few rows are sent to.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from sendgate.decide.plan import Plan
from sendgate.decide.tables import decide_all, evidenced
from sendgate.facts.engine import Engine
from sendgate.facts.tables import More
from sendgate.model.decisions import Outcome

Frame = nw.LazyFrame[Any]


def decide_and_tell(facts: Frame, plan: Plan, engine: Engine, more: More | None) -> Frame:
    """Decide as ``tables.decide_all`` does, once, of a frame that has the facts of ``plan.wordless`` only.

    ``more`` finds the others; None: the frame has them all.
    """
    if more is None:
        return engine.keep(decide_all(facts, plan, engine))
    decided = engine.keep(decide_all(facts, plan.wordless, engine))
    if not plan.words_facts:
        return decided
    sent = decided.filter(nw.col("outcome") == Outcome.SEND.value)
    known = more(sent.select("row")).select("row", "known", *sorted(fact.key for fact in plan.words_facts))
    spoken = engine.beside(sent.select("row", "offer"), [known], "row", shared=True)
    words = engine.keep(spoken.select("row", _words=evidenced(plan)))
    # Joined and not put below the others: rows stay in order, and what is in order is quickly written in order.
    told = engine.beside(decided, [words], "row")
    return told.with_columns(detail=nw.coalesce(nw.col("_words"), nw.col("detail"))).drop("_words")
