"""A person, as the family remembers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from sendgate.model.events import Event

COLUMNS = ("email", "phone", "push_token", "given_name", "family_name", "locale", "timezone", "tier")
"""People columns with a meaning of their own; every other column is an attribute for ``fits:`` and templates."""

ADDRESS_OF = MappingProxyType({"email": "email", "sms": "phone", "push": "push_token"})
"""Which people column holds the address of a channel."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Profile:
    """One human across all brands: attributes as text (empty or absent is unknown) and events in order of time.

    Addresses in it are normalised and valid; an address that is not is absent.
    """

    person: str
    attributes: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    events: tuple[Event, ...] = ()
    known: bool = True
    """False where no file knows this person: the decision is made on an empty profile, and says so."""

    @classmethod
    def of(cls, person: str, attributes: Mapping[str, str] = _NOTHING, events: Iterable[Event] = ()) -> Profile:
        """Build a profile from events in any order; of events with the same id the first one counts."""
        seen: set[str] = set()
        once = [e for e in events if not e.id or not (e.id in seen or seen.add(e.id))]  # type: ignore[func-returns-value]
        return cls(person, MappingProxyType(dict(attributes)), tuple(sorted(once, key=lambda e: e.at)))

    def __getitem__(self, attribute: str) -> str:
        """Give an attribute, or the empty text where it is unknown."""
        return self.attributes.get(attribute, "")

    @cached_property
    def by_kind(self) -> Mapping[str, Sequence[Event]]:
        """The events by kind, each in order of time: every fact asks for few kinds."""
        groups: dict[str, list[Event]] = {}
        for event in self.events:
            groups.setdefault(event.kind, []).append(event)
        return groups
