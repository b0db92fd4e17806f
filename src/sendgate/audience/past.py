"""Messages that were really sent in a period, as rows of decisions, each at its own time.

A message is an event of kind ``sent``. One of kind ``held_out`` is a message that would have been sent, but whose
person was kept in the control group: it is decided about in the same way, and compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sendgate.audience import events, output, people, recipients
from sendgate.audience.account import Account
from sendgate.audience.duck import DuckEngine
from sendgate.audience.opening import each_once
from sendgate.audience.place import Place, computed, connected
from sendgate.audience.progress import Progress, quietly
from sendgate.audience.sql import literal
from sendgate.errors import InputError
from sendgate.facts.engine import Tables
from sendgate.model.times import NEVER, iso

if TYPE_CHECKING:
    import narwhals as nw


@dataclass(frozen=True)
class Written:
    """Messages that name the same campaign, brand and channel."""

    campaign: str
    """Empty where the events do not say."""
    brand: str
    channel: str
    sent: int
    held_out: int


@dataclass(frozen=True)
class Past:
    """The messages of a period as tables, as long as the ``with`` block lasts."""

    place: Place
    engine: DuckEngine
    account: Account
    ends: float
    """The time of the last event of any kind: nothing is known of what came later. NEVER where there is none."""
    written: tuple[Written, ...]
    """Most messages first."""

    def messages(self, campaign: str) -> nw.LazyFrame[Any]:
        """Give the messages of a campaign: ``row``, ``person``, ``at``, ``campaign``, ``brand``, ``channel``, ``held``.

        ``held`` is 1.0 for those of the control group, else 0.0.
        """
        return self.engine.query(f"select * exclude (again) from messages where campaign = {literal(campaign)}")

    def tables(self, campaign: str, engine: DuckEngine) -> Tables:
        """Give the messages of a campaign as an audience, each with what happened strictly before it."""
        rows = engine.query(
            'select r.* replace (m.again as earlier) from "rows" r join messages m using ("row")'
            f" where m.campaign = {literal(campaign)}"
        )
        return Tables(engine, rows, engine.query("from events"), None, strictly=True)

    def write(self, judged: nw.LazyFrame[Any], out: Path, columns: output.Columns) -> None:
        """Write a row (``row`` and the columns) for each message, in order of time.

        Raises InputError where the extension is not known or the file cannot be written.
        """
        self.place.run('create or replace view sent_rows as select "row" as row_no from messages')
        judged.to_native().create_view("judged", replace=True)
        try:
            query = output.selected(self.place, ("judged", "sent_rows"), {}, columns, out)
            output.write_query(self.place, f'{query} order by d."row"', out)
        finally:
            self.place.run("drop view if exists judged")


@contextmanager
def open_past(  # noqa: PLR0913  one argument for each option of the command line
    start: float,
    end: float,
    *,
    people: Sequence[Path],
    events: Sequence[Path],
    memory_limit: str = "",
    progress: Progress = quietly,
) -> Iterator[Past]:
    """Read people and events, and find the messages from ``start`` until just before ``end`` (epoch seconds).

    Raises InputError, before any row is read where possible, where a file is not what it claims to be.
    """
    with connected(memory_limit, progress) as place:
        with computed():
            past = _read(people, events, (start, end), place)
        yield past


def _read(people_: Sequence[Path], events_: Sequence[Path], period: tuple[float, float], place: Place) -> Past:
    mistakes: list[str] = []
    known = each_once(people.opened, people_, place, mistakes)
    happened = each_once(events.opened, events_, place, mistakes)
    if mistakes:
        raise InputError("\n".join(mistakes))
    account = Account()
    names = people.attribute_names(known, None)
    people.load_people(known, names, place, account)
    events.load_events(happened, place, account)
    place.progress("finding the messages")
    _find_messages(period, place)
    _require_some(period, place)
    recipients.join_people(names, "", place, account)
    account.repeated_rows = 0  # the same campaign twice at one moment is told as a duplicate, not as a row of a list
    ends = place.run('select max("at") from events')[0][0]
    return Past(place, DuckEngine(place), account, NEVER if ends is None else float(ends), _written(place))


def _find_messages(period: tuple[float, float], place: Place) -> None:
    """Make ``messages`` and, for the people behind them, ``recipients``."""
    start, end = period
    order = '"at", person, campaign, kind, brand, channel'
    place.run(
        f'create table messages as select (row_number() over (order by {order}) - 1)::bigint as "row", person, "at",'
        " campaign, brand, channel, case when kind = 'held_out' then 1.0::double else 0.0::double end as held,"
        f' case when row_number() over (partition by person, "at", campaign order by {order}) > 1'
        " then 1.0::double else 0.0::double end as again"
        f" from events where kind in ('sent', 'held_out') and \"at\" >= {start!r} and \"at\" < {end!r}"
    )
    place.run('create table recipients as select "row", person, "at", \'\' as address from messages')


def _require_some(period: tuple[float, float], place: Place) -> None:
    if place.number("select count(*) from messages where held = 0"):
        return
    ((count, first, last),) = place.run('select count(*), min("at"), max("at") from events where kind = \'sent\'')
    there = f"of {count:,} events of kind `sent` the first is of {iso(first)}, the last of {iso(last)}" if count else (
        "the files hold no event of kind `sent`"
    )  # fmt: skip
    raise InputError(f"no message was sent from {iso(period[0])} until just before {iso(period[1])}: {there}")


def _written(place: Place) -> tuple[Written, ...]:
    rows = place.run(
        "select campaign, brand, channel, count(*) filter (held = 0), count(*) filter (held = 1) from messages"
        " group by all order by count(*) desc, campaign, brand, channel"
    )
    return tuple(Written(*row) for row in rows)
