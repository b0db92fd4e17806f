"""Past messages as rows to learn from: each at its own time, with what came of it within a window.

The decision time of a row is a second before its message, so that no fact sees the message itself, nor what followed.
What followed belongs to one message: to the one that it names or, where it names none, to the latest before it. Where
some answers name their campaign, those that name none are answers to something else.
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
"""The outcome that a risk is about."""
ANSWERS = ("opened", "clicked", "redeemed", "purchased")
"""The outcomes that a relevance may be about; a purchase counts where it is in the offer."""

BEFORE = 1.0
"""Seconds between the decision and the message."""


@dataclass(frozen=True)
class Outcome:
    """What is looked for after a message, and how long."""

    kinds: tuple[str, ...]
    window: float
    """Seconds."""

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

    sends_after_leaving: float
    """Share of messages to people who had left the brand, and had not come back."""
    outcomes_without_message: float
    """Share of outcomes with no message of the window before them."""


class History:
    """The messages of a run as the tables ``sends`` and ``results``."""

    def __init__(self, run: Run, outcome: Outcome, period: Period) -> None:
        self._run = run
        self._outcome = outcome
        end = self._number('select coalesce(max("at"), 0) from events')
        self.until = min(period.until, end - outcome.window + BEFORE)
        """Later messages have not had the time for their outcome."""
        self._make_sends(Period(period.since, self.until))
        self._make_results()

    def _number(self, query: str) -> float:
        ((number,),) = self._run.engine.rows(query)
        return float(number)

    def _make_sends(self, period: Period) -> None:
        self._run.engine.run(
            'create table sends as select row_number() over (order by "at", person, campaign) - 1 as "row", person,'
            f' "at" - {BEFORE!r} as "at", brand, channel, campaign, creative from (select distinct person, "at", brand,'
            " channel, campaign, creative from events where kind = 'sent' and purpose <> 'transactional'"
            f' and "at" >= {period.since!r} and "at" < {period.until!r})'
        )
        if not self._number("select count(*) from sends"):
            raise InputError(
                f"there is no message to learn from: events of kind `sent` are needed, at least "
                f"{span(self._outcome.window)} before the last event"
            )

    def _make_results(self) -> None:
        kinds = f"kind in ({', '.join(map(literal, self._outcome.kinds))})"
        named = "campaign <> ''" if self._outcome.kinds != LEAVING else "false"
        if self._number(f"select count(*) from events where {kinds} and {named}"):
            kinds = f"{kinds} and {named}"
        alike = " and ".join(f"(h.{c} = '' or s.{c} = '' or h.{c} = s.{c})" for c in ("brand", "channel", "campaign"))
        self._run.engine.run(
            'create table happened as select row_number() over () as n, person, "at", brand, channel, campaign'
            f" from events where {kinds}"
        )
        self._run.engine.run(
            'create table matched as select h.n, arg_max(s."row", s."at") as "row" from happened h join sends s'
            f' on s.person = h.person and s."at" < h."at" and s."at" >= h."at" - {self._outcome.window + BEFORE!r}'
            f" and {alike} group by h.n"
        )
        self._run.engine.run('create table results as select distinct "row" from matched')

    @property
    def circumstances(self) -> Circumstances:
        """Look for what cannot be, or should not: it makes a score look better than it is."""
        after = (
            'select avg((left_at is not null and left_at > coalesce(joined_at, -1e15))::int) from (select s."row",'
            " max(e.\"at\") filter (e.kind = 'unsubscribed') as left_at,"
            " max(e.\"at\") filter (e.kind = 'subscribed') as joined_at from sends s"
            " left join (select * from events where kind in ('subscribed', 'unsubscribed')) e on e.person = s.person"
            ' and e."at" <= s."at" and (e.brand = \'\' or e.brand = s.brand) group by s."row")'
        )
        alone = (
            "select coalesce(avg((m.n is null)::int), 0) from happened h left join matched m using (n)"
            f' where h."at" >= (select min("at") from sends) and h."at" < {self.until!r}'
        )
        return Circumstances(self._number(after), self._number(alone))
