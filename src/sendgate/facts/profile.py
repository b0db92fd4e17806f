"""Facts over one profile, in plain Python.

Facts are compiled once for a campaign and policy; what remains for a person is a loop over few events each.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache, singledispatch
from operator import attrgetter

from sendgate.facts import kinds
from sendgate.facts.arithmetic import Value, settle
from sendgate.facts.kinds import Events, Fact
from sendgate.facts.quiet import quiet_until, zone_for
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.times import FOREVER, NEVER, UNKNOWN

NUMBER = r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?"
"""What counts as a number in an attribute; the same pattern serves the tables."""

_NUMBER = re.compile(NUMBER)
_AT = attrgetter("at")


class Subject:
    """A person at a moment: the profile without what lies in the future, and what was already selected from it."""

    __slots__ = ("earlier", "now", "profile", "selected", "shares")

    def __init__(self, profile: Profile, now: float, *, earlier: bool = False) -> None:
        self.profile = profile
        self.now = now
        self.earlier = earlier
        self.selected: dict[object, Sequence[Event]] = {}
        self.shares = self._shares()

    def of_kind(self, kind: str) -> Sequence[Event]:
        """Give the events of a kind up to now, in order of time."""
        events = self.profile.by_kind.get(kind, ())
        if events and events[-1].at > self.now:
            return events[: bisect_right(events, self.now, key=_AT)]
        return events

    def _shares(self) -> bool:
        withdrawn, granted = self.of_kind("sharing_withdrawn"), self.of_kind("sharing_granted")
        return not withdrawn or bool(granted and granted[-1].at > withdrawn[-1].at)


Evaluate = Callable[[Subject], Value]
_Match = Callable[[Event], bool]


def _matchers(events: Events) -> list[_Match]:
    """List the conditions of a selection beside the kind."""
    matchers: list[_Match] = []
    for name, values in (
        ("brand", events.brands),
        ("channel", events.channels),
        ("purpose", events.purposes),
        ("detail", events.details),
        ("campaign", (events.campaign,) if events.campaign else ()),
        ("creative", (events.creative,) if events.creative else ()),
    ):
        if values:
            matchers.append(_among(name, frozenset(values)))
    for name, values in (("brand", events.not_brands), ("purpose", events.not_purposes)):
        if values:
            matchers.append(_not_among(name, frozenset(values)))
    if events.inside is not None:
        holds = events.inside.holds
        matchers.append(lambda event: holds(event.category, event.product))
    if events.outside is not None:
        excludes = events.outside.holds
        matchers.append(lambda event: not excludes(event.category, event.product))
    if events.discounted:
        matchers.append(lambda event: event.discount > 0)
    return matchers


def _among(name: str, values: frozenset[str]) -> _Match:
    get = attrgetter(name)
    return lambda event: get(event) in values


def _not_among(name: str, values: frozenset[str]) -> _Match:
    get = attrgetter(name)
    return lambda event: get(event) not in values


@lru_cache(maxsize=4096)
def _selector(events: Events) -> Callable[[Subject], Sequence[Event]]:
    """Compile a selection: the events up to now, in order of time. Equal selections are made once for a subject."""
    matchers = _matchers(events)
    also = _selector(events.also) if events.also else None

    def matching(subject: Subject, kind: str) -> Sequence[Event]:
        found = subject.of_kind(kind)
        for match in matchers:
            found = [event for event in found if match(event)] if found else found
        return found

    def select(subject: Subject) -> Sequence[Event]:
        if (known := subject.selected.get(select)) is not None:
            return known
        groups = [matching(subject, kind) for kind in events.kinds]
        if also:
            groups.append(also(subject))
        groups = [group for group in groups if group]
        found = sorted((e for group in groups for e in group), key=_AT) if len(groups) > 1 else next(iter(groups), ())
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


def _elsewhere(fact: kinds.InterestElsewhere) -> Callable[[Subject], tuple[float, str]]:
    """Compile the strongest category outside an assortment; of equals the first by name."""
    window = _windowed(kinds.Count(fact.events, fact.within))
    weights = {weight.kind: weight.weight for weight in fact.weights}

    def strongest(subject: Subject) -> tuple[float, str]:
        interest: dict[str, float] = {}
        for event in window(subject):
            if event.category:
                interest[event.category] = interest.get(event.category, 0.0) + weights[event.kind]
        if not interest:
            return 0.0, ""
        strength, category = min((-settle(total), category) for category, total in interest.items())
        return -strength, category

    return strongest


@compile_fact.register
def _(fact: kinds.InterestElsewhere) -> Evaluate:
    strongest = _elsewhere(fact)
    return lambda subject: strongest(subject)[0]


@compile_fact.register
def _(fact: kinds.CategoryElsewhere) -> Evaluate:
    strongest = _elsewhere(fact)
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
