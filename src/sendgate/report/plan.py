"""A plan of several campaigns in a terminal, and as an object for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from sendgate.facts.sentence import moment_text
from sendgate.model.decisions import Outcome
from sendgate.model.times import iso
from sendgate.report.agenda import Agenda, Campaigns, Fate, Told
from sendgate.report.styles import listing, outcome, shown

if TYPE_CHECKING:
    from rich.table import Table

_BAR = 20
"""Cells of the longest bar."""
WORTH = (
    "worth: how well messages suit their people, relevance x incentive fit x the offer's value x priority, added up"
    " (value x priority, where the plan gives a value); not an amount of money"
)
"""What the figures mean by which a plan chooses."""
ALONE = "if it were the only one, at its time; who would wait for later is not counted there, so a plan may send more"


def plan_view(name: str, heading: str, found: Agenda, account: str) -> RenderableType:
    """Draw a plan; ``account`` says what became of the rows."""
    parts: list[RenderableType] = [
        shown(name, "bold"),
        shown(heading, "dim"),
        "",
        _campaigns(found),
        "",
        _people(found),
    ]
    parts += ["", _days(found), "", *_verdict(found)]
    if found.samples:
        parts += ["", _samples(found.samples)]
    return Group(*parts, "", shown(account))


def chosen(campaign: Campaigns) -> Fate:
    """Give what becomes of a campaign's messages in the end."""
    return campaign.best or campaign.first


def _campaigns(found: Agenda) -> Table:
    """Show a row for each campaign: alone, as they come, and as chosen."""
    table = listing()
    best = found.best is not None
    table.add_column("campaign")
    heads = ("rows", "alone", *(("first\ncome",) if best else ()), "sent", "waiting")
    for name in (*heads, *(("gave\nway",) if best else ()), "dropped"):
        table.add_column(name, justify="right")
    for campaign in found.campaigns:
        fate = chosen(campaign)
        cells = [_number(campaign.rows), _number(campaign.alone)]
        cells += [_number(campaign.first.outcomes[Outcome.SEND])] if best else []
        cells += [_number(fate.outcomes[Outcome.SEND], "bold green"), _number(fate.outcomes[Outcome.DEFER])]
        cells += [_number(fate.gave_way)] if best else []
        name = Text.assemble(shown(campaign.name), "\n", (moment_text(campaign.at), "dim"))
        table.add_row(name, *cells, _number(fate.dropped))
    return table


def _number(number: int, style: str = "") -> Text:
    return Text(f"{number:,}", style) if number else Text("·", "dim")


def _people(found: Agenda) -> Table:
    """Show how many people get how many messages."""
    table = listing()
    table.add_column("messages", justify="right")
    sides = {
        "if all were sent": found.meant,
        "first come": found.first,
        **({"chosen": found.best} if found.best else {}),
    }
    for name in sides:
        table.add_column(name, justify="right")
        table.add_column("", width=_BAR // len(sides) + 2)
    for count in sorted({count for counts in sides.values() for count in counts}):
        cells: list[Text] = []
        for counts in sides.values():
            people = counts.get(count, 0)
            length = round(people / max(found.people, 1) * (_BAR // len(sides) + 2)) or (1 if people else 0)
            cells += [_number(people), Text("█" * length, "green")]
        table.add_row(str(count), *cells)
    return table


def _days(found: Agenda) -> Table:
    """Show the calendar: a row for each day on which something goes out."""
    table = listing()
    table.add_column("day, UTC")
    table.add_column("sent", justify="right")
    table.add_column("", width=_BAR)
    table.add_column("of which")
    by_day: dict[float, dict[str, int]] = {}
    for (day, i), rows in found.days.items():
        campaigns = by_day.setdefault(day, {})
        campaigns[found.campaigns[i].name] = campaigns.get(found.campaigns[i].name, 0) + rows
    most = max((sum(rows.values()) for rows in by_day.values()), default=0)
    for day, campaigns in by_day.items():
        total = sum(campaigns.values())
        told = ", ".join(f"{name} {rows:,}" for name, rows in campaigns.items())
        table.add_row(iso(day)[:10], f"{total:,}", Text("█" * max(1, round(total / most * _BAR)), "green"), shown(told))
    return table


def _verdict(found: Agenda) -> Sequence[RenderableType]:
    messages, worth = found.messages(best=False), found.worth(best=False)
    alone = sum(campaign.alone for campaign in found.campaigns)
    lines = [
        Text.assemble(
            "first come, first served: ", (f"{messages:,} messages", "bold"), f", worth {worth:,.1f}",
        )
    ]  # fmt: skip
    if found.best is not None:
        now, gained = found.messages(best=True), found.worth(best=True) - worth
        share = f" ({gained / worth:+.1%})" if worth else ""
        lines.append(
            Text.assemble(
                "the best choice: ", (f"{now:,} messages", "bold"), f", worth {found.worth(best=True):,.1f}, ",
                (f"{gained:+,.1f}{share}", "bold green" if gained > 0 else "dim"),
            )
        )  # fmt: skip
        lines.append(
            Text(
                f"messages stood in each other's way for {found.contested:,} people;"
                f" {found.changed:,} get others than they would first come, first served",
                "dim",
            )
        )
    return [*lines, Text(f"alone: {alone:,} messages; each campaign {ALONE}", "dim"), Text(WORTH, "dim")]


def _samples(samples: Sequence[Told]) -> Table:
    table = listing()
    table.add_column("for example", max_width=24)
    table.add_column("campaign")
    table.add_column("first come")
    table.add_column("chosen")
    table.add_column("why")
    for place, told in enumerate(samples):
        before = samples[place - 1].person if place else ""
        last = place + 1 == len(samples) or samples[place + 1].person != told.person
        table.add_row(
            shown(told.person) if told.person != before else "", shown(told.campaign), outcome(Outcome(told.before)),
            outcome(Outcome(told.after)), shown(told.after_detail), end_section=last,
        )  # fmt: skip
    return table


def as_record(found: Agenda) -> dict[str, Any]:
    """Give a plan as ``--json`` prints it."""
    return {
        "people": found.people,
        "campaigns": [_campaign_record(campaign) for campaign in found.campaigns],
        "messages_per_person": {
            "if_all_were_sent": _counts(found.meant),
            "first": _counts(found.first),
            "best": None if found.best is None else _counts(found.best),
        },
        "calendar": [
            {"day": iso(day)[:10], "campaign": found.campaigns[i].name, "sent": rows}
            for (day, i), rows in found.days.items()
        ],
        "first": _total(found, best=False),
        "best": None if found.best is None else _total(found, best=True),
        "contested": found.contested,
        "changed": found.changed,
    }


def _counts(counts: Mapping[int, int]) -> dict[str, int]:
    return {str(messages): people for messages, people in counts.items()}


def _total(found: Agenda, *, best: bool) -> dict[str, float]:
    return {"messages": found.messages(best=best), "worth": round(found.worth(best=best), 6)}


def _campaign_record(campaign: Campaigns) -> dict[str, Any]:
    return {
        "campaign": campaign.name,
        "brand": campaign.brand,
        "at": iso(campaign.at),
        "rows": campaign.rows,
        "alone": campaign.alone,
        "first": _fate_record(campaign.first),
        "best": None if campaign.best is None else _fate_record(campaign.best),
    }


def _fate_record(fate: Fate) -> dict[str, Any]:
    outcomes = {outcome.value: rows for outcome, rows in fate.outcomes.items()}
    return outcomes | {"gave_way": fate.gave_way, "worth": round(fate.worth, 6), "reasons": dict(fate.reasons)}
