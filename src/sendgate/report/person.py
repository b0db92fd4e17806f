"""What a store knows of a person, in a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sendgate.model.events import Event
from sendgate.model.ledger import Entry
from sendgate.model.times import UNKNOWN, counted, iso
from sendgate.ports import Known
from sendgate.report.ledger import moment
from sendgate.report.styles import listing, shown


def person_picture(known: Known, last: int) -> RenderableType:
    """Draw a person: attributes, the last events, and all messages."""
    profile = known.profile
    if known.forgotten:
        return Text("this person asked to be forgotten: nothing is known, and nothing is sent")
    versions = Text(f"version {known.version}, permission version {known.permission}", "dim")
    parts: list[RenderableType] = [shown(profile.person, "bold"), versions, ""]
    if profile.attributes:
        parts += [_attributes(known), ""]
    shown_events = profile.events[-last:] if last else ()
    count = counted(len(profile.events), "event") + (f", the last {last}" if len(profile.events) > last else "")
    parts += [Text(count, "bold"), *([_events(shown_events)] if shown_events else []), ""]
    parts.append(Text(counted(len(known.entries), "message"), "bold"))
    if known.entries:
        parts.append(_messages(sorted(known.entries.values(), key=lambda entry: entry.at)))
    return Group(*parts)


def _attributes(known: Known) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in known.profile.attributes.items():
        table.add_row(shown(name, "dim"), shown(value))
    return table


def _events(events: tuple[Event, ...]) -> Table:
    table = listing()
    for name in ("at", "kind", "brand", "what", "campaign"):
        table.add_column(name)
    for event in events:
        what = [event.category, event.product, event.detail]
        what += [] if event.price == UNKNOWN else [f"{event.price:.2f}"]
        words = " · ".join(filter(None, what))
        cells = (iso(event.at), event.kind, event.brand, words, event.campaign)
        table.add_row(*(shown(cell) for cell in cells))
    return table


def _messages(entries: list[Entry]) -> Table:
    table = Table.grid(padding=(0, 2))
    for entry in entries:
        due = f", due {moment(entry.due)}" if moment(entry.due) else ""
        campaign = f"{entry.campaign} {entry.run}".strip()
        table.add_row(shown(iso(entry.at)), Text(entry.state, "bold"), shown(f"{campaign}: {entry.detail}{due}"))
        table.add_row("", "", Text(entry.key, "dim"))
    return table
