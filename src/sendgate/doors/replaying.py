"""A policy over messages that were really sent, from files to numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw

from sendgate.audience.output import Columns, Kind
from sendgate.audience.past import Past, Written, open_past
from sendgate.audience.progress import Progress, quietly
from sendgate.decide.aftermath import ANSWERS, CAUSED, WHATEVER, aftermath
from sendgate.decide.tables import COLUMNS as DECISION
from sendgate.decide.tables import decide_all
from sendgate.errors import InputError
from sendgate.facts.arithmetic import as_expression, when
from sendgate.facts.tables import with_facts
from sendgate.model.enumerating import backticked
from sendgate.model.times import parse_duration
from sendgate.policy.suggestions import suggest
from sendgate.report.hindsight import Hindsight, hindsight

if TYPE_CHECKING:
    from sendgate.audience.account import Account
    from sendgate.audience.duck import DuckEngine
    from sendgate.wiring.past import PastSetting

Frame = nw.LazyFrame[Any]

COLUMNS: Columns = {
    "person": Kind.TEXT, "at": Kind.MOMENT, "campaign": Kind.TEXT, "held_out": Kind.FLAG,
    **dict.fromkeys(("outcome", "gate", "reason", "detail"), Kind.TEXT), "until": Kind.END, "offer": Kind.TEXT,
    "relevance": Kind.NUMBER, "unsubscribe_risk": Kind.NUMBER, "blocked_by": Kind.TEXT, "finished": Kind.FLAG,
    **dict.fromkeys(ANSWERS, Kind.FLAG),
}  # fmt: skip
"""The columns of the output, a row for each message."""

_COUNTED = ("outcome", "gate", "reason")
_NAMED = 5
"""Campaigns without a file that an error names."""


class Lookback(NamedTuple):
    """Which messages to look back on, and for how long after each."""

    people: Sequence[Path]
    events: Sequence[Path]
    start: float
    end: float
    window: str
    """How long after a message its outcomes count."""
    out: Path | None = None


@dataclass(frozen=True)
class Replayed:
    """What a replay found, and what it was made from."""

    hindsight: Hindsight
    account: Account
    ends: float
    """The time of the last event."""
    without_file: dict[str, int]
    """Messages of campaigns that have no file, most first; under the empty name those that name none."""
    elsewhere: int
    """Messages whose brand or channel is not that of their campaign's file."""


def replay(setting: PastSetting, lookback: Lookback, progress: Progress = quietly) -> Replayed:
    """Decide about every message of a period at its own time, and tell what followed.

    Writes a row for each message to ``lookback.out``. Raises InputError, with nothing written, where a file cannot be
    read, or no message of the period is of a campaign that has a file.
    """
    files: dict[str, Any] = {"people": lookback.people, "events": lookback.events}
    with open_past(lookback.start, lookback.end, progress=progress, **files) as past:
        names = [name for name in dict.fromkeys(each.campaign for each in past.written) if name in setting.campaigns]
        if not names:
            raise InputError(_no_campaign(past.written, setting))
        scratch, judged = past.engine.scratch(), []
        for place, name in enumerate(names, start=1):
            progress(f"deciding about {name} ({place} of {len(names)})")
            judged.append(past.engine.keep(_judged(past, setting, name, lookback, scratch)))
            scratch.clear()  # the facts of one campaign are of no use to another
        everything = nw.concat(judged)
        progress("counting what followed")
        found = hindsight(everything, past.engine)
        if lookback.out:
            progress(f"writing {lookback.out}")
            past.write(_as_written(everything), lookback.out, COLUMNS)
        return Replayed(found, past.account, past.ends, _without_file(past.written, setting), _elsewhere(past, setting))


def _judged(past: Past, setting: PastSetting, name: str, lookback: Lookback, scratch: DuckEngine) -> Frame:
    """Decide about the messages of one campaign, and add what followed."""
    window = parse_duration(lookback.window)
    plan = setting.plan(name, words=lookback.out is not None)
    tables, messages = past.tables(name, scratch), past.messages(name)
    facts = scratch.keep(with_facts(tables, plan.facts))
    told = DECISION[1:] if lookback.out else _COUNTED
    decided = decide_all(facts, plan, scratch).select("row", *told)
    after = scratch.keep(aftermath(tables, messages, setting.campaigns[name], window))
    finished = as_expression(when(nw.col("at") + window <= past.ends, 1.0, 0.0))
    rows = messages.select("row", "person", "at", "campaign", "held", finished=finished)
    return rows.join(decided, on="row", how="inner").join(after, on="row", how="inner")


def _as_written(judged: Frame) -> Frame:
    """Give numbers that mean yes or no as flags; what followed an unfinished message is not known yet."""
    flags = {"held_out": nw.col("held") == 1, "finished": nw.col("finished") == 1}
    done = nw.col("finished") == 1
    return judged.with_columns(**flags, **{name: nw.when(done).then(nw.col(name) == 1) for name in ANSWERS}).drop(
        "held", *(WHATEVER + name for name in CAUSED)
    )


def _without_file(written: Sequence[Written], setting: PastSetting) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in written:
        if each.campaign not in setting.campaigns:
            counts[each.campaign] = counts.get(each.campaign, 0) + each.sent + each.held_out
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _elsewhere(past: Past, setting: PastSetting) -> int:
    """Count messages that their events give to another brand or channel than the campaign's file."""
    count = 0
    for each in past.written:
        campaign = setting.campaigns.get(each.campaign)
        if campaign and not (each.brand in {"", campaign.brand} and each.channel in {"", campaign.channel.value}):
            count += each.sent + each.held_out
    return count


def _no_campaign(written: Sequence[Written], setting: PastSetting) -> str:
    """Say what the messages name instead."""
    named = [name for name in dict.fromkeys(each.campaign for each in written) if name]
    if not named:
        return "no message of the period names its campaign: the events need a column `campaign`"
    they_name = f"they name {backticked(named, _NAMED)}; {suggest(named[0], setting.campaigns)}"
    return f"no message of the period is of a campaign in `{setting.folder}`: {they_name}"
