"""Past messages as rows to learn from: each at its own time, with what came of it within a window.

The decision time of a row is a second before its message, so that no fact sees the message itself, nor what followed.
What followed belongs to one message: to the one that it names or, where it names none, to the latest before it. Where
some answers of a kind name their campaign, those of the kind that name none are answers to something else. Leaving is
always the doing of some message: many exits name none. Messages are matched before a period is cut out of them, since
what followed a later message must not be held against an earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sendgate.audience.sql import literal
from sendgate.errors import InputError
from sendgate.model.times import span

if TYPE_CHECKING:
    from sendgate.audience.run import Run

LEAVING = ("unsubscribed", "complained")
"""The outcomes that a risk is about: all of them, or some."""
ANSWERS = ("opened", "clicked", "redeemed", "purchased")
"""The outcomes that a relevance may be about."""
BOUGHT = "purchased"
"""Counts where it is in the offer, for every message before it within the window: it is no business of `results`."""

BEFORE = 1.0
"""Seconds between the decision and the message."""
_LAST = 0.1
"""The last part of the time between two messages: what happens there happens just before a message."""
_ENOUGH = 20
"""Outcomes that name no message, below which it is not asked how many lie there."""


@dataclass(frozen=True)
class Outcome:
    """What is looked for after a message, and how long. Raises InputError where that makes no sense."""

    kinds: tuple[str, ...]
    window: float
    """Seconds."""

    def __post_init__(self) -> None:
        """Refuse a window without time, and leaving and answering as one."""
        if not self.window > 0:
            raise InputError("the window after a message is empty: nothing can follow within it")
        if 0 < len(set(self.kinds) & set(LEAVING)) < len(set(self.kinds)):
            told = " and ".join(f"`{kind}`" for kind in self.kinds)
            raise InputError(f"{told} cannot be one outcome: some of it is leaving, some is answering")

    @property
    def leaving(self) -> bool:
        """Tell whether it is about leaving, in any way, and so a risk."""
        return set(self.kinds) <= set(LEAVING)

    @property
    def words(self) -> str:
        """Say it: "unsubscribed or complained within 14 days"."""
        return f"{' or '.join(self.kinds)} within {span(self.window)}"


class Period(NamedTuple):
    """Messages from one moment (inclusive) to another (exclusive); epoch seconds."""

    since: float
    until: float


class Circumstances(NamedTuple):
    """What looks odd about the times of a log."""

    exits_written_to: float
    """Share of unsubscribes after which the brand wrote again, though nobody came back."""
    outcomes_without_message: float
    """Share of outcomes with no message of the window before them."""
    outcomes_ahead: float = 0.0
    """Share of outcomes that name no message, and lie in the last tenth of the time until the brand wrote again."""


class History:
    """The messages of a run as the tables ``sends`` (those of the period) and ``results`` (their rows)."""

    def __init__(self, run: Run, outcome: Outcome, period: Period) -> None:
        self._run = run
        self._outcome = outcome
        end = self._number('select coalesce(max("at"), 0) from events')
        self.until = min(period.until, end - outcome.window + BEFORE)
        """Later messages have not had the time for their outcome."""
        self._make_written()
        self._make_results()
        self._make_sends(Period(period.since, self.until))

    def _number(self, query: str) -> float:
        ((number,),) = self._run.engine.rows(query)
        return float(number)

    def _make_written(self) -> None:
        """List all messages, those too young to learn from as well: they may be what somebody answered."""
        self._run.engine.run(
            'create table written as select row_number() over (order by "at", person, campaign, creative) - 1 as "row",'
            f' person, "at" - {BEFORE!r} as "at", brand, channel, campaign, creative from (select distinct person,'
            ' "at", brand, channel, campaign, creative from events'
            " where kind = 'sent' and purpose <> 'transactional')"
        )

    def _make_sends(self, period: Period) -> None:
        since, until = period.since - BEFORE, period.until - BEFORE
        self._run.engine.run(
            f'create table sends as select * from written where "at" >= {since!r} and "at" < {until!r}'
        )
        self.messages = int(self._number("select count(*) from sends"))
        """How many there are in the period."""
        if not self.messages:
            raise InputError(
                f"there is no message to learn from: events of kind `sent` are needed, at least "
                f"{span(self._outcome.window)} before the last event"
            )

    def _make_results(self) -> None:
        wanted = " or ".join(self._wanted(kind) for kind in self._outcome.kinds if kind != BOUGHT) or "false"
        self._run.engine.run(
            'create table happened as select row_number() over () as n, person, "at", brand, channel, campaign'
            f" from events where {wanted}"
        )
        self._run.engine.run(
            'create table matched as select h.n, max(s."row") as "row" from happened h join written s'
            f' on s.person = h.person and s."at" < h."at" and s."at" >= h."at" - {self._outcome.window + BEFORE!r}'
            f" and {_alike('h', 's', 'brand', 'channel', 'campaign')} group by h.n"
        )
        self._run.engine.run('create table results as select distinct "row" from matched')

    def _wanted(self, kind: str) -> str:
        """Give the condition for events of a kind that are answers to a message."""
        of_kind = f"kind = {literal(kind)}"
        named = f"{of_kind} and campaign <> ''"
        if kind in LEAVING or not self._number(f"select count(*) from events where {named}"):
            return f"({of_kind})"
        return f"({named})"

    @property
    def circumstances(self) -> Circumstances:
        """Look for what cannot be, or should not: it makes a score look better than it is."""
        return Circumstances(self._written_to(), self._alone(), self._ahead())

    def _written_to(self) -> float:
        return self._number(
            "with exits as (select row_number() over () as n, * from events where kind = 'unsubscribed'"
            f' and "at" < {self.until!r}),'
            ' gone as (select e.n, e.person, e."at", e.brand, e.channel, coalesce(min(j."at"), 1e15) as back'
            " from exits e left join (select * from events where kind = 'subscribed') j on j.person = e.person"
            f' and j."at" >= e."at" and {_alike("j", "e", "brand")} group by all)'
            ' select coalesce(avg(f.followed::int), 0) from (select g.n, bool_or(s."row" is not null) as followed'
            ' from gone g left join written s on s.person = g.person and s."at" >= g."at" and s."at" < g.back'
            f" and {_alike('s', 'g', 'brand', 'channel')} group by g.n) f"
        )

    def _alone(self) -> float:
        return self._number(
            "select coalesce(avg((m.n is null)::int), 0) from happened h left join matched m using (n)"
            f' where h."at" >= (select min("at") from sends) and h."at" < {self.until!r}'
        )

    def _ahead(self) -> float:
        """Look at where outcomes lie between two messages of the brand, whomever they went to.

        What messages cause comes soon after one, and what has nothing to do with them, anywhere: a tenth of it in the
        last tenth. An outcome that names its message needs no such guess.
        """
        return self._number(
            'with moments as (select distinct brand, "at" from written'
            " union select distinct '' as brand, \"at\" from written),"
            " open as (select brand, \"at\" from happened where campaign = ''),"
            ' after as (select o.brand, o."at", m."at" as earlier from open o asof join moments m'
            ' on o.brand = m.brand and o."at" > m."at")'
            f" select case when count(*) < {_ENOUGH} then 0 else"
            f' avg((m."at" - a."at" < {_LAST} * (m."at" - a.earlier))::int) end from after a asof join moments m'
            ' on a.brand = m.brand and a."at" <= m."at"'
        )


def _alike(one: str, other: str, *columns: str) -> str:
    """Give the condition that two events name the same, where both name anything."""
    return " and ".join(f"({one}.{c} = '' or {other}.{c} = '' or {one}.{c} = {other}.{c})" for c in columns)
