"""Facts over one profile, in plain Python.

Facts are compiled once for a campaign and policy; what remains for a person is a loop over few events each.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache, singledispatch
from operator import attrgetter
from typing import Any, NamedTuple, cast

from msgspec.structs import astuple

from sendgate.facts import kinds
from sendgate.facts.arithmetic import Value, settle
from sendgate.facts.kinds import Events, Fact
from sendgate.facts.local_time import local_time
from sendgate.facts.quiet import quiet_until, zone_for
from sendgate.model.categories import Assortment
from sendgate.model.events import Event
from sendgate.model.people import Profile
from sendgate.model.times import FOREVER, NEVER, UNKNOWN

NUMBER = r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?"
"""What counts as a number in an attribute; the same pattern serves the tables."""

_NUMBER = re.compile(NUMBER)
_AT = attrgetter("at")


def number_in(text: str) -> float:
    """Read an attribute as a number; UNKNOWN where it is none."""
    return float(text) if _NUMBER.fullmatch(text) else UNKNOWN


class Subject:
    """A person at a moment: the profile without what lies in the future, and what was already selected from it."""

    __slots__ = ("attributes", "by_kind", "earlier", "kept", "now", "profile", "shares")

    def __init__(self, profile: Profile, now: float, *, earlier: bool = False) -> None:
        self.profile = profile
        self.attributes = profile.attributes
        self.now = now
        self.earlier = earlier
        self.by_kind = profile.by_kind if not profile.events or profile.events[-1].at <= now else _until(profile, now)
        self.kept: dict[object, Any] = {}
        self.shares = self._shares()

    def _shares(self) -> bool:
        withdrawn, granted = self.by_kind.get("sharing_withdrawn"), self.by_kind.get("sharing_granted")
        return not withdrawn or bool(granted and granted[-1].at > withdrawn[-1].at)


def _until(profile: Profile, now: float) -> dict[str, Sequence[Event]]:
    """Cut the future off."""
    past = {kind: events[: bisect_right(events, now, key=_AT)] for kind, events in profile.by_kind.items()}
    return {kind: events for kind, events in past.items() if events}


Evaluate = Callable[[Subject], Value]
_Select = Callable[[Subject], Sequence[Event]]


class _Test(NamedTuple):
    """A condition on events, beside their kind."""

    column: str
    wanted: Hashable
    """Values, or an assortment."""
    holds: bool = True
    """False: events that do not meet it are kept."""


def _tests(events: Events) -> tuple[_Test, ...]:
    """List the conditions of a selection: those that many selections share first, so that these start alike."""
    tests = [_Test(column, values, holds=False) for column, values in events.not_among.items()]
    tests += [_Test("goods", events.outside, holds=False)] if events.outside is not None else []
    tests += [_Test(column, values) for column, values in events.among.items()]
    tests += [_Test("goods", events.inside)] if events.inside is not None else []
    return (*tests, _Test("discount", 0)) if events.discounted else tuple(tests)


def _narrows(test: _Test) -> Callable[[Sequence[Event]], list[Event]]:
    """Give the function from events to those that meet a condition."""
    column, wanted, wants = test
    if isinstance(wanted, Assortment):
        holds = wanted.holds
        return lambda found: [event for event in found if holds(event.category, event.product) is wants]
    if column == "discount":
        return lambda found: [event for event in found if event.discount > 0]
    place, values = Event._fields.index(column), frozenset(cast("tuple[str, ...]", wanted))
    if wants:
        return lambda found: [event for event in found if event[place] in values]
    return lambda found: [event for event in found if event[place] not in values]


@lru_cache(maxsize=4096)
def _of_kind(kind: str, within: float, tests: tuple[_Test, ...]) -> _Select:
    """Compile a selection of one kind. It goes on from what begins alike, and is made once for a subject."""
    if not tests:
        return _recent(kind, within)
    above, narrow = _of_kind(kind, within, tests[:-1]), _narrows(tests[-1])

    def select(subject: Subject) -> Sequence[Event]:
        if kind not in subject.by_kind:
            return ()
        found: Sequence[Event] | None = subject.kept.get(select)
        if found is None:
            found = above(subject)
            subject.kept[select] = found = narrow(found) if found else ()
        return found

    return select


def _recent(kind: str, within: float) -> _Select:
    """Compile the selection of all events of a kind in a rolling window."""
    if within == FOREVER:
        return lambda subject: subject.by_kind.get(kind, ())

    def recent(subject: Subject) -> Sequence[Event]:
        found: Sequence[Event] | None = subject.kept.get(recent)
        if found is None:
            found, start = subject.by_kind.get(kind, ()), subject.now - within
            if found and found[0].at <= start:
                found = found[bisect_right(found, start, key=_AT) :]
            subject.kept[recent] = found
        return found

    return recent


def _each_kind(events: Events | None, within: float = FOREVER) -> list[_Select]:
    """Compile the selections of single kinds that an event is in one of."""
    if events is None:
        return []
    tests = _tests(events)
    return [_of_kind(kind, within, tests) for kind in events.kinds] + _each_kind(events.also, within)


@lru_cache(maxsize=4096)
def _all_kinds(events: Events, within: float) -> _Select:
    """Compile a selection: the events up to now, in order of time. An event that is selected twice counts once."""
    selects = _each_kind(events, within)
    if len(selects) == 1:
        return selects[0]

    def select(subject: Subject) -> Sequence[Event]:
        found: Sequence[Event] | None = subject.kept.get(select)
        if found is None:
            either = {id(event): event for own in selects for event in own(subject)}
            subject.kept[select] = found = sorted(either.values(), key=_AT)
        return found

    return select


def _latest(events: Events, within: float = FOREVER) -> Callable[[Subject], float]:
    """Compile when the latest event of a selection was. Kinds need not be merged for that."""
    selects = _each_kind(events, within)
    if len(selects) > 1:
        return lambda subject: max([found[-1].at for select in selects if (found := select(subject))], default=NEVER)
    (select,) = selects

    def latest(subject: Subject) -> float:
        found = select(subject)
        return found[-1].at if found else NEVER

    return latest


@singledispatch
def compile_fact(fact: Fact) -> Evaluate:
    """Turn a declared fact into a function of a subject."""
    raise TypeError(f"no evaluation over a profile for {type(fact).__name__}")


@compile_fact.register
def _(fact: kinds.Count) -> Evaluate:
    window = _all_kinds(fact.events, fact.within)
    return lambda subject: len(window(subject))


@compile_fact.register
def _(fact: kinds.Latest) -> Evaluate:
    return _latest(fact.events, fact.within)


@compile_fact.register
def _(fact: kinds.Earliest) -> Evaluate:
    window = _all_kinds(fact.events, fact.within)

    def earliest(subject: Subject) -> float:
        found = window(subject)
        return found[0].at if found else FOREVER

    return earliest


@compile_fact.register
def _(fact: kinds.NthLatest) -> Evaluate:
    window, n = _all_kinds(fact.events, fact.within), fact.n

    def nth(subject: Subject) -> float:
        found = window(subject)
        return found[-n].at if len(found) >= n else NEVER

    return nth


@compile_fact.register
def _(fact: kinds.CountSince) -> Evaluate:
    window, since = _all_kinds(fact.events, fact.within), _latest(fact.since)

    def count(subject: Subject) -> int:
        found = window(subject)
        if not found or (start := since(subject)) < found[0].at:
            return len(found)
        return len(found) - bisect_right(found, start, key=_AT)

    return count


@compile_fact.register
def _(fact: kinds.Highest) -> Evaluate:
    window = _all_kinds(fact.events, fact.within)
    return lambda subject: max([event.price for event in window(subject)], default=UNKNOWN)


@compile_fact.register
def _(fact: kinds.Spend) -> Evaluate:
    window = _all_kinds(fact.events, fact.within)
    return lambda subject: sum([event.price for event in window(subject) if event.price >= 0], start=0.0)


@compile_fact.register
def _(fact: kinds.Distinct) -> Evaluate:
    window, place = _all_kinds(fact.events, fact.within), Event._fields.index(fact.of)
    return lambda subject: len({event[place] for event in window(subject)} - {""})


def _signs(fact: kinds.Evidence | kinds.InterestElsewhere) -> list[tuple[_Select, float, float]]:
    """Compile the selection of each kind, with what an event of it is worth and its half-life."""
    selects = zip(_each_kind(fact.events, fact.within), fact.weights, strict=True)
    return [(select, sign.weight, sign.half_life) for select, sign in selects]


@compile_fact.register
def _(fact: kinds.Evidence) -> Evaluate:
    signs, products, factor = _signs(fact), fact.inside.product_set, fact.product_factor

    def evidence(subject: Subject) -> float:
        total, now = 0.0, subject.now
        for select, weight, half_life in signs:
            for event in select(subject):
                strength = weight * 2.0 ** ((event.at - now) / half_life)
                total += strength * factor if event.product in products else strength
        return total

    return evidence


@lru_cache(maxsize=1024)
def _elsewhere(fact: kinds.InterestElsewhere) -> Callable[[Subject], tuple[float, str]]:
    """Compile the strongest category outside an assortment; of equals the first by name. Made once for a subject."""
    signs = _signs(fact)

    def strongest(subject: Subject) -> tuple[float, str]:
        found: tuple[float, str] | None = subject.kept.get(strongest)
        if found is None:
            interest: dict[str, float] = {}
            for select, weight, _ in signs:
                for event in select(subject):
                    if event.category:
                        interest[event.category] = interest.get(event.category, 0.0) + weight
            subject.kept[strongest] = found = _strongest(interest)
        return found

    return strongest


def _strongest(interest: Mapping[str, float]) -> tuple[float, str]:
    total, category = min([(-settle(total), category) for category, total in interest.items()], default=(0.0, ""))
    return -total, category


@compile_fact.register
def _(fact: kinds.InterestElsewhere) -> Evaluate:
    strongest = _elsewhere(fact)
    return lambda subject: strongest(subject)[0]


@compile_fact.register
def _(fact: kinds.CategoryElsewhere) -> Evaluate:
    strongest = _elsewhere(kinds.InterestElsewhere(*astuple(fact)))
    return lambda subject: strongest(subject)[1]


@compile_fact.register
def _(_fact: kinds.Now) -> Evaluate:
    return lambda subject: subject.now


@compile_fact.register
def _(fact: kinds.Listed) -> Evaluate:
    number = float(fact.number)
    return lambda _subject: number


@compile_fact.register
def _(_fact: kinds.EarlierInAudience) -> Evaluate:
    return lambda subject: float(subject.earlier)


@compile_fact.register
def _(fact: kinds.Attribute) -> Evaluate:
    name = fact.name
    return lambda subject: subject.attributes.get(name, "")


@compile_fact.register
def _(fact: kinds.AttributeNumber) -> Evaluate:
    name = fact.name
    return lambda subject: number_in(subject.attributes.get(name, ""))


@compile_fact.register
def _(fact: kinds.QuietUntil) -> Evaluate:
    def until(subject: Subject) -> float:
        zone = zone_for(subject.attributes.get("timezone", ""), fact.assume_timezone)
        return quiet_until(subject.now, zone, fact.start, fact.end)

    return until


@compile_fact.register
def _(fact: kinds.LocalTime) -> Evaluate:
    def shown(subject: Subject) -> float:
        zone = zone_for(subject.attributes.get("timezone", ""), fact.assume_timezone)
        return local_time(subject.now, zone, fact.part)

    return shown


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
