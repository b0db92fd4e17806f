"""One setting in many values, from files to a curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sendgate.audience.progress import Progress, quietly
from sendgate.decide.tuning import Tally, tallies
from sendgate.doors.facts_at_hand import Lists, Reuse, at_hand

if TYPE_CHECKING:
    from sendgate.audience.account import Account
    from sendgate.wiring.settings import Setting


@dataclass(frozen=True)
class Tuned:
    """The tallies of a run, and what they were made from."""

    in_force: Tally
    tallies: tuple[Tally, ...]
    account: Account
    own_times: bool
    reuse: Reuse | None


def tune(
    in_force: Setting,
    settings: Sequence[Setting],
    lists: Lists,
    now: float,
    *,
    outcome: str = "",
    facts: Path | None = None,
    progress: Progress = quietly,
) -> Tuned:
    """Add up what each setting would send of an audience; facts that several of them need are computed once.

    ``outcome`` names a column of the audience. Raises InputError where a file cannot be read, or has no such column.
    """
    plans = [setting.plan for setting in (in_force, *settings)]
    wanted = frozenset().union(*(plan.facts for plan in plans))
    with at_hand(wanted, lists, now, facts, progress) as (run, frame, reuse, _):
        results = run.results(outcome) if outcome else None
        progress(f"deciding under {len(settings)} settings")
        first, *others = tallies(frame, plans, run.engine, results)
        return Tuned(first, tuple(others), run.account, run.own_times, reuse)
