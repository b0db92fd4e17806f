"""A replay as one HTML file, for a meeting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sendgate.model.decisions import Outcome
from sendgate.report import charts
from sendgate.report.frame import page
from sendgate.report.hindsight import WHOLE, Hindsight
from sendgate.report.phrases import count, share, spoken
from sendgate.report.rates import Difference, Rate
from sendgate.report.replayed import WORDS, About, between, campaigns, cautions, notes, thousand

_NOTHING = "\N{EN DASH}"


class Estimate(NamedTuple):
    """A number with its interval, as it is written."""

    value: str
    interval: str
    clear: bool = False
    """A difference whose interval leaves 0 out."""


def replay_page(family: str, about: About, found: Hindsight, account: str) -> str:
    """Write the page; it names campaigns, and nobody."""
    return page(
        "replay.html.j2",
        title=f"{family}: replay",
        family=family,
        about=about,
        headline=headline(found),
        lede=lede(found),
        words=[(each.value, WORDS[each]) for each in Outcome],
        followed=[(answer, *_row(found.rates, found.differences[answer], answer)) for answer in found.seen],
        finished=[sum(heap.finished for heap in found.sent if heap.outcome is each) for each in Outcome],
        reasons=found.by_reason(),
        campaigns=campaigns(found),
        control=list(_control(found)),
        bar=charts.bar,
        outcomes=list(Outcome),
        kept=WORDS,
        why=lambda heap: spoken(heap.reason.replace(".", ": ")),
        beside=lambda heap, answer: _per_thousand(heap.per_thousand(answer)),
        rests=[*notes(about, found), *cautions(found)],
        account=account,
    )


def headline(found: Hindsight) -> str:
    """Say how many messages would have gone all the same."""
    kept = found.outcomes()[Outcome.SEND]
    if kept == found.messages:
        return f"All {count(kept)} messages would have gone."
    return f"{count(kept)} of {count(found.messages)} messages would have gone."


def lede(found: Hindsight) -> str:
    """Say what would have become of the others, and what is known of them."""
    told = found.outcomes()
    parts = [
        f"{count(told[each])} would have been {WORDS[each]} ({share(told[each], found.messages)})"
        for each in (Outcome.DEFER, Outcome.DROP)
        if told[each]
    ]
    held = f" {count(found.held_out)} more were held out as a control group." if found.held_out else ""
    return f"{' and '.join(parts) or 'None would have been deferred or dropped'}.{held}"


def _per_thousand(value: float | None) -> str:
    return _NOTHING if value is None else thousand(value / 1000)


def _rate(rate: Rate | None) -> Estimate:
    if rate is None:
        return Estimate(_NOTHING, "")
    return Estimate(thousand(rate.share), between(rate.low, rate.high))


def _difference(difference: Difference | None) -> Estimate:
    if difference is None:
        return Estimate(_NOTHING, "")
    apart = between(difference.low, difference.high, signed=True)
    return Estimate(thousand(difference.share, signed=True), apart, difference.clear)


def _row(
    rates: Mapping[Outcome, Mapping[str, Rate | None]], difference: Difference | None, answer: str
) -> Iterator[Estimate]:
    yield from (_rate(rates[each][answer]) for each in Outcome)
    yield _difference(difference)


def _control(found: Hindsight) -> Iterator[tuple[str, int, int, list[tuple[str, Estimate, Estimate, Estimate]]]]:
    for side, caused in found.control.items():
        if caused.sent:
            who = "all messages" if side == WHOLE else f"those that would have been {WORDS[Outcome(side)]}"
            rows = [
                (answer, _rate(caused.sent_rates[answer]), _rate(caused.held_out_rates[answer]),
                 _difference(caused.differences[answer]))
                for answer in caused.seen
            ]  # fmt: skip
            yield who, caused.sent, caused.held_out, rows
