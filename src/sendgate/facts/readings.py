"""Which events a fact reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from sendgate.facts import kinds
from sendgate.facts.kinds import Events, Fact
from sendgate.model.categories import Assortment
from sendgate.model.times import FOREVER


class Sight(NamedTuple):
    """The brands whose events a brand may see: selections by brand alone."""

    shared: Events
    own: Events
    """Of a person who withdrew sharing."""


class Reading(NamedTuple):
    """The events that one fact reads."""

    events: Events
    sights: tuple[Sight, ...]
    """For each of the ``selections`` what of it a brand may see; nothing where that makes no difference."""
    within: float
    """Seconds."""

    @property
    def selections(self) -> list[Events]:
        """The selection, and what it is widened by."""
        listed = [self.events]
        while also := listed[-1].also:
            listed.append(also)
        return listed

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events that it may read."""
        return frozenset(kind for events in self.selections for kind in events.kinds)


class Reach(NamedTuple):
    """Which events some readings may read, told by what is quickly told of an event."""

    always: frozenset[str]
    """Kinds of which any event may be read."""
    inside: frozenset[str]
    """Kinds of which an event may be read that is in one of the ``goods``."""
    goods: tuple[Assortment, ...]
    lately: tuple[tuple[float, frozenset[str]], ...]
    """By window (seconds) the kinds of which an event may be read that lies in it."""

    @classmethod
    def of(cls, readings: Iterable[Reading]) -> Reach:
        """Sort the selections of the readings by what restricts them."""
        always, inside, goods = set[str](), set[str](), dict[Assortment, None]()
        windows: dict[str, float] = {}
        for reading in readings:
            for events in reading.selections:
                if events.inside is not None:
                    inside |= {*events.kinds}
                    goods[events.inside] = None
                elif reading.within != FOREVER:
                    windows |= {kind: max(reading.within, windows.get(kind, 0.0)) for kind in events.kinds}
                else:
                    always |= {*events.kinds}
        windows = {kind: window for kind, window in windows.items() if kind not in always}
        return cls(frozenset(always), frozenset(inside - always), _widest(goods), _by_window(windows))


def _by_window(windows: Mapping[str, float]) -> tuple[tuple[float, frozenset[str]], ...]:
    """Gather kinds that have the same window."""
    lengths = sorted(set(windows.values()))
    return tuple((length, frozenset(kind for kind in windows if windows[kind] == length)) for length in lengths)


def _widest(goods: Iterable[Assortment]) -> tuple[Assortment, ...]:
    """Leave out what another covers. Of some that cover each other one stays."""
    kept: list[Assortment] = []
    for some in goods:
        if not any(other.covers(some) for other in kept):
            kept = [*(other for other in kept if not some.covers(other)), some]
    return tuple(kept)


def basis(fact: Fact) -> Fact:
    """Give the fact that is computed: of a view the shared one, over other events where the person does not share."""
    return fact.shared if isinstance(fact, kinds.Visible) else fact


def reads_events(fact: Fact) -> bool:
    """Tell whether a fact is about events at all."""
    return isinstance(basis(fact), kinds.EventFact | kinds.Evidence | kinds.InterestElsewhere)


def reading_of(fact: Fact) -> Reading:
    """Give the reading of a fact over events."""
    if isinstance(fact, kinds.Visible):
        shared, own = reading_of(fact.shared), reading_of(fact.own)
        events = _of_any_brand(shared.events)
        if _of_any_brand(own.events) != events or own.within != shared.within:
            raise TypeError("both sides of a view read the same, but for the brands")
        both = zip(shared.selections, own.selections, strict=True)
        return shared._replace(events=events, sights=tuple(Sight(_by_brand(one), _by_brand(two)) for one, two in both))
    return Reading(fact.events, (), fact.within)  # type: ignore[attr-defined]


def _of_any_brand(events: Events) -> Events:
    return replace(events, brands=(), not_brands=(), also=events.also and _of_any_brand(events.also))


def _by_brand(events: Events) -> Events:
    return Events((), brands=events.brands, not_brands=events.not_brands)


def anchor_of(fact: Fact) -> Fact | None:
    """Give the fact that says since when is counted; None where all is."""
    if isinstance(fact, kinds.Visible):
        shared, own = anchor_of(fact.shared), anchor_of(fact.own)
        return kinds.Visible(shared, own) if shared and own else None
    return kinds.Latest(fact.since) if isinstance(fact, kinds.CountSince) else None


def columns_of(fact: Fact) -> Iterator[str]:
    """List the numbers that a fact reads of an event, and of its subject."""
    yield "at"
    if any(events.discounted for events in reading_of(fact).selections):
        yield "discount"
    if isinstance(basis(fact), kinds.Highest | kinds.Spend):
        yield "price"
    if anchor := anchor_of(fact):
        yield anchor.key


def text_of(fact: Fact) -> str | None:
    """Give the text of an event that a fact tells apart; all other texts are only asked about."""
    asked = basis(fact)
    if isinstance(asked, kinds.Distinct):
        return asked.of if asked.of != "at" else None
    return "category" if isinstance(asked, kinds.InterestElsewhere) else None


def assortments_of(fact: Fact) -> Iterator[Assortment]:
    """List the assortments that a fact over events asks about."""
    fact, reading = basis(fact), reading_of(fact)
    if isinstance(fact, kinds.Evidence) and fact.inside.products:
        yield products_of(fact.inside)
    for events in reading.selections:
        yield from (goods for goods in (events.inside, events.outside) if goods is not None)


def products_of(goods: Assortment) -> Assortment:
    """Give the products of an assortment alone: an event on one of them counts for more."""
    return Assortment(products=goods.products)
