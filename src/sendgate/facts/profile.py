"""Facts over one profile, in plain Python.

Facts are compiled once for a campaign and policy; what remains for a person is a loop over few events each.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache, singledispatch
from itertools import chain
from operator import attrgetter

from sendgate.facts import kinds
from sendgate.facts.arithmetic import Value, settle
from sendgate.facts.kinds import Events, Fact
from sendgate.facts.quiet import quiet_until, zone_for
from sendgate.model.categories import Assortment
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.times import FOREVER, NEVER, UNKNOWN

NUMBER = r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?"
"""What counts as a number in an attribute; the same pattern serves the tables."""

_NUMBER = re.compile(NUMBER)
_AT = attrgetter("at")


class Subject:
    """A person at a moment: the profile without what lies in the future, and what was already selected from it."""

    __slots__ = ("by_kind", "earlier", "now", "profile", "selected", "shares", "strongest")

    def __init__(self, profile: Profile, now: float, *, earlier: bool = False) -> None:
        self.profile = profile
        self.now = now
        self.earlier = earlier
        self.by_kind = profile.by_kind if not profile.events or profile.events[-1].at <= now else _until(profile, now)
        self.selected: dict[object, Sequence[Event]] = {}
        self.strongest: dict[object, tuple[float, str]] = {}
        self.shares = self._shares()

    def _shares(self) -> bool:
        withdrawn, granted = self.by_kind.get("sharing_withdrawn"), self.by_kind.get("sharing_granted")
        return not withdrawn or bool(granted and granted[-1].at > withdrawn[-1].at)


def _until(profile: Profile, now: float) -> dict[str, Sequence[Event]]:
    """Cut the future off."""
    past = {kind: events[: bisect_right(events, now, key=_AT)] for kind, events in profile.by_kind.items()}
    return {kind: events for kind, events in past.items() if events}


Evaluate = Callable[[Subject], Value]
_Filter = Callable[[Sequence[Event]], Sequence[Event]]


def _filters(events: Events) -> list[_Filter]:
    """List the conditions of a selection beside the kind, each as a function from events to those that meet it."""
    filters = [_among(name, frozenset(values)) for name, values in events.among.items()]
    filters += [_not_among(name, frozenset(values)) for name, values in events.not_among.items()]
    if events.inside is not None:
        filters.append(_inside(events.inside))
    if events.outside is not None:
        filters.append(_outside(events.outside))
    if events.discounted:
        filters.append(lambda found: [event for event in found if event.discount > 0])
    return filters


def _among(name: str, values: frozenset[str]) -> _Filter:
    place = Event._fields.index(name)
    return lambda found: [event for event in found if event[place] in values]


def _not_among(name: str, values: frozenset[str]) -> _Filter:
    place = Event._fields.index(name)
    return lambda found: [event for event in found if event[place] not in values]


def _inside(goods: Assortment) -> _Filter:
    holds = goods.holds
    return lambda found: [event for event in found if holds(event.category, event.product)]


def _outside(goods: Assortment) -> _Filter:
    holds = goods.holds
    return lambda found: [event for event in found if not holds(event.category, event.product)]


@lru_cache(maxsize=4096)
def _selector(events: Events) -> Callable[[Subject], Sequence[Event]]:
    """Compile a selection: the events up to now, in order of time. Equal selections are made once for a subject."""
    filters, kinds_, also = _filters(events), events.kinds, _selector(events.also) if events.also else None
    if len(kinds_) == 1 and not filters and not also:
        return lambda subject: subject.by_kind.get(kinds_[0], ())

    def select(subject: Subject) -> Sequence[Event]:
        if (known := subject.selected.get(select)) is not None:
            return known
        by_kind = subject.by_kind
        groups = [by_kind[kind] for kind in kinds_ if kind in by_kind]
        found = sorted(chain(*groups), key=_AT) if len(groups) > 1 else groups[0] if groups else ()
        for narrow in filters:
            if found:
                found = narrow(found)
        if also and (more := also(subject)):
            either = {id(event): event for event in chain(found, more)}  # an event that is in both counts once
            found = sorted(either.values(), key=_AT)
        subject.selected[select] = found
        return found

    return select


def _windowed(fact: kinds.EventFact) -> Callable[[Subject], Sequence[Event]]:
    """Compile a selection with a rolling window."""
    select, within = _selector(fact.events), fact.within
    if within == FOREVER:
        return select

    def window(subject: Subject) -> Sequence[Event]:
        found = select(subject)
        start = subject.now - within
        if not found or found[0].at > start:
            return found
        return found[bisect_right(found, start, key=_AT) :]

    return window


@singledispatch
def compile_fact(fact: Fact) -> Evaluate:
    """Turn a declared fact into a function of a subject."""
    raise TypeError(f"no evaluation over a profile for {type(fact).__name__}")


@compile_fact.register
def _(fact: kinds.Count) -> Evaluate:
    window = _windowed(fact)
    return lambda subject: len(window(subject))


@compile_fact.register
def _(fact: kinds.Latest) -> Evaluate:
    window = _windowed(fact)

    def latest(subject: Subject) -> float:
        found = window(subject)
        return found[-1].at if found else NEVER

    return latest


@compile_fact.register
def _(fact: kinds.Earliest) -> Evaluate:
    window = _windowed(fact)

    def earliest(subject: Subject) -> float:
        found = window(subject)
        return found[0].at if found else FOREVER

    return earliest


@compile_fact.register
def _(fact: kinds.NthLatest) -> Evaluate:
    window, n = _windowed(fact), fact.n

    def nth(subject: Subject) -> float:
        found = window(subject)
        return found[-n].at if len(found) >= n else NEVER

    return nth


@compile_fact.register
def _(fact: kinds.CountSince) -> Evaluate:
    window, since = _windowed(fact), _selector(fact.since)

    def count(subject: Subject) -> int:
        found, anchor = window(subject), since(subject)
        return len(found) - bisect_right(found, anchor[-1].at, key=_AT) if found and anchor else len(found)

    return count


@compile_fact.register
def _(fact: kinds.Highest) -> Evaluate:
    window = _windowed(fact)
    return lambda subject: max((event.price for event in window(subject)), default=UNKNOWN)


@compile_fact.register
def _(fact: kinds.Evidence) -> Evaluate:
    window = _windowed(kinds.Count(fact.events, fact.within))
    weights = {weight.kind: (weight.weight, weight.half_life) for weight in fact.weights}
    products, factor = fact.inside.product_set, fact.product_factor

    def evidence(subject: Subject) -> float:
        total = 0.0
        for event in window(subject):
            weight, half_life = weights[event.kind]
            if event.product in products:
                weight *= factor
            total += weight * 2.0 ** ((event.at - subject.now) / half_life)
        return total

    return evidence


@lru_cache(maxsize=1024)
def _elsewhere(fact: kinds.InterestElsewhere) -> Callable[[Subject], tuple[float, str]]:
    """Compile the strongest category outside an assortment; of equals the first by name. Made once for a subject."""
    window = _windowed(kinds.Count(fact.events, fact.within))
    weights = {weight.kind: weight.weight for weight in fact.weights}

    def strongest(subject: Subject) -> tuple[float, str]:
        if (known := subject.strongest.get(strongest)) is not None:
            return known
        interest: dict[str, float] = {}
        for event in window(subject):
            if event.category:
                interest[event.category] = interest.get(event.category, 0.0) + weights[event.kind]
        total, category = min(((-settle(total), category) for category, total in interest.items()), default=(0.0, ""))
        subject.strongest[strongest] = -total, category
        return -total, category

    return strongest


@compile_fact.register
def _(fact: kinds.InterestElsewhere) -> Evaluate:
    strongest = _elsewhere(fact)
    return lambda subject: strongest(subject)[0]


@compile_fact.register
def _(fact: kinds.CategoryElsewhere) -> Evaluate:
    strongest = _elsewhere(kinds.InterestElsewhere(**vars(fact)))
    return lambda subject: strongest(subject)[1]


@compile_fact.register
def _(_fact: kinds.Now) -> Evaluate:
    return lambda subject: subject.now


@compile_fact.register
def _(_fact: kinds.EarlierInAudience) -> Evaluate:
    return lambda subject: float(subject.earlier)


@compile_fact.register
def _(fact: kinds.Attribute) -> Evaluate:
    name = fact.name
    return lambda subject: subject.profile[name]


@compile_fact.register
def _(fact: kinds.AttributeNumber) -> Evaluate:
    name = fact.name

    def number(subject: Subject) -> float:
        text = subject.profile[name]
        return float(text) if _NUMBER.fullmatch(text) else UNKNOWN

    return number


@compile_fact.register
def _(fact: kinds.QuietUntil) -> Evaluate:
    def until(subject: Subject) -> float:
        zone = zone_for(subject.profile["timezone"], fact.assume_timezone)
        return quiet_until(subject.now, zone, fact.start, fact.end)

    return until


@compile_fact.register
def _(fact: kinds.HashShare) -> Evaluate:
    salt = fact.salt.encode() + b"\0"

    def share(subject: Subject) -> float:
        return int.from_bytes(hashlib.sha256(salt + subject.profile.person.encode()).digest()[:4]) / 2**32

    return share


@compile_fact.register
def _(fact: kinds.Visible) -> Evaluate:
    shared, own = compile_fact(fact.shared), compile_fact(fact.own)
    return lambda subject: shared(subject) if subject.shares else own(subject)
