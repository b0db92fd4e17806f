"""A replay in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from sendgate.model.decisions import Outcome
from sendgate.report.hindsight import WHOLE, Heap, Hindsight
from sendgate.report.rates import Difference, Rate
from sendgate.report.replayed import WORDS, About, between, campaigns, cautions, notes, thousand, verdict
from sendgate.report.styles import COLOURS, listing, outcome, shown

if TYPE_CHECKING:
    from rich.table import Table

_BAR = 6
"""Cells of the longest bar."""
_MOST = 12
"""Reasons, and campaigns, that are told one by one."""
_TOLD = {"clicked": "clicked", "purchased": "bought", "unsubscribed": "left"}
"""What is told beside each reason, of 1,000 messages, and its short name."""
_NAMED = 5
"""Campaigns without a file that are named."""


def replay_view(about: About, found: Hindsight, account: str) -> RenderableType:
    """Draw what would have become of the messages; ``account`` says what was read."""
    within = f"of 1,000 messages, within {about.window}; intervals of 95 %, by person"
    parts: list[RenderableType] = [
        Text(verdict(found), "bold"), shown(about.heading, "dim"),
        "", Text.assemble(("What followed, ", "bold"), (within, "dim")), _followed(found),
        "", _reasons(found), "", _campaigns(found),
    ]  # fmt: skip
    if found.control:
        parts += ["", Text.assemble(("With the control group, ", "bold"), (within, "dim")), _control(found)]
    if told := notes(about, found):
        parts += ["", _listed("note", told)]
    return Group(*parts, "", _listed("beware", cautions(found)), "", shown(account))


def _listed(word: str, sentences: Sequence[str]) -> Table:
    table = listing()
    table.show_header = False
    table.add_column(style="cyan" if word == "note" else "yellow")
    table.add_column(style="dim")
    for place, sentence in enumerate(sentences):
        table.add_row("" if place else word, shown(sentence))
    return table


def rate_text(rate: Rate | None) -> Text:
    """Write a rate with its interval."""
    if rate is None:
        return Text("\N{EN DASH}", "dim")
    return Text.assemble(thousand(rate.share), (f" {between(rate.low, rate.high)}", "dim"))


def difference_text(difference: Difference | None) -> Text:
    """Write a difference with its interval, strong where it leaves 0 out."""
    if difference is None:
        return Text("\N{EN DASH}", "dim")
    apart = between(difference.low, difference.high, signed=True)
    value = thousand(difference.share, signed=True)
    return Text.assemble((value, "bold" if difference.clear else ""), (f" {apart}", "dim"))


def _followed(found: Hindsight) -> Table:
    """Show what followed within the window, beside what the policy would have done."""
    table = listing()
    table.add_column("of 1,000", no_wrap=True)
    for each in Outcome:
        table.add_column(Text(WORDS[each], f"bold {COLOURS[each]}"), justify="right", no_wrap=True)
    table.add_column("dropped less kept", justify="right", no_wrap=True)
    for answer in found.seen:
        rates = (rate_text(found.rates[each][answer]) for each in Outcome)
        table.add_row(answer, *rates, difference_text(found.differences[answer]))
    finished = {e: sum(heap.finished for heap in found.sent if heap.outcome is e) for e in Outcome}
    table.add_row(Text("messages", "dim"), *(Text(f"{finished[each]:,}", "dim") for each in Outcome), "")
    return table


def _reasons(found: Hindsight) -> Table:
    table = listing()
    table.add_column("sent", justify="right", no_wrap=True)
    table.add_column("", width=_BAR)
    table.add_column("the policy says", no_wrap=True)
    for name in _TOLD.values():
        table.add_column(name, justify="right", no_wrap=True)
    heaps = found.by_reason()
    for heap in heaps[:_MOST]:
        length = max(1, round(heap.messages / heaps[0].messages * _BAR))
        colour = COLOURS[heap.outcome]
        what = Text.assemble(outcome(heap.outcome), f" {heap.reason}")
        table.add_row(f"{heap.messages:,}", Text("█" * length, colour), what, *_beside(heap))
    if rest := heaps[_MOST:]:
        table.add_row(f"{sum(heap.messages for heap in rest):,}", "", Text(f"for {len(rest)} more reasons", "dim"), "")
    if not heaps:
        table.add_row("0", "", Text("nothing stands in the way of any message", "dim"), "")
    return table


def _beside(heap: Heap) -> Iterator[str]:
    for answer in _TOLD:
        value = heap.per_thousand(answer)
        yield "\N{EN DASH}" if value is None else thousand(value / 1000)


def _campaigns(found: Hindsight) -> Table:
    table = listing()
    table.add_column("campaign", max_width=32)
    table.add_column("sent", justify="right")
    for each in Outcome:
        table.add_column(Text(WORDS[each], f"bold {COLOURS[each]}"), justify="right")
    rows = campaigns(found)
    for name, counts in rows[:_MOST]:
        total = sum(counts.values())
        table.add_row(shown(name), f"{total:,}", *(_of(counts[each], total) for each in Outcome))
    if rest := rows[_MOST:]:
        total = sum(sum(counts.values()) for _, counts in rest)
        sums = (sum(counts[each] for _, counts in rest) for each in Outcome)
        table.add_row(Text(f"{len(rest)} more", "dim"), f"{total:,}", *(_of(number, total) for number in sums))
    return table


def _of(number: int, total: int) -> Text:
    return Text.assemble(f"{number:,}", (f" {number / total:4.0%}", "dim")) if number else Text("·", "dim")


def _control(found: Hindsight) -> Table:
    """Show those written to against those held out."""
    table = listing()
    table.add_column("of 1,000", no_wrap=True)
    for name in ("written to", "held out", "caused by writing"):
        table.add_column(name, justify="right", no_wrap=True)
    for side, caused in found.control.items():
        if not caused.sent:
            continue
        who = "everybody" if side == WHOLE else WORDS[Outcome(side)]
        counts = (Text(f"{number:,}", "dim") for number in (caused.sent, caused.held_out))
        table.add_row(Text(who, "bold"), *counts, Text("messages", "dim"))
        for answer in caused.seen:
            cells = rate_text(caused.sent_rates[answer]), rate_text(caused.held_out_rates[answer])
            table.add_row(f"  {answer}", *cells, difference_text(caused.differences[answer]))
        table.add_section()
    return table
