"""Facts as they would be after some more messages, from the facts as they are.

A plan of several campaigns asks for the same facts again and again, each time after other messages of its own. Reading
all events anew would take minutes for each question. But what a few messages change can be told from the facts as they
are and from the moments of these messages: a count grows, a latest time moves, a list of the latest times takes in
another. Facts that cannot be brought up to date this way are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import narwhals as nw
from msgspec.structs import replace

from sendgate.errors import InputError
from sendgate.facts import kinds
from sendgate.facts.arithmetic import Value, as_expression, greatest, least, when
from sendgate.facts.kinds import Events, Fact
from sendgate.facts.readings import anchor_of
from sendgate.facts.sharing import SHARING, shares
from sendgate.model.events import Event
from sendgate.model.times import FOREVER, NEVER

Frame = nw.LazyFrame[Any]

_GROWING = kinds.Count | kinds.CountSince
_MOVING = kinds.Latest | kinds.Earliest


def selects(events: Events, event: Event) -> bool:
    """Tell whether a selection holds an event, whenever it happened."""
    return _holds(events, event) or (events.also is not None and selects(events.also, event))


def _holds(events: Events, event: Event) -> bool:
    inside, outside = events.inside, events.outside
    return (
        event.kind in events.kinds
        and all(getattr(event, column) in values for column, values in events.among.items())
        and not any(getattr(event, column) in values for column, values in events.not_among.items())
        and (inside is None or inside.holds(event.category, event.product))
        and (outside is None or not outside.holds(event.category, event.product))
        and (not events.discounted or event.discount > 0)
    )


@dataclass(frozen=True)
class Sends:
    """Messages that may have been sent, beside what the log of events knows.

    A frame says of each when it was sent, in the column ``sent0``, ``sent1``, … (NEVER: not), and which offer it spoke
    of, in ``offer0``, ….
    """

    messages: tuple[tuple[Event, ...], ...]
    """Each with the event that it leaves behind, offer by offer."""

    def read_by(self, fact: Fact) -> bool:
        """Tell whether a fact may change with one of the messages."""
        if isinstance(fact, kinds.Visible):
            return self.read_by(fact.shared) or self.read_by(fact.own)
        selections = [events for name in ("events", "since") if isinstance(events := getattr(fact, name, None), Events)]
        return any(selects(events, event) for events in selections for sends in self.messages for event in sends)

    def needs(self, facts: Iterable[Fact]) -> frozenset[Fact]:
        """Give the facts as they are that are needed to tell some facts as they would be.

        Raises InputError for a fact that cannot be told that way.
        """
        return frozenset(need for fact in facts for need in self._needs(fact))

    def _needs(self, fact: Fact) -> Iterator[Fact]:
        yield fact
        if self.read_by(fact):
            if why := self._refusal(fact):
                raise InputError(f"a gate asks for what a plan cannot foresee: it {why}")
            yield from _beside(fact)

    def refusal(self, fact: Fact) -> str:
        """Say what a fact does for which it cannot be told as it would be; empty where it can."""
        return self._refusal(fact) if self.read_by(fact) else ""

    def _refusal(self, fact: Fact) -> str:
        if isinstance(fact, kinds.Visible):
            return self._refusal_of(fact.shared) or self._refusal_of(fact.own)
        return "" if isinstance(fact, kinds.NthLatest) else self._refusal_of(fact)

    def _refusal_of(self, fact: Fact) -> str:
        if isinstance(fact, kinds.CountSince) and self.read_by(kinds.Latest(fact.since)):
            return "counts what happened since a message was sent"  # that one has moved: it needs the events again
        if isinstance(fact, _GROWING | _MOVING):
            return ""
        if isinstance(fact, kinds.Evidence | kinds.InterestElsewhere):
            return "takes a message that was sent for a sign of interest"
        if isinstance(fact, kinds.Distinct):
            return f"counts each `{fact.of}` of the messages once"
        return "takes more from messages that were sent than their number and times"

    def applied(self, frame: Frame, facts: Iterable[Fact]) -> Frame:
        """Bring the facts of a frame up to date. Beside ``needs``, it has the columns of the messages and ``now``."""
        moved = sorted((fact for fact in facts if self.read_by(fact)), key=lambda fact: fact.key)
        ranked = [fact for fact in moved if isinstance(fact, kinds.NthLatest)]
        plain = {fact.key: self._moved(fact) for fact in moved if not isinstance(fact, kinds.NthLatest)}
        frame = frame.with_columns(**plain) if plain else frame
        return self._with_ranked(frame, ranked) if ranked else frame

    def _moved(self, fact: Fact) -> nw.Expr:
        known = nw.col(fact.key)
        if not isinstance(fact, kinds.Visible):
            return as_expression(self._with_messages(fact, known, _column(anchor_of(fact))))
        anchor, ours = _column(anchor_of(fact)), shares({name: nw.col(f.key) for name, f in SHARING.items()})
        shared, own = (self._with_messages(part, known, anchor) for part in (fact.shared, fact.own))
        return as_expression(when(ours, shared, own))

    def _with_messages(self, fact: Fact, known: Value, anchor: nw.Expr | None) -> Value:
        """Add to a value what the messages add."""
        assert isinstance(fact, _GROWING | _MOVING)  # noqa: S101  ``needs`` has refused the others
        moments = self._moments(fact)
        if isinstance(fact, _MOVING):
            return reduce(greatest if isinstance(fact, kinds.Latest) else least, moments, known)
        for moment in moments:
            since = (moment > NEVER) if anchor is None else (moment > NEVER) & (moment > anchor)
            known = known + when(since, 1.0, 0.0)
        return known

    def _moments(self, fact: kinds.EventFact) -> list[nw.Expr]:
        """Say when each message that a fact speaks of was sent; NEVER, or FOREVER for the earliest: it was not."""
        nothing = FOREVER if isinstance(fact, kinds.Earliest) else NEVER
        moments = []
        for place, offers in enumerate(self.messages):
            chosen = [k for k, event in enumerate(offers) if selects(fact.events, event)]
            if not chosen:
                continue
            at = nw.col(f"sent{place}")
            counts = at > NEVER if fact.within == FOREVER else at > nw.col("now") - fact.within
            if len(chosen) < len(offers):
                counts = counts & nw.col(f"offer{place}").is_in([float(k) for k in chosen])
            moments.append(as_expression(when(counts, at, nothing)))
        return moments

    def _with_ranked(self, frame: Frame, facts: Sequence[kinds.NthLatest]) -> Frame:
        """Let each message in turn take its place among the latest times, in a stage of its own."""
        longest: dict[tuple[Events, float], kinds.NthLatest] = {}
        for fact in facts:
            longest[fact.events, fact.within] = max(fact, longest.get((fact.events, fact.within), fact), key=_place)
        queues = {fact: self._moments(fact) for fact in longest.values()}
        for turn in range(max(map(len, queues.values()))):
            columns: dict[str, nw.Expr] = {}
            for fact, moments in queues.items():
                columns |= _taken_in(fact, moments[turn]) if turn < len(moments) else {}
            frame = frame.with_columns(**columns)
        return frame


def _place(fact: kinds.NthLatest) -> int:
    return fact.n


def _taken_in(fact: kinds.NthLatest, moment: nw.Expr) -> dict[str, nw.Expr]:
    """Put a moment among the n latest times: what it pushes out moves down one place."""
    times = [nw.col(replace(fact, n=n).key) for n in range(1, fact.n + 1)]
    above = [as_expression(moment), *(as_expression(least(time, moment)) for time in times)]
    return {
        replace(fact, n=n).key: as_expression(greatest(time, above[n - 1])) for n, time in enumerate(times, start=1)
    }


def _beside(fact: Fact) -> Iterator[Fact]:
    """Give what must be known beside a fact to bring it up to date."""
    if isinstance(fact, kinds.NthLatest):
        yield from (replace(fact, n=n) for n in range(1, fact.n))
    elif isinstance(fact, kinds.CountSince):
        yield kinds.Latest(fact.since)
    elif isinstance(fact, kinds.Visible):
        yield from SHARING.values()
        if isinstance(fact.shared, kinds.CountSince) and isinstance(fact.own, kinds.CountSince):
            yield kinds.Visible(kinds.Latest(fact.shared.since), kinds.Latest(fact.own.since))


def _column(fact: Fact | None) -> nw.Expr | None:
    return None if fact is None else nw.col(fact.key)
