"""What was read, a row at a time: for whoever does something with each person, however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sendgate.audience.events import KNOWN
from sendgate.audience.place import Place, computed
from sendgate.audience.recipients import IDENTITIES, Listing
from sendgate.audience.sql import identifier, plain_text
from sendgate.model.events import Event
from sendgate.model.keys import digest
from sendgate.model.people import Profile

_AT_ONCE = 5_000
_ID_LENGTH = 32


class Recipient(NamedTuple):
    """A row of an audience."""

    row: int
    """Counted from 0, in audience order."""
    who: str
    """As ``column`` says; an address is normalised."""
    column: str
    """``person``, ``email`` or ``phone``."""
    data: Mapping[str, str]
    """The other columns, as text; empty ones are left out."""
    earlier: bool
    """Whether the same person stands further up."""


def everybody(names: Sequence[str], place: Place) -> Iterator[Profile]:
    """Give the people of the files with their attributes, and without events."""
    listed = ", ".join(map(identifier, ["person", *names]))
    for person, *values in _rows(place, f"select {listed} from people"):
        yield Profile(person, {name: value for name, value in zip(names, values, strict=True) if value})


def histories(place: Place) -> Iterator[tuple[str, list[Event]]]:
    """Give the events of one person after another. Each event has an id."""
    told = [name for name in KNOWN if name != "person"]
    listed = ", ".join(map(identifier, ["person", "file", *told]))
    rows = _rows(place, f"select {listed} from events_by_file order by person")
    for person, group in groupby(rows, key=itemgetter(0)):
        events = ((file, Event(**dict(zip(told, values, strict=True)))) for _, file, *values in group)
        yield person, list(with_ids(person, events))


def with_ids(person: str, events: Iterable[tuple[int, Event]]) -> Iterator[Event]:
    """Name events that have no id by their content, and by how many alike stand before them in their file.

    So the same file, or another that overlaps with it, gives the same ids; and what stands twice in a file is two.
    ``events`` come with the number of their file.
    """
    alike: Counter[tuple[int, str]] = Counter()
    for file, event in events:
        if event.id:
            yield event
            continue
        said = repr((person, *event))
        alike[file, said] += 1
        content = f"{said} {alike[file, said]}"
        yield event._replace(id=digest(content.encode())[:_ID_LENGTH])


def recipients(listing: Listing, place: Place) -> Iterator[Recipient]:
    """Give the accepted rows of an audience in order."""
    kinds = {row[0]: row[1] for row in place.run("describe audience")}
    own = {name: column for name, column in listing.own.items() if name.casefold() not in IDENTITIES}
    values = "".join(f", {plain_text(f'a.{column}', kinds[column])}" for column in own.values())
    rows = _rows(
        place,
        f'select r."row", r.person, r.earlier = 1{values} from "rows" r join audience a on a.row_no = r."row"'
        ' order by r."row"',
    )
    for row, who, earlier, *told in rows:
        data = {name: value for name, value in zip(own, told, strict=True) if value}
        yield Recipient(row, who, listing.identity, data, earlier)


def _rows(place: Place, query: str) -> Iterator[tuple[Any, ...]]:
    """Run a query on a connection of its own, so that others may go on meanwhile."""
    with closing(place.con.cursor()) as cursor:
        with computed():
            cursor.execute(query)
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from rows
