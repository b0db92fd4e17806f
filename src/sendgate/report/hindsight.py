"""What a policy would have done with messages that were really sent, in numbers, beside what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw

from sendgate.decide.aftermath import ANSWERS, CAUSED, WHATEVER
from sendgate.model.decisions import Outcome
from sendgate.report.arms import Arm, Sides, compared
from sendgate.report.rates import Difference, Rate

if TYPE_CHECKING:
    from sendgate.facts.engine import Engine

Frame = nw.LazyFrame[Any]

WHOLE = "all"
"""The name of the comparison of everybody, whatever the policy says."""


class Heap(NamedTuple):
    """Messages of one campaign about which the policy says the same."""

    campaign: str
    outcome: Outcome
    gate: str
    reason: str
    held_out: bool
    messages: int
    finished: int
    """Those whose window the data covers."""
    hits: tuple[int, ...]
    """Of the finished ones, for each of ANSWERS those with at least one such event."""

    def per_thousand(self, answer: str) -> float | None:
        """Give the finished messages with such an event, of 1,000; None where none is finished."""
        return 1000 * self.hits[ANSWERS.index(answer)] / self.finished if self.finished else None


@dataclass(frozen=True)
class Caused:
    """Those written to against those held out, of the messages about which the policy says the same."""

    sent: int
    held_out: int
    left_out: int
    """Finished messages of campaigns that have no control group here."""
    sent_rates: Mapping[str, Rate | None]
    held_out_rates: Mapping[str, Rate | None]
    differences: Mapping[str, Difference | None]

    @property
    def seen(self) -> list[str]:
        """The outcomes of CAUSED that followed any of the messages."""
        sides = (self.sent_rates, self.held_out_rates)
        return [name for name in CAUSED if any((rate := side[name]) and rate.hits for side in sides)]


@dataclass(frozen=True)
class Hindsight:
    """A policy over the messages of a period."""

    heaps: tuple[Heap, ...]
    """Those sent and those held out, most messages first."""
    rates: Mapping[Outcome, Mapping[str, Rate | None]]
    """Of messages that were sent and whose window the data covers."""
    differences: Mapping[str, Difference | None]
    """Those that would have been dropped less those that would have been kept."""
    control: Mapping[str, Caused]
    """By outcome, and WHOLE; empty where nobody was held out."""

    @property
    def sent(self) -> tuple[Heap, ...]:
        """The messages that were really sent."""
        return tuple(heap for heap in self.heaps if not heap.held_out)

    @property
    def messages(self) -> int:
        """How many messages were really sent, and decided about."""
        return sum(heap.messages for heap in self.sent)

    @property
    def finished(self) -> int:
        """For how many of them it is known what followed."""
        return sum(heap.finished for heap in self.sent)

    @property
    def held_out(self) -> int:
        """How many messages were kept back from a control group."""
        return sum(heap.messages for heap in self.heaps if heap.held_out)

    def outcomes(self) -> Mapping[Outcome, int]:
        """Count the messages by what the policy would have done."""
        return {outcome: sum(heap.messages for heap in self.sent if heap.outcome is outcome) for outcome in Outcome}

    @property
    def seen(self) -> list[str]:
        """The outcomes of ANSWERS that followed any of the messages."""
        return [name for place, name in enumerate(ANSWERS) if any(heap.hits[place] for heap in self.sent)]

    def by_reason(self) -> list[Heap]:
        """Gather what would not have gone by its reason, most messages first."""
        stopped = [heap for heap in self.sent if heap.outcome is not Outcome.SEND]
        return _gathered(stopped, lambda heap: heap._replace(campaign=""))

    def by_campaign(self) -> list[Heap]:
        """Gather by campaign and outcome, most messages first."""
        return _gathered(self.sent, lambda heap: heap._replace(gate="", reason=""))


def _gathered(heaps: Sequence[Heap], key: Callable[[Heap], Heap]) -> list[Heap]:
    """Put heaps together that are alike but for their numbers."""
    groups: dict[Heap, list[Heap]] = {}
    for heap in heaps:
        groups.setdefault(key(heap)._replace(messages=0, finished=0, hits=()), []).append(heap)
    return sorted((_sum(key_, group) for key_, group in groups.items()), key=lambda heap: -heap.messages)


def _sum(key: Heap, group: Sequence[Heap]) -> Heap:
    hits = tuple(map(sum, zip(*(heap.hits for heap in group), strict=True)))
    return key._replace(
        messages=sum(heap.messages for heap in group), finished=sum(heap.finished for heap in group), hits=hits
    )


def hindsight(judged: Frame, engine: Engine) -> Hindsight:
    """Count decisions about messages, and estimate what became of them.

    ``judged``: ``row``, ``person``, ``campaign``, ``held`` and ``finished`` (1.0 or 0.0), ``outcome``, ``gate``,
    ``reason``, and the columns of ``decide.aftermath``.
    """
    heaps = _heaps(judged, engine)
    finished = judged.filter(nw.col("finished") == 1.0)
    sent = finished.filter(nw.col("held") == 0.0)
    arms = {outcome.value: Arm(nw.col("outcome") == outcome.value) for outcome in Outcome}
    pair = Sides(Outcome.DROP.value, Outcome.SEND.value)
    found = compared(sent, arms, dict.fromkeys(ANSWERS), [pair], engine)
    return Hindsight(
        heaps,
        {outcome: found.rates[outcome.value] for outcome in Outcome},
        found.differences[pair],
        _control(finished, heaps, engine) if any(heap.held_out and heap.finished for heap in heaps) else {},
    )


def _heaps(judged: Frame, engine: Engine) -> tuple[Heap, ...]:
    keys = ("campaign", "outcome", "gate", "reason", "held")
    hits = {f"_{name}": (nw.col(name) * nw.col("finished")).sum() for name in ANSWERS}
    frame = judged.group_by(*keys).agg(_messages=nw.len(), _finished=nw.col("finished").sum(), **hits)
    rows = engine.fetch(frame.select(*keys, "_messages", "_finished", *hits))
    found = (
        Heap(campaign, Outcome(outcome), gate, reason, held == 1, int(messages), int(done), tuple(map(int, counts)))
        for campaign, outcome, gate, reason, held, messages, done, *counts in rows
    )
    return tuple(sorted(found, key=lambda heap: (-heap.messages, heap[:5])))


# The control group ------------------------------------------------------------------------------------------------


def _control(finished: Frame, heaps: Sequence[Heap], engine: Engine) -> Mapping[str, Caused]:
    """Compare those written to with those held out, campaign by campaign.

    The control group is weighed as the messages that were sent are spread over campaigns: else a campaign with a large
    control group would be compared with one that has a small one. A campaign without is left out.
    """
    sides = (WHOLE, *(outcome.value for outcome in Outcome))
    frame = finished.join(_weights(heaps, sides, engine), on=["campaign", "outcome", "held"], how="left")
    arms: dict[str, Arm] = {}
    for side in sides:
        for arm, held in (("sent", 0.0), ("held", 1.0)):
            weight = nw.col(f"_{side}")
            arms[f"{arm}_{side}"] = Arm((weight > 0) & (nw.col("held") == held), weight)
    pairs = {side: Sides(f"sent_{side}", f"held_{side}") for side in sides}
    found = compared(frame, arms, {name: WHATEVER + name for name in CAUSED}, list(pairs.values()), engine)
    return {side: _caused(side, heaps, found.rates, found.differences[pair]) for side, pair in pairs.items()}


def _caused(
    side: str,
    heaps: Sequence[Heap],
    rates: Mapping[str, Mapping[str, Rate | None]],
    differences: Mapping[str, Difference | None],
) -> Caused:
    sent, held = _counts(heaps, side, held_out=False), _counts(heaps, side, held_out=True)
    both = [campaign for campaign in sent if sent[campaign] and held.get(campaign)]
    here, there = (sum(counts[campaign] for campaign in both) for counts in (sent, held))
    left_out = sum(sent.values()) + sum(held.values()) - here - there
    return Caused(here, there, left_out, rates[f"sent_{side}"], rates[f"held_{side}"], differences)


def _counts(heaps: Sequence[Heap], side: str, *, held_out: bool) -> dict[str, int]:
    """Count finished messages by campaign."""
    counts: dict[str, int] = {}
    for heap in heaps:
        if heap.held_out is held_out and side in {WHOLE, heap.outcome.value}:
            counts[heap.campaign] = counts.get(heap.campaign, 0) + heap.finished
    return counts


def _weights(heaps: Sequence[Heap], sides: Sequence[str], engine: Engine) -> Frame:
    """Make a table of the weight of a message in each comparison, by campaign, outcome and whether it was held out."""
    keys = sorted({(heap.campaign, heap.outcome.value, float(heap.held_out)) for heap in heaps})
    columns: dict[str, list[Any]] = {
        "campaign": [key[0] for key in keys], "outcome": [key[1] for key in keys], "held": [key[2] for key in keys],
    }  # fmt: skip
    for side in sides:
        sent, held = _counts(heaps, side, held_out=False), _counts(heaps, side, held_out=True)
        columns[f"_{side}"] = [
            _weight(sent.get(campaign, 0), held.get(campaign, 0), held_out) if side in {WHOLE, outcome} else 0.0
            for campaign, outcome, held_out in keys
        ]
    return engine.table(columns)


def _weight(sent: int, held: int, held_out: float) -> float:
    if not sent or not held:
        return 0.0
    return sent / held if held_out else 1.0
