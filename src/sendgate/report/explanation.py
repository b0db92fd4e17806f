"""One decision in a terminal: the answer, the gates, the offers side by side, and what the family knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sendgate.explain import Explanation, History, Mark, OfferWords, Verdict
from sendgate.model.decisions import Outcome
from sendgate.model.harmless import harmless
from sendgate.report.styles import COLOURS, listing, shown, sign

_OFFER = 30
"""The least width in which an offer can be read."""
_LABEL = 18
_VALUE = 12
_NARROW = 72
"""Below this width the values of gates have no columns of their own."""


class ExplanationView:
    """Draws an explanation as wide as the terminal is."""

    def __init__(self, explanation: Explanation) -> None:
        self._explanation = explanation

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the parts from top to bottom."""
        explanation, plain = self._explanation, options.ascii_only
        yield _headline(explanation)
        yield ""
        yield _gates(explanation.gates, plain=plain, narrow=options.max_width < _NARROW)
        yield ""
        at_once = max(1, (options.max_width - _LABEL) // _OFFER)
        for start in range(0, len(explanation.offers), at_once):
            yield _offers(explanation.offers[start : start + at_once], plain=plain)
            yield ""
        yield from _background(explanation)


def _headline(explanation: Explanation) -> Panel:
    decision = explanation.decision
    colour = COLOURS[decision.outcome]
    answer = Text.assemble(Text(decision.outcome.value.upper(), f"bold {colour}"))
    if decision.outcome is Outcome.SEND:
        answer.append(f"  {decision.offer}", "bold")
    elif explanation.until:
        answer.append("  until " if explanation.until != "open-ended" else "  ", "bold")
        answer.append(explanation.until, "bold")
    lines = [answer, shown(f"{decision.gate}: {decision.detail}" if decision.gate else decision.detail)]
    others = [gate for gate in decision.blocked_by if gate != decision.gate]
    if others:
        lines.append(Text(f"also in the way: {', '.join(others)}", "dim"))
    if not explanation.known:
        lines.append(Text("nobody knows this person: decided on an empty profile", "yellow"))
    title = Text.assemble(shown(decision.campaign, "bold"), " from ", shown(explanation.brand), " for ",
                          shown(decision.person, "bold"))  # fmt: skip
    assumed = " (assumed)" if explanation.zone_assumed else ""
    clock = f"{explanation.local_time} {explanation.zone}{assumed}"
    return Panel(
        Group(*lines), title=title, title_align="left", subtitle=shown(clock, "dim"), subtitle_align="right",
        border_style=colour, box=box.ROUNDED, padding=(0, 1),
    )  # fmt: skip


def _gates(verdicts: Sequence[Verdict], *, plain: bool, narrow: bool) -> Table:
    """Give values a column each, or, where that leaves no room for sentences, a place behind them."""
    table = listing(expand=True)
    table.add_column("", width=1)
    table.add_column("about the person", no_wrap=True)
    for value in () if narrow else ("saw", "limit"):
        table.add_column(value, justify="right", max_width=_VALUE, no_wrap=False)
    table.add_column("", ratio=1)
    for verdict in verdicts:
        values = () if narrow else (shown(verdict.observed), shown(verdict.limit))
        table.add_row(
            sign(verdict.mark, ascii_only=plain),
            Text(verdict.gate, _weight(verdict.mark)),
            *values,
            Text.assemble(_sentence(verdict), (_values(verdict) if narrow else "", "dim")),
            style="dim" if verdict.mark is Mark.EXEMPT else "",
        )
    return table


def _values(verdict: Verdict) -> str:
    told = (("saw", verdict.observed), ("limit", verdict.limit))
    values = ", ".join(f"{name} {harmless(value)}" for name, value in told if value)
    return f" ({values})" if values else ""


def _weight(mark: Mark) -> str:
    return "bold" if mark in {Mark.BLOCKS, Mark.OBSERVES} else ""


def _sentence(verdict: Verdict) -> Text:
    text = shown(verdict.sentence)
    return Text.assemble(("would block: ", "yellow"), text) if verdict.mark is Mark.OBSERVES else text


def _offers(offers: Sequence[OfferWords], *, plain: bool) -> Table:
    table = listing(expand=True)
    table.add_column("offer", width=_LABEL - 2, style="dim")
    for offer in offers:
        table.add_column(_offer_heading(offer), ratio=1)
    table.add_row("evidence", *(shown(offer.evidence) for offer in offers))
    table.add_row("relevance", *(offer.told(offer.relevance) for offer in offers))
    for score in dict.fromkeys(score for offer in offers for score in offer.scores):
        table.add_row(f"{score} is", *(shown(offer.scores.get(score, "")) for offer in offers))
    table.add_row("incentive", *map(_incentive, offers))
    table.add_row("rank", *(f"{offer.told(offer.rank)} = relevance x fit" for offer in offers), end_section=True)
    for gate in dict.fromkeys(verdict.gate for offer in offers for verdict in offer.verdicts):
        table.add_row(gate, *(_cell(offer, gate, plain=plain) for offer in offers))
    return table


def _incentive(offer: OfferWords) -> Text:
    return shown(f"{offer.incentive or 'none'}, fits {offer.incentive_fit:.2f}")


def _offer_heading(offer: OfferWords) -> Text:
    blocked = any(verdict.mark is Mark.BLOCKS for verdict in offer.verdicts)
    standing, style = ("chosen", "green") if offer.chosen else ("blocked", "red") if blocked else ("free to go", "dim")
    if blocked and offer.spoken_of:
        standing = "blocked, came furthest"
    return Text.assemble(shown(offer.name, "bold"), " ", (standing, style))


def _cell(offer: OfferWords, gate: str, *, plain: bool) -> RenderableType:
    verdicts = [verdict for verdict in offer.verdicts if verdict.gate == gate]
    if not verdicts:
        return ""
    grid = Table.grid(padding=(0, 1))
    for verdict in verdicts:
        style = "dim" if verdict.mark in {Mark.EXEMPT, Mark.PASSES} else ""
        grid.add_row(sign(verdict.mark, ascii_only=plain), _sentence(verdict), style=style)
    return grid


def _background(explanation: Explanation) -> Iterator[RenderableType]:
    yield _history(explanation.history)
    yield ""
    since = explanation.customer_since or "never bought anything that this brand knows of"
    risk = f"{explanation.decision.unsubscribe_risk:.2%}"
    facts = Table.grid(padding=(0, 2))
    facts.add_row(Text("customer since", "dim"), shown(since))
    facts.add_row(Text("risk of unsubscribing", "dim"), Text.assemble(risk, ", ", shown(explanation.risk)))
    if explanation.withheld:
        facts.add_row(Text("withheld", "dim"), shown(explanation.withheld))
    if explanation.off:
        facts.add_row(Text("not asked", "dim"), Text(", ".join(explanation.off), "dim"))
    yield facts


def _history(history: Sequence[History]) -> Table:
    """Show a row for each brand and a column for each kind of event that happened."""
    kinds = [kind for kind in _ORDER if any(kind in brand.counts for brand in history)]
    table = listing()
    table.add_column("what is known", min_width=12)
    for kind in kinds:
        table.add_column(_ORDER[kind], justify="right")
    table.add_column("last purchase")
    for brand in history:
        if not brand.speaks and brand.counts.keys().isdisjoint(kinds):
            continue  # a subscription to all brands, say, which is told by its gate
        counts = (Text(f"{brand.counts[kind]:,}") if kind in brand.counts else Text("·", "dim") for kind in kinds)
        bought = shown(brand.last_purchase) if brand.last_purchase else Text("nothing bought", "dim")
        table.add_row(shown(brand.brand, "bold" if brand.speaks else ""), *counts, bought)
    return table


_ORDER = {
    "purchased": "bought", "returned": "returned", "carted": "in cart", "viewed": "viewed", "searched": "searched",
    "visited": "visited", "redeemed": "redeemed", "clicked": "clicked", "opened": "opened", "sent": "sent",
}  # fmt: skip
"""Kinds of events that a history shows, with their headings."""
