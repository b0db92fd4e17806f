"""What looks odd about the times of a log: it makes a score look better, or worse, than it is.

Why these three, and what none of them can see, stands in decision 24.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sendgate.training.history import alike

if TYPE_CHECKING:
    from sendgate.audience.run import Run

_LAST = 0.1
"""The last part of the time between two messages: what happens there happens just before a message."""
_ENOUGH = 20
"""Outcomes that name no message, below which it is not asked how many lie there."""


class Circumstances(NamedTuple):
    """What looks odd about the times of a log."""

    exits_written_to: float
    """Share of unsubscribes after which the brand wrote again, though nobody came back."""
    outcomes_without_message: float
    """Share of outcomes with no message of the window before them."""
    outcomes_ahead: float = 0.0
    """Share of outcomes that name no message, and lie in the last tenth of the time until the brand wrote again."""


def circumstances(run: Run, until: float) -> Circumstances:
    """Look at the tables of a `History`, up to the end of its messages."""
    return Circumstances(_written_to(run, until), _alone(run, until), _ahead(run))


def _number(run: Run, query: str) -> float:
    ((number,),) = run.engine.rows(query)
    return float(number)


def _written_to(run: Run, until: float) -> float:
    return _number(
        run,
        "with exits as (select row_number() over () as n, * from events where kind = 'unsubscribed'"
        f' and "at" < {until!r}),'
        ' gone as (select e.n, e.person, e."at", e.brand, e.channel, coalesce(min(j."at"), 1e15) as back'
        " from exits e left join (select * from events where kind = 'subscribed') j on j.person = e.person"
        f' and j."at" >= e."at" and {alike("j", "e", "brand")} group by all)'
        ' select coalesce(avg(f.followed::int), 0) from (select g.n, bool_or(s."row" is not null) as followed'
        ' from gone g left join written s on s.person = g.person and s."at" >= g."at" and s."at" < g.back'
        f" and {alike('s', 'g', 'brand', 'channel')} group by g.n) f",
    )


def _alone(run: Run, until: float) -> float:
    return _number(
        run,
        "select coalesce(avg((m.n is null)::int), 0) from happened h left join matched m using (n)"
        f' where h."at" >= (select min("at") from sends) and h."at" < {until!r}',
    )


def _ahead(run: Run) -> float:
    """Look at where outcomes lie between two messages of the brand, whomever they went to.

    What messages cause comes soon after one, and what has nothing to do with them, anywhere: a tenth of it in the
    last tenth. An outcome that names its message needs no such guess.
    """
    return _number(
        run,
        'with moments as (select distinct brand, "at" from written'
        " union select distinct '' as brand, \"at\" from written),"
        " open as (select brand, \"at\" from happened where campaign = ''),"
        ' after as (select o.brand, o."at", m."at" as earlier from open o asof join moments m'
        ' on o.brand = m.brand and o."at" > m."at")'
        f" select case when count(*) < {_ENOUGH} then 0 else"
        f' avg((m."at" - a."at" < {_LAST} * (m."at" - a.earlier))::int) end from after a asof join moments m'
        ' on a.brand = m.brand and a."at" <= m."at"',
    )
