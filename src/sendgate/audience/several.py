"""Several audiences over the same people and events, for a plan of several campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sendgate.audience import events, output, people, recipients
from sendgate.audience.account import Account
from sendgate.audience.duck import DuckEngine
from sendgate.audience.opening import each, each_once
from sendgate.audience.place import Place, computed, connected
from sendgate.audience.progress import Progress, quietly
from sendgate.audience.recipients import Listing
from sendgate.errors import InputError

if TYPE_CHECKING:
    import narwhals as nw

_AUDIENCE, _ROW = '" audience"', '" row"'
"""Columns beside those of the audiences, whose names are trimmed."""


@dataclass(frozen=True)
class Audiences:
    """Some audiences as tables, as long as the ``with`` block lasts."""

    place: Place
    listings: Sequence[Listing]
    engine: DuckEngine
    account: Account

    @property
    def events(self) -> nw.LazyFrame[Any]:
        """All events, those of the future too."""
        return self.engine.query("from events")

    def rows(self, number: int) -> nw.LazyFrame[Any]:
        """Give the rows of an audience, as ``facts.engine`` describes them."""
        return self.engine.query(f"from rows_{number}")

    def write(self, records: Sequence[nw.LazyFrame[Any]], out: Path, columns: output.Columns) -> None:
        """Write rows (``row`` and the columns) of all audiences one after the other, each behind its own columns.

        Raises InputError where the extension is not known or the file cannot be written.
        """
        parts = []
        for number, (frame, listing) in enumerate(zip(records, self.listings, strict=True)):
            relations = f"records_{number}", listing.name
            frame.to_native().create_view(relations[0], replace=True)
            place = f', {number} as {_AUDIENCE}, d."row" as {_ROW}'
            parts.append(f"({output.selected(self.place, relations, listing.own, columns, out, place)})")
        everything = " union all by name ".join(parts)
        query = f"select * exclude ({_AUDIENCE}, {_ROW}) from ({everything}) order by {_AUDIENCE}, {_ROW}"
        output.write_query(self.place, query, out)


@contextmanager
def open_audiences(  # noqa: PLR0913  one argument for each option of the command line
    audiences: Sequence[Path],
    *,
    now: float,
    people: Sequence[Path] = (),
    events: Sequence[Path] = (),
    memory_limit: str = "",
    progress: Progress = quietly,
) -> Iterator[Audiences]:
    """Read people and events once, and every audience; a file that is named twice is read once and counts twice.

    ``now`` is the time until which events count for who is known. Raises InputError, before any row is read where
    possible, where a file is not what it claims to be or a list has times of its own.
    """
    with connected(memory_limit, progress) as place:
        with computed():
            found = _read(audiences, people, events, now, place)
        yield found


def _read(
    audiences: Sequence[Path], people_: Sequence[Path], events_: Sequence[Path], now: float, place: Place
) -> Audiences:
    mistakes: list[str] = []
    known = each_once(people.opened, people_, place, mistakes)
    happened = each_once(events.opened, events_, place, mistakes)
    listings = each(_listing, audiences, place, mistakes)
    if mistakes:
        raise InputError("\n".join(mistakes))
    account = Account()
    names = people.attribute_names(known, None)
    people.load_people(known, names, place, account)
    events.load_events(happened, place, account)
    paths = [path.resolve() for path in audiences]
    firsts = [paths.index(path) for path in paths]
    listings = [listing._replace(name=f"audience_{at}") for listing, at in zip(listings, firsts, strict=True)]
    counted: dict[int, Account] = {}
    for number, listing in enumerate(listings):
        if firsts[number] == number:
            counted[number] = Account()
            recipients.load_recipients(listing, now, place, counted[number])
            _match(number, listing, names, place, counted[number])
        else:
            place.run(f"create view rows_{number} as from rows_{firsts[number]}")
        _add(counted[firsts[number]], account)
    return Audiences(place, listings, DuckEngine(place), account)


def _add(listed: Account, account: Account) -> None:
    """Account for a list; one that is named again counts again."""
    account.files += listed.files
    account.unknown_persons += listed.unknown_persons
    account.repeated_rows += listed.repeated_rows
    account.unknown_events = listed.unknown_events


def _listing(path: Path, place: Place) -> Listing:
    listing = recipients.opened(path, place)
    if "at" in listing.columns:
        raise InputError(f"`{path}` has times of its own in `at`: in a plan the campaign's time holds for all rows")
    return listing


def _match(number: int, listing: Listing, names: Sequence[str], place: Place, account: Account) -> None:
    """Make ``rows_NUMBER`` of a list, and make room for the next one."""
    recipients.join_people(names, listing.identity, place, account)
    place.run(f'alter table "rows" rename to rows_{number}')
    place.run("drop view if exists addressing")
    for relation in ("recipients", "strangers", "repeated_recipients", "address_book"):
        place.run(f"drop table if exists {relation}")
