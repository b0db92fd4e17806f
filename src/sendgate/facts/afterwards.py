"""Facts as they would be after some more messages, for one person at a time: ``after`` in plain Python.

A person of a plan gets a handful of messages. What these change is told from numbers that tables counted, one person
after the other: no query is built for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from sendgate.facts import kinds
from sendgate.facts.after import Sends, selects
from sendgate.facts.kinds import Fact
from sendgate.facts.readings import anchor_of
from sendgate.facts.sharing import SHARING, shares

Known = Sequence[Any]
"""The facts of one person as they are."""
Place = Callable[[Fact], int]
"""Says where a fact stands among them."""


class Sent(NamedTuple):
    """A message of the calendar that was sent."""

    at: float
    entry: int
    offer: int


Moments = Sequence[Sequence[float]]
"""When messages were sent, by what facts speak of."""
Told = Callable[[Known, Moments], Any]
"""Gives a fact from what is known and the messages that were sent."""


class Moved:
    """What ``Sends.applied`` makes of some facts that messages may change, compiled for one person after the other."""

    def __init__(self, sends: Sends, facts: Sequence[Fact], place: Place) -> None:
        self._sends, self._place = sends, place
        self._spoken_of: dict[tuple[frozenset[tuple[int, int]], float], int] = {}
        self.told: Sequence[Told] = [self._moved(fact) for fact in facts]
        """For each fact."""
        self._nothing: Moments = [()] * len(self._spoken_of)
        self._of: dict[tuple[int, int], list[tuple[int, float]]] = {}
        for (chosen, within), at in self._spoken_of.items():
            for message in chosen:
                self._of.setdefault(message, []).append((at, within))

    def moments(self, sent: Sequence[Sent], now: float) -> Moments:
        """Say when the messages were sent that each of the facts speaks of."""
        found: list[Sequence[float]] = list(self._nothing)
        for message in sent:
            for at, within in self._of.get(message[1:], ()):
                if message[0] > now - within:
                    found[at] = (*found[at], message[0])
        return found

    def _moved(self, fact: Fact) -> Told:
        if not isinstance(fact, kinds.Visible):
            return self._part(fact, fact)
        shared, own = self._part(fact.shared, fact), self._part(fact.own, fact)
        sharing = {name: self._place(part) for name, part in SHARING.items()}

        def told(known: Known, moments: Moments) -> Any:
            ours = shares({name: known[at] for name, at in sharing.items()})
            return (shared if ours else own)(known, moments)

        return told

    def _part(self, part: Fact, fact: Fact) -> Told:
        """Compile one side of a view, or the fact itself; what is known is the whole fact."""
        assert isinstance(part, kinds.EventFact)  # noqa: S101  ``needs`` has refused the others
        here, at = self._place(fact), self._selection(part)
        if isinstance(part, kinds.NthLatest):
            return _ranked(at, [self._place(replace(part, n=n)) for n in range(1, part.n + 1)])
        if isinstance(part, kinds.Latest):
            return lambda known, moments: max([known[here], *moments[at]])
        if isinstance(part, kinds.Earliest):
            return lambda known, moments: min([known[here], *moments[at]])
        if (anchor := anchor_of(fact)) is None:
            return lambda known, moments: known[here] + len(moments[at])
        since = self._place(anchor)
        return lambda known, moments: known[here] + sum([moment > known[since] for moment in moments[at]])

    def _selection(self, fact: kinds.EventFact) -> int:
        """Give a place to the moments of the messages that a fact speaks of; facts that speak of the same share it."""
        chosen = frozenset(
            (entry, offer)
            for entry, offers in enumerate(self._sends.messages)
            for offer, event in enumerate(offers)
            if selects(fact.events, event)
        )
        return self._spoken_of.setdefault((chosen, fact.within), len(self._spoken_of))


def _ranked(at: int, places: Sequence[int]) -> Told:
    """Let messages take their places among the n latest times."""

    def told(known: Known, moments: Moments) -> float:
        times = sorted([*(known[place] for place in places), *moments[at]], reverse=True)
        return float(times[len(places) - 1])

    return told
