"""The kinds of facts, and the selections of events that they speak of.

A fact is a frozen value: two gates that ask for the same thing ask for an equal fact, which is computed once, and the
column it has in a file of kept facts is named after its definition. Nothing here computes anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from sendgate.model.categories import Assortment
from sendgate.model.times import FOREVER, NEVER, UNKNOWN

_NUMBERS = {"float": float, "int": int}


@cache
def _fields(kind: type) -> tuple[tuple[str, type[float | int] | None], ...]:
    """Give the fields of a definition, each with the kind of number that it is, if it is one."""
    said = {name: text for base in kind.__mro__ for name, text in getattr(base, "__annotations__", {}).items()}
    return tuple((name, _NUMBERS.get(said[name])) for name in kind.__struct_fields__)  # type: ignore[attr-defined]


def _is_plain(value: Any) -> bool:
    """Tell whether a text, or a tuple of texts, is written as it should be; of other values that is not known."""
    return not value or value.__class__ is str or (value.__class__ is tuple and {*map(type, value)} == {str})


def _plain(value: Any) -> Any:
    """Write a text as a text, whatever class it has."""
    if value.__class__ is tuple:
        return tuple(map(_plain, value))
    return str(value) if isinstance(value, str) else value


class Definition(Struct, frozen=True, cache_hash=True, repr_omit_defaults=True):
    """What defines a fact. It is written in one way whoever writes it, so that equal definitions have equal texts.

    A week in whole seconds equals one in fractions of them, and a channel equals its name, but they are not printed
    alike.
    """

    def __post_init__(self) -> None:
        for name, number in _fields(type(self)):
            value = getattr(self, name)
            if number:
                if value.__class__ is not number and number(value) == value:  # 2.5 is no whole number, and stays
                    force_setattr(self, name, number(value))
            elif not _is_plain(value):  # looked at first, because a plan makes hundreds of definitions
                force_setattr(self, name, _plain(value))


class Events(Definition, frozen=True):
    """Which events a fact speaks of; all that is set must hold. Events later than the decision time never count."""

    kinds: tuple[str, ...]
    brands: tuple[str, ...] = ()
    """Only these brands; the empty text stands for the family as a whole."""
    not_brands: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    not_purposes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    campaign: str = ""
    creative: str = ""
    inside: Assortment | None = None
    """Only events in this assortment."""
    outside: Assortment | None = None
    """No events in this assortment."""
    discounted: bool = False
    """Only events with something taken off the price."""
    also: Events | None = None
    """A second selection; an event counts that is in either."""

    @property
    def among(self) -> Mapping[str, tuple[str, ...]]:
        """The columns of an event of which only some values count."""
        named = {
            "brand": self.brands,
            "channel": self.channels,
            "purpose": self.purposes,
            "detail": self.details,
            "campaign": (self.campaign,) if self.campaign else (),
            "creative": (self.creative,) if self.creative else (),
        }
        return {column: values for column, values in named.items() if values}

    @property
    def not_among(self) -> Mapping[str, tuple[str, ...]]:
        """The columns of an event of which some values do not count."""
        named = {"purpose": self.not_purposes, "brand": self.not_brands}
        return {column: values for column, values in named.items() if values}


class Fact(Definition, frozen=True):
    """Base of all facts. ``key`` names it by its definition, the same in every run and on every machine.

    A definition leaves out what is at its default: a setting that comes to be later changes no older fact.
    """

    empty: ClassVar[float | str] = 0.0
    """The value for a person of whom nothing is known."""

    @property
    def key(self) -> str:
        """A short name with a digest of the definition: ``count_sent_3f2a…``."""
        digest = hashlib.sha256(repr(self).encode()).hexdigest()[:12]
        return f"{self.label}_{digest}"

    @property
    def label(self) -> str:
        """A few words that tell a reader of a facts file what the column holds."""
        events = getattr(self, "events", None)
        kinds = events.kinds if isinstance(events, Events) else ()
        return "_".join([type(self).__name__.lower(), *kinds[:2]])


class EventFact(Fact, frozen=True):
    """A fact over selected events, within a rolling window: ``now - within < at <= now``."""

    events: Events
    within: float = FOREVER
    """Seconds."""


class Count(EventFact, frozen=True):
    """How many events."""


class Latest(EventFact, frozen=True):
    """When the latest event was; NEVER if there is none."""

    empty: ClassVar[float | str] = NEVER


class Earliest(EventFact, frozen=True):
    """When the earliest event was; FOREVER if there is none."""

    empty: ClassVar[float | str] = FOREVER


class NthLatest(EventFact, frozen=True):
    """When the n-th latest event was (1 is the latest); NEVER if there are fewer."""

    n: int = 1
    empty: ClassVar[float | str] = NEVER


class CountSince(EventFact, frozen=True):
    """How many events after the latest event of another selection, or in all if there is none."""

    since: Events = Events(())


class Highest(EventFact, frozen=True):
    """The highest price paid; UNKNOWN if there is no event with a price."""

    empty: ClassVar[float | str] = UNKNOWN


class Spend(EventFact, frozen=True):
    """The sum of the prices paid; events without a price add nothing."""


class Distinct(EventFact, frozen=True):
    """How many different values a column of the events has; events that have none there do not count."""

    of: str = "campaign"
    """``brand``, ``campaign``, ``category`` or ``product``; ``at`` for moments: goods of one basket have the same."""


class Weight(Definition, frozen=True):
    """What one kind of event is worth as a sign of interest, and how fast that fades."""

    kind: str
    weight: float
    half_life: float = FOREVER
    """Seconds; FOREVER: it does not fade."""


class Evidence(Fact, frozen=True):
    """Sum over the events of an assortment of weight x 2^(-age / half-life).

    An event on one of the assortment's products counts ``product_factor`` times.
    """

    weights: tuple[Weight, ...]
    inside: Assortment
    within: float = FOREVER
    product_factor: float = 1.0
    brands: tuple[str, ...] = ()
    not_brands: tuple[str, ...] = ()

    @property
    def events(self) -> Events:
        """The events that it sums over."""
        kinds = tuple(weight.kind for weight in self.weights)
        return Events(kinds, brands=self.brands, not_brands=self.not_brands, inside=self.inside)


class InterestElsewhere(Fact, frozen=True):
    """The strongest sum of weights in one category outside an assortment. Events without a category do not count."""

    weights: tuple[Weight, ...]
    outside: Assortment
    within: float = FOREVER
    brands: tuple[str, ...] = ()
    not_brands: tuple[str, ...] = ()

    @property
    def events(self) -> Events:
        """The events that it sums over."""
        kinds = tuple(weight.kind for weight in self.weights)
        return Events(kinds, brands=self.brands, not_brands=self.not_brands, outside=self.outside)


class CategoryElsewhere(InterestElsewhere, frozen=True):
    """The category that ``InterestElsewhere`` found; of equals the first by name. Empty if there is none."""

    empty: ClassVar[float | str] = ""


class Now(Fact, frozen=True):
    """The decision time."""


class Listed(Fact, frozen=True):
    """A number that the campaign's file says, the same for everybody."""

    number: float


