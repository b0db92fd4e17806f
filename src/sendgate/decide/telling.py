"""What became of every message of a calendar, told once all courses have ended."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from sendgate.decide.calendar import GATE, gave_way
from sendgate.decide.later import Later
from sendgate.decide.scene import Scene
from sendgate.decide.tables import COLUMNS, OBSERVED_BY
from sendgate.decide.weighing import weighed
from sendgate.facts.arithmetic import as_expression, when
from sendgate.facts.sentence import said
from sendgate.model.decisions import Outcome
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER

Frame = nw.LazyFrame[Any]

RECORD = (*COLUMNS, OBSERVED_BY, "at", "choice", "worth", "ceiling")
"""What is told of each message in the end; ``at`` is when it was decided for the last time."""

WORDS = ("detail", "blocked_by", OBSERVED_BY)
"""What is empty where nobody reads it: it takes longer than all the rest."""


def told(  # noqa: PLR0913  whose messages, of which campaign, and how
    scene: Scene, later: Later, ended: Frame, i: int, people: Frame | None = None, *, words: bool = True
) -> Frame:
    """Tell what became of the messages of one campaign, to everybody or to some people (``person``).

    Who has no course was sent nothing.
    """
    calendar = scene.calendar
    entry = calendar.entries[i]
    rows = scene.audiences[i]
    rows = rows.join(people, on="person", how="semi") if people is not None else rows
    acting = rows.select("person", row=nw.col("person")).join(ended.drop("course"), on="person", how="left")
    acting = acting.select("row", "person", **_decided(i, entry.at), **_kept(scene, "sent"), **_kept(scene, "offer"))
    acting = acting.with_columns(**_before(scene, i))
    base = scene.outlook.at(i, rows)
    known = later.known(i, acting.drop("way"), base)
    decided = weighed(calendar.sends.applied(known, entry.plan.facts), calendar, entry, scene.engine)
    decided = decided.join(acting.select("row", "way", at=nw.col("now")), on="row", how="inner")
    told = _recorded(decided)
    return scene.engine.keep(told if words else told.with_columns(**dict.fromkeys(WORDS, nw.lit(""))).select(*RECORD))


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


def _recorded(decided: Frame) -> Frame:
    """Say of a message that would be sent and was to give way that it did."""
    gave = (nw.col("outcome") == Outcome.SEND.value) & nw.col("way")
    told = {
        "outcome": Outcome.DROP.value,
        "gate": GATE,
        "reason": Reason.GAVE_WAY.value,
        "detail": said(gave_way(nw.col("worth"))),
        "until": NEVER,
        "blocked_by": GATE,
    }
    over = {name: as_expression(when(gave, value, nw.col(name))) for name, value in told.items()}
    return decided.with_columns(**over).select(*RECORD)
