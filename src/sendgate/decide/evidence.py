"""Deciding about everybody where facts are dear: the words for who is sent to are found for those alone.

The evidence in words needs most of the facts about goods, and few rows are sent to.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from sendgate.decide.plan import Plan
from sendgate.decide.tables import TOLD, decide_all, evidenced
from sendgate.facts.engine import Engine
from sendgate.facts.tables import More
from sendgate.model.decisions import Outcome

Frame = nw.LazyFrame[Any]


def decide_and_tell(facts: Frame, plan: Plan, engine: Engine, more: More) -> Frame:
    """Decide as ``tables.decide_all`` does, of a frame that has the facts of ``plan.wordless`` only."""
    decided = engine.keep(decide_all(facts, plan.wordless, engine))
    if not plan.words_facts:
        return decided
    sent = nw.col("outcome") == Outcome.SEND.value
    told = more(decided.filter(sent).select("row")).select(
        "row", "known", *sorted(fact.key for fact in plan.words_facts)
    )
    columns = {name: nw.col(name) for name in ("row", *TOLD)} | {"detail": evidenced(plan)}
    spoken = engine.beside(decided.filter(sent), [told], "row", shared=True).select(**columns)
    return nw.concat([decided.filter(~sent), engine.keep(spoken)], how="vertical")
