"""Two policies over the same audience, from files to numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sendgate.audience.output import Columns, Kind
from sendgate.audience.progress import Progress, quietly
from sendgate.doors.facts_at_hand import Lists, Reuse, at_hand
from sendgate.report.moves import AFTER, BEFORE, TOLD, Comparison, compare, side_by_side

if TYPE_CHECKING:
    from sendgate.audience.account import Account
    from sendgate.wiring.settings import Setting

COLUMNS: Columns = {
    "person": Kind.TEXT,
    "moved": Kind.FLAG,
    **{side + name: Kind.END if name == "until" else Kind.TEXT for side in (BEFORE, AFTER) for name in TOLD},
}
"""The columns of the output, behind the audience's own."""


@dataclass(frozen=True)
class Compared:
    """What a comparison found, and what it was made from."""

    comparison: Comparison
    account: Account
    own_times: bool
    """Rows were decided each at its own time."""
    reuse: Reuse | None


def compare_settings(
    before: Setting,
    after: Setting,
    lists: Lists,
    now: float,
    *,
    out: Path | None = None,
    facts: Path | None = None,
    samples: int = 5,
    progress: Progress = quietly,
) -> Compared:
    """Decide about every row of an audience under both; facts that both need are computed once.

    Writes both decisions of every row to ``out``. ``now`` (epoch seconds) is the decision time of rows without one of
    their own. Raises InputError, with nothing written, where a file cannot be read.
    """
    with at_hand(before.plan.facts | after.plan.facts, lists, now, facts, progress) as (run, frame, reuse, _):
        progress("deciding twice")
        found = compare(frame, before.plan, after.plan, run.engine, samples)
        if out:
            progress(f"writing {out}")
            run.write(side_by_side(frame, before.plan, after.plan, run.engine), out, COLUMNS)
        return Compared(found, run.account, run.own_times, reuse)
