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
            f" and {alike('h', 's', 'brand', 'channel', 'campaign')} group by h.n"
        )
        self._run.engine.run('create table results as select distinct "row" from matched')

    def _wanted(self, kind: str) -> str:
        """Give the condition for events of a kind that are answers to a message."""
        of_kind = f"kind = {literal(kind)}"
        named = f"{of_kind} and campaign <> ''"
        if kind in LEAVING or not self._number(f"select count(*) from events where {named}"):
            return f"({of_kind})"
        return f"({named})"


def alike(one: str, other: str, *columns: str) -> str:
    """Give the condition that two events name the same, where both name anything."""
    return " and ".join(f"({one}.{c} = '' or {other}.{c} = '' or {one}.{c} = {other}.{c})" for c in columns)
