"""One run: files in, tables for the decisions, an account of every row, and decisions out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sendgate.audience import events, kept, output, people, profiles, recipients, results, streams
from sendgate.audience.account import Account
from sendgate.audience.duck import DuckEngine
from sendgate.audience.opening import each, each_once
from sendgate.audience.outcomes import Outcomes
from sendgate.audience.place import Place, computed, connected
from sendgate.audience.progress import Progress
from sendgate.audience.recipients import Listing
from sendgate.errors import InputError
from sendgate.facts.engine import Tables

if TYPE_CHECKING:
    import narwhals as nw

    from sendgate.audience.kept import Origin
    from sendgate.audience.streams import Recipient
    from sendgate.model.events import Event
    from sendgate.model.people import Profile


@dataclass(frozen=True)
class Files:
    """What to read."""

    audience: Path | None = None
    people: Sequence[Path] = ()
    events: Sequence[Path] = ()


class Run:
    """What was read, as tables. Usable as long as its ``with`` block lasts."""

    def __init__(self, place: Place, listing: Listing | None, names: Sequence[str], now: float) -> None:
        self._place = place
        self._listing = listing
        self._names = names
        self._now = now
        self.account = Account()
        self.engine = DuckEngine(place)

    @property
    def own_times(self) -> bool:
        """Whether the rows of the audience have decision times of their own."""
        return self._listing is not None and "at" in self._listing.columns

    @property
    def tables(self) -> Tables:
        """The audience with its people, and all events. Without an audience there are no rows."""
        rows, happened = self.engine.query('from "rows"'), self.engine.query("from events")
        return Tables(self.engine, rows, happened, None if self.own_times else self._now)

    def profile(self, who: str) -> Profile:
        """Give one person, by id, email address or phone number, exactly as the tables have them.

        Raises UnknownPersonError where no file knows the person.
        """
        return profiles.profile(who, self._names, self._now, self._place)

    def profiles(self, persons: Sequence[str]) -> dict[str, Profile]:
        """Give people by id, with one reading of the events; who is in none of the files is left out."""
        return profiles.profiles(persons, self._names, self._now, self._place)

    def everybody(self) -> Iterator[Profile]:
        """Give the people of the files, without their events, as a stream."""
        return streams.everybody(self._names, self._place)

    def histories(self) -> Iterator[tuple[str, list[Event]]]:
        """Give the events of one person after another, as a stream. Each has an id, see ``streams.with_ids``."""
        return streams.histories(self._place)

    def recipients(self) -> Iterator[Recipient]:
        """Give the accepted rows of the audience in order, as a stream. Nobody looks for them among the people."""
        assert self._listing is not None  # noqa: S101  whoever asks gave an audience
        return streams.recipients(self._listing, self._place)

    def outcomes(self) -> Outcomes:
        """Make what collects what becomes of each row of the audience."""
        return Outcomes(self._place, self._listing.own if self._listing else {})

    def write(self, decisions: nw.LazyFrame[Any], out: Path, columns: output.Columns = output.DECISION) -> None:
        """Write decisions (``row`` and the columns), each behind the audience's own columns.

        Raises InputError where the extension is not known or the file cannot be written.
        """
        output.write(self._place, decisions, self._listing.own if self._listing else {}, out, columns)

    def results(self, column: str) -> nw.LazyFrame[Any]:
        """Give ``row`` and ``result`` of a column of the audience; see ``results.results``."""
        return self.engine.frame(results.results(self._place, self._listing.own if self._listing else {}, column))

    def keep(self, facts: nw.LazyFrame[Any], origin: Origin, path: Path) -> None:
        """Write facts (see ``kept``), so that another policy can be tried without reading the files again."""
        kept.keep(self._place, facts, self._listing.own if self._listing else {}, self.account, origin, path)


@contextmanager
def opened(
    files: Files, now: float, attributes: Collection[str] | None, memory_limit: str, progress: Progress
) -> Iterator[Run]:
    """See ``sendgate.audience.open_run``."""
    with connected(memory_limit, progress) as place:
        with computed():
            run = _read(files, now, attributes, place)
        yield run


def _read(files: Files, now: float, attributes: Collection[str] | None, place: Place) -> Run:
    mistakes: list[str] = []
    listings = each(recipients.opened, [files.audience] if files.audience else [], place, mistakes)
    known = each_once(people.opened, files.people, place, mistakes)
    happened = each_once(events.opened, files.events, place, mistakes)
    if mistakes:
        raise InputError("\n".join(mistakes))
    listing = listings[0] if listings else None
    names = people.attribute_names(known, attributes)
    run = Run(place, listing, names, now)
    people.load_people(known, names, place, run.account)
    events.load_events(happened, place, run.account)
    if listing:
        recipients.load_recipients(listing, now, place, run.account)
    else:
        recipients.nobody(place)
    place.progress("matching the audience with people")
    recipients.join_people(names, listing.identity if listing else "", place, run.account)
    return run
