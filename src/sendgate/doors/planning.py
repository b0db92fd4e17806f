"""A plan of several campaigns, from files to numbers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from sendgate.audience.output import DECISION, Columns, Kind
from sendgate.audience.progress import Progress, quietly
from sendgate.audience.several import Audiences, open_audiences
from sendgate.decide.arbitration import Planned, planned
from sendgate.decide.crowd import Bounds
from sendgate.decide.few import FEW, number_of_people, planned_one_by_one, with_words
from sendgate.decide.scene import Scene
from sendgate.facts.arithmetic import as_expression, when
from sendgate.gates.duplicate import EARLIER, Duplicate
from sendgate.model.decisions import Outcome
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER, UNKNOWN
from sendgate.report.agenda import Agenda, agenda

if TYPE_CHECKING:
    from sendgate.audience.account import Account
    from sendgate.decide.calendar import Calendar
    from sendgate.wiring.settings import PlanSetting

Frame = nw.LazyFrame[Any]

COLUMNS: Columns = {
    "campaign": Kind.TEXT,
    "planned_at": Kind.MOMENT,
    "decided_at": Kind.END,
    **DECISION,
    "worth": Kind.NUMBER,
    "first_outcome": Kind.TEXT,
}
"""The columns of the output, behind the audience's own."""


PROCESSES = 4
"""In which people walk, if there are so many cores; more would wait for what tables tell."""


@dataclass(frozen=True)
class PlanRun:
    """What a plan comes to, and what it was made from."""

    agenda: Agenda
    account: Account


def plan_campaigns(
    setting: PlanSetting,
    people: Sequence[Path],
    events: Sequence[Path],
    now: float,
    *,
    best: bool,
    out: Path | None = None,
    samples: int = 5,
    progress: Progress = quietly,
) -> PlanRun:
    """Decide about every message of a plan, from what is known at ``now`` (epoch seconds); with ``best``, choose.

    Writes a row for each row of each audience to ``out``. Raises InputError, with nothing written, where a file cannot
    be read or a gate asks for what a plan cannot foresee.
    """
    lists = [slot.audience for slot in setting.schedule.slots]
    calendar = setting.calendar
    for entry in calendar.entries:
        calendar.needs(entry)
    with open_audiences(lists, now=now, people=people, events=events, progress=progress) as audiences:
        progress(f"deciding about {len(lists)} campaigns")
        rows = [audiences.rows(number) for number in range(len(lists))]
        firsts = [frame.filter(nw.col("earlier") == 0) for frame in rows]
        known = audiences.events.filter(nw.col("at") <= now)
        scene = Scene(calendar, firsts, known, audiences.engine)
        if number_of_people(scene) <= FEW:
            plan = planned_one_by_one(scene, best=best, progress=progress)
        else:
            bounds = Bounds(processes=min(os.cpu_count() or 1, PROCESSES))
            # The evidence of every send is worth its time only where it is written.
            told = scene if out else replace(scene, calendar=calendar.wordless())
            plan = planned(told, best=best, bounds=bounds, words=bool(out), progress=progress)
            plan = with_words(scene, plan, samples)
        progress("counting")
        found = agenda(audiences.engine, calendar, plan, rows, samples)
        if out:
            progress(f"writing {out}")
            _write(audiences, calendar, plan, rows, out)
        return PlanRun(found, audiences.account)


def _write(audiences: Audiences, calendar: Calendar, plan: Planned, rows: Sequence[Frame], out: Path) -> None:
    records = []
    for i, entry in enumerate(calendar.entries):
        chosen = (plan.best or plan.first)[i]
        before = plan.first[i].select("person", first_outcome=nw.col("outcome"))
        told = chosen.join(before, on="person", how="inner").drop("choice")
        frame = rows[i].select("row", "person", "earlier").join(told, on="person", how="inner")
        frame = frame.with_columns(campaign=nw.lit(entry.name), planned_at=nw.lit(entry.at), decided_at=nw.col("at"))
        records.append(frame.with_columns(**_repeated()).select("row", *COLUMNS))
    audiences.write(records, out, COLUMNS)


def _repeated() -> dict[str, nw.Expr]:
    """Say of a row that repeats a person of the same list that it is none of its own."""
    told = {
        "outcome": Outcome.DROP.value,
        "gate": Duplicate.name,
        "reason": Reason.EARLIER_IN_AUDIENCE.value,
        "detail": EARLIER,
        "until": NEVER,
        "blocked_by": Duplicate.name,
        "worth": UNKNOWN,
        "first_outcome": Outcome.DROP.value,
    }
    again = nw.col("earlier") > 0
    return {name: as_expression(when(again, value, nw.col(name))) for name, value in told.items()}