class EarlierInAudience(Fact, frozen=True):
    """1 where the same person, at the same decision time, stands earlier in the audience, else 0."""


class Attribute(Fact, frozen=True):
    """An attribute of the person as text; empty if unknown."""

    name: str
    empty: ClassVar[float | str] = ""

    @property
    def label(self) -> str:
        """The attribute's own name."""
        return f"attribute_{self.name}"


class AttributeNumber(Attribute, frozen=True):
    """An attribute as a number; UNKNOWN if there is none or it is not a plain decimal number."""

    empty: ClassVar[float | str] = UNKNOWN

    @property
    def label(self) -> str:
        """The attribute's own name."""
        return f"number_{self.name}"


class QuietUntil(Fact, frozen=True):
    """The end of the quiet interval in which the person's local time lies; NEVER outside of it."""

    start: int
    """Minutes after midnight, local time."""
    end: int
    assume_timezone: str
    empty: ClassVar[float | str] = NEVER


class LocalTime(Fact, frozen=True):
    """The hour (0 to 23) or the weekday (0 is Monday) that the person's clock shows at the decision time."""

    part: Literal["hour", "weekday"]
    assume_timezone: str = "UTC"
    """Where the person's time zone is unknown."""


class HashShare(Fact, frozen=True):
    """A stable number in [0, 1) for each person: the first 32 bits of sha256(salt, zero byte, person) over 2^32."""

    salt: str


class Visible(Fact, frozen=True):
    """What a brand may see: one fact where the person shares the profile across the family, another where not."""

    shared: Fact
    own: Fact

    @property
    def label(self) -> str:
        """The label of the fact in question."""
        return f"visible_{self.shared.label}"


Facts = Mapping[str, Fact]
"""The facts that a gate asks for, by the names it gives them."""
