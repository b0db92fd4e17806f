"""A replay as an object for machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sendgate.decide.aftermath import ANSWERS
from sendgate.model.decisions import Outcome
from sendgate.model.times import iso
from sendgate.report.hindsight import Caused, Heap, Hindsight
from sendgate.report.rates import Difference, Rate
from sendgate.report.replayed import About, campaigns, cautions, notes


def as_record(about: About, found: Hindsight) -> dict[str, Any]:
    """Give a replay as ``--json`` prints it; shares are between 0 and 1, intervals of 95 %."""
    return {
        "policy": about.policy, "campaigns_from": about.folder, "from": iso(about.start), "to": iso(about.end),
        "window": about.window, "data_until": iso(about.ends),
        "messages": found.messages, "finished": found.finished, "held_out": found.held_out,
        "without_file": {name or "": count for name, count in about.without_file.items()},
        "other_brand_or_channel": about.elsewhere,
        "outcomes": {each.value: number for each, number in found.outcomes().items()},
        "reasons": [_heap_record(heap, "outcome", "gate", "reason") for heap in found.by_reason()],
        "campaigns": [
            {"campaign": name} | {each.value: number for each, number in counts.items()}
            for name, counts in campaigns(found)
        ],
        "rates": {each.value: _records(found.rates[each]) for each in Outcome},
        "dropped_less_kept": _records(found.differences),
        "control": {side: _caused_record(caused) for side, caused in found.control.items()},
        "notes": notes(about, found),
        "cautions": list(cautions(found)),
    }  # fmt: skip


def _heap_record(heap: Heap, *names: str) -> dict[str, Any]:
    hits = dict(zip(ANSWERS, heap.hits, strict=True))
    return {
        **{name: str(getattr(heap, name)) for name in names},
        "messages": heap.messages,
        "finished": heap.finished,
        **hits,
    }


def _records(rates: Mapping[str, Rate | None] | Mapping[str, Difference | None]) -> dict[str, Any]:
    return {name: rate._asdict() if rate else None for name, rate in rates.items()}


def _caused_record(caused: Caused) -> dict[str, Any]:
    return {
        "sent": caused.sent, "held_out": caused.held_out, "left_out": caused.left_out,
        "sent_rates": _records(caused.sent_rates), "held_out_rates": _records(caused.held_out_rates),
        "sent_less_held_out": _records(caused.differences),
    }  # fmt: skip
