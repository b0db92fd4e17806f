"""Two policies side by side as one HTML file, for a meeting."""

from __future__ import annotations

from typing import NamedTuple

from sendgate.model.decisions import Outcome
from sendgate.report import charts
from sendgate.report.flows import flow, labels, leads
from sendgate.report.frame import page
from sendgate.report.moves import AFTER, BEFORE, Comparison, Said
from sendgate.report.phrases import LEAVERS_REST_ON, another_offer, before_and_after, count, listed, share, spoken


class About(NamedTuple):
    """What was compared, in words."""

    campaign: str
    brand: str
    audience: str
    before: str
    after: str
    stamp: str
    """The decision time; empty where each row has its own."""


def compare_page(about: About, found: Comparison, account: str) -> str:
    """Write the page; addresses in it are shortened."""
    return page(
        "compare.html.j2",
        title=f"{about.campaign}: comparison",
        **about._asdict(),
        headline=headline(found),
        lede=lede(found),
        found=found,
        matrix=[(one.value, *(found.matrix[one, other] for other in Outcome)) for one in Outcome],
        flow=flow,
        leads=leads,
        lefts=labels(found.matrix, 0),
        rights=labels(found.matrix, 1),
        bar=charts.bar,
        why=_why,
        leaving=before_and_after(found.leavers[BEFORE], found.leavers[AFTER]),
        rests_on=LEAVERS_REST_ON,
        account=account,
    )


def headline(found: Comparison) -> str:
    """Say how many are sent to, before and after."""
    before, after = (found.outcomes(side)[Outcome.SEND] for side in (BEFORE, AFTER))
    if before == after:
        come = sum(move.rows for move in found.moves if move.after.outcome is Outcome.SEND)
        return f"{count(after)} again, but others." if come else f"{count(after)} hear from you, as before."
    fewer = "fewer" if after < before else "more"
    return f"{count(abs(after - before))} {fewer} hear from you: {count(after)} instead of {count(before)}."


def lede(found: Comparison) -> str:
    """Say who moves where."""
    if not found.moved:
        others = f", and {another_offer(found.other_offer)}" if found.other_offer else ""
        return f"Every row is sent, deferred or dropped as before{others}."
    ways: dict[tuple[Outcome, Outcome], int] = {}
    for move in found.moves:
        pair = move.before.outcome, move.after.outcome
        ways[pair] = ways.get(pair, 0) + move.rows
    told = listed(f"{count(rows)} from {one.value} to {other.value}" for (one, other), rows in ways.items())
    offers = f" {another_offer(found.other_offer, more=' more')}." if found.other_offer else ""
    return f"{count(found.moved)} of {count(found.rows)} rows move ({share(found.moved, found.rows)}): {told}.{offers}"


def _why(said: Said) -> str:
    return spoken(said.reason.replace(".", ": ")) if said.gate else "nothing stands in the way"
