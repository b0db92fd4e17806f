"""What a replay says in words, wherever it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sendgate.decide.aftermath import ANSWERS
from sendgate.facts.sentence import moment_text
from sendgate.model.decisions import Outcome
from sendgate.model.enumerating import first_of
from sendgate.report.hindsight import WHOLE, Hindsight
from sendgate.report.phrases import listed

WORDS: Mapping[Outcome, str] = {Outcome.SEND: "kept", Outcome.DEFER: "deferred", Outcome.DROP: "dropped"}
"""What the policy would have done with a message that was sent."""
_NAMED = 5
"""Campaigns without a file that are named."""

CANNOT_SHOW = (
    (
        "dropped less kept is no effect of the policy: nobody saw what would have happened without the messages, and "
        "they went to different people. Only a control group tells cause"
    ),
    "a message that would have been deferred might have done better, or worse, at its later time",
    (
        "each message is judged after those that were really sent: had earlier ones been dropped, caps would have left "
        "room for later ones, and more would have been kept than is told here"
    ),
    "an unsubscribe that names no campaign counts for every message in whose window it lies",
)
"""What the comparison of dropped and kept messages rests on, and what it does not say."""
OF_CONTROL = (
    (
        "those held out count as they were meant to be treated, and only in campaigns that held somebody out: it shows "
        "cause as far as chance alone decided who was held out"
    ),
)


class About(NamedTuple):
    """What was replayed."""

    policy: str
    folder: str
    start: float
    end: float
    window: str
    ends: float
    """The time of the last event."""
    without_file: Mapping[str, int]
    elsewhere: int
    chance: bool
    """The policy has a control group, which was not asked for."""

    @property
    def heading(self) -> str:
        """Say what was replayed."""
        period = f"sent from {moment_text(self.start)} until just before {moment_text(self.end)}"
        return f"{period}, under {self.policy}; data until {moment_text(self.ends)}"


def verdict(found: Hindsight) -> str:
    """Say in a sentence what the policy would have done."""
    told = found.outcomes()
    parts = [f"{told[each]:,} {WORDS[each]} ({told[each] / max(1, found.messages):.0%})" for each in Outcome]
    return f"Of {found.messages:,} messages that were sent, {', '.join(parts[:-1])} and {parts[-1]}"


def notes(about: About, found: Hindsight) -> list[str]:
    """Say what was left out, a sentence each."""
    left = []
    if unnamed := about.without_file.get("", 0):
        left.append(f"messages that name no campaign, not judged: {unnamed:,}")
    others = {name: count for name, count in about.without_file.items() if name}
    if others:
        named = first_of((f"{name} ({count:,})" for name, count in others.items()), _NAMED)
        left.append(f"messages of campaigns without a file, not judged: {sum(others.values()):,}: {named}")
    if about.elsewhere:
        left.append(f"messages of another brand or channel than their campaign's file: {about.elsewhere:,}")
    unfinished = sum(heap.messages - heap.finished for heap in found.heaps)
    if unfinished:
        left.append(f"messages younger than {about.window} at the end of the data, not in the rates: {unfinished:,}")
    never = [name for name in ANSWERS if name not in found.seen]
    if found.finished and never:
        left.append(f"no message was followed by {listed(never)}: see whether the data has such events")
    if found.control and (apart := found.control[WHOLE].left_out):
        left.append(f"messages of campaigns that held nobody out, not beside the control group: {apart:,}")
    if about.chance:
        left.append("gate `holdout` was not asked: chance says nothing about a message")
    return left


def cautions(found: Hindsight) -> tuple[str, ...]:
    """Say what cannot be concluded."""
    return (*CANNOT_SHOW, *(OF_CONTROL if found.control else ()))


def campaigns(found: Hindsight) -> list[tuple[str, dict[Outcome, int]]]:
    """Count messages by campaign and outcome, most messages first."""
    counts: dict[str, dict[Outcome, int]] = {}
    for heap in found.by_campaign():
        counts.setdefault(heap.campaign, dict.fromkeys(Outcome, 0))[heap.outcome] = heap.messages
    return sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))


def thousand(share: float, *, signed: bool = False) -> str:
    """Write a share as messages of 1,000, with three digits where there are as many: ``188``, ``10.2``, ``0.29``."""
    return _written(1000 * share, 3, signed=signed)


def between(low: float, high: float, *, signed: bool = False) -> str:
    """Write the ends of an interval, of 1,000, with two digits: ``5.4-19``."""
    dash = "\N{HORIZONTAL ELLIPSIS}" if signed else "\N{EN DASH}"
    return f"{_written(1000 * low, 2, signed=signed)}{dash}{_written(1000 * high, 2, signed=signed)}"


def _written(value: float, digits: int, *, signed: bool) -> str:
    size = 1 if abs(value) < 1 else len(str(int(abs(value))))
    decimals = 2 if abs(value) < 1 else max(0, digits - size)
    return f"{value:+,.{decimals}f}" if signed else f"{value:,.{decimals}f}"
