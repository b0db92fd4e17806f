"""What became of every message of a calendar, told once all courses have ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from sendgate.decide.calendar import GATE, gave_way
from sendgate.decide.later import Later
from sendgate.decide.scene import NUMBER, Scene, together
from sendgate.decide.tables import COLUMNS, OBSERVED_BY
from sendgate.decide.weighing import weighed
from sendgate.facts.arithmetic import Value, as_expression, when
from sendgate.facts.sentence import said
from sendgate.model.decisions import Outcome
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER

Frame = nw.LazyFrame[Any]

_ENDS = 2.0
"""Of each person."""

RECORD = (*COLUMNS, OBSERVED_BY, "at", "choice", "worth")
"""What is told of each message in the end; ``at`` is when it was decided for the last time."""

BRIEF = ("person", "outcome", "gate", "reason", "detail", "at", "worth")
"""What is counted. ``detail`` is empty: sentences take longer than all the rest."""

RUN = "run"
"""Which of several ends of a person a record tells of."""


def told(scene: Scene, later: Later, ends: Sequence[Frame], i: int, *, words: bool) -> Frame:
    """Tell what became of the messages of one campaign: RECORD, or without words BRIEF, and RUN.

    ``ends`` are courses (``crowd.Found.ended``): the first of everybody whom a message might have reached; who is not
    among them is dropped by every campaign at its own time. Others, each with a number of its own as RUN, are of some.
    """
    entry = scene.calendar.entries[i]
    rows = scene.engine.beside(scene.audiences[i], [scene.people], "person", shared=True)
    acting = together([_acting(scene, i, rows, ended, run) for run, ended in enumerate(ends)])
    acting = scene.engine.keep(acting.with_columns(**_before(scene, i)))
    known = later.known(i, acting.drop("way", RUN), scene.base(i))
    columns = [name for name in (RECORD if words else BRIEF) if name not in {"at", *([] if words else ["detail"])}]
    decided = weighed(scene.calendar.sends.applied(known, entry.plan.facts), entry, scene.engine, columns)
    decided = scene.engine.beside(decided, [acting.select("row", "way", RUN, at=nw.col("now"))], "row", shared=True)
    return scene.engine.keep(_recorded(decided, words=words))


def _acting(scene: Scene, i: int, rows: Frame, ended: Frame, run: int) -> Frame:
    """Say of each row when it was decided, and what had been sent before."""
    row = nw.col(NUMBER).cast(nw.Float64) * _ENDS + float(run)
    acting = scene.engine.beside(rows.select("person", row=row), [ended], "person", shared=run > 0)
    acting = acting.select(
        "row", "person", **_decided(i, scene.calendar.entries[i].at), **_kept(scene, "sent"), **_kept(scene, "offer")
    )
    return acting.with_columns(**{RUN: nw.lit(float(run))})


def _kept(scene: Scene, kind: str) -> dict[str, nw.Expr]:
    nothing = nw.lit(NEVER if kind == "sent" else -1.0)
    places = range(len(scene.calendar.entries))
    return {f"{kind}{k}": nw.coalesce(nw.col(f"{kind}{k}"), nothing) for k in places}


def _decided(i: int, own: float) -> dict[str, nw.Expr]:
    """Say when a message was decided: at its campaign's time, unless it waited; and whether it was to give way."""
    at = nw.coalesce(nw.col(f"at{i}"), nw.lit(NEVER))
    way = nw.coalesce(nw.col(f"way{i}"), nw.lit(value=False))
    return {"now": as_expression(when(at > NEVER, at, own)), "way": way}


def _before(scene: Scene, i: int) -> dict[str, nw.Expr]:
    """Leave what was sent later; at the same time the first of the calendar is the first."""
    told = {}
    for k in range(len(scene.calendar.entries)):
        sent, now = nw.col(f"sent{k}"), nw.col("now")
        told[f"sent{k}"] = as_expression(when(sent <= now if k < i else sent < now, sent, NEVER))
    return told


def _recorded(decided: Frame, *, words: bool) -> Frame:
    """Say of a message that would be sent and was to give way that it did."""
    gave = (nw.col("outcome") == Outcome.SEND.value) & nw.col("way")
    told: dict[str, Value] = {"outcome": Outcome.DROP.value, "gate": GATE, "reason": Reason.GAVE_WAY.value}
    if not words:
        over = {name: as_expression(when(gave, value, nw.col(name))) for name, value in told.items()}
        return decided.with_columns(**over, detail=nw.lit("")).select(*BRIEF, RUN)
    told |= {"detail": said(gave_way(nw.col("worth"))), "until": NEVER, "blocked_by": GATE}
    over = {name: as_expression(when(gave, value, nw.col(name))) for name, value in told.items()}
    return decided.with_columns(**over).select(*RECORD, RUN)
