"""One person out of the same tables that everybody is decided from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sendgate.audience.events import KNOWN
from sendgate.audience.place import Place
from sendgate.audience.sql import among, identifier
from sendgate.errors import InputError, UnknownPersonError
from sendgate.model.addresses import normalise_email, normalise_phone
from sendgate.model.events import Event
from sendgate.model.people import Profile

_ALIKE = 0.85
"""How similar (Jaro-Winkler) an id must be to be suggested."""


def profile(who: str, names: Sequence[str], now: float, place: Place) -> Profile:
    """Give the profile of a person by id, email address or phone number.

    Raises UnknownPersonError where neither people nor events know the person, with the nearest id, and InputError
    where an address belongs to several people.
    """
    person = _person(who.strip(), place)
    return profiles([person], names, now, place)[person]


def profiles(persons: Sequence[str], names: Sequence[str], now: float, place: Place) -> dict[str, Profile]:
    """Give people by id, with one reading of the events for all of them; who is in none of the files is left out."""
    told = [name for name in KNOWN if name != "person"]
    attributes = {
        person: {name: value for name, value in zip(names, values, strict=True) if value}
        for person, *values in _rows("people", names, persons, place)
    }
    events: dict[str, list[Event]] = {}
    for person, *values in _rows("events", told, persons, place):
        events.setdefault(person, []).append(Event(**dict(zip(told, values, strict=True))))
    found: dict[str, Profile] = {}
    for person in dict.fromkeys(persons):
        happened = tuple(sorted(events.get(person, ()), key=lambda event: event.at))
        known = person in attributes or any(event.at <= now for event in happened)
        if person in attributes or happened:
            found[person] = Profile(person, attributes.get(person, {}), happened, known)
    return found


def _rows(relation: str, columns: Sequence[str], persons: Sequence[str], place: Place) -> list[tuple[Any, ...]]:
    listed = ", ".join(map(identifier, ["person", *columns]))
    return place.run(f"select {listed} from {relation} where {among('person', persons)}") if persons else []


def _person(who: str, place: Place) -> str:
    if _found(place, "people", "person", who):
        return who
    for column, normalise in (("email", normalise_email), ("phone", normalise_phone)):
        try:
            address = normalise(who)
        except ValueError:
            continue
        owners = _found(place, "people", column, address)
        if len(owners) > 1:
            raise InputError(f"`{who}` belongs to several people: {', '.join(f'`{owner}`' for owner in owners)}")
        if owners:
            return owners[0]
    if _found(place, "events", "person", who):
        return who
    raise UnknownPersonError(f"person `{who}` is in none of the files{_nearest(who, place)}")


def _found(place: Place, relation: str, column: str, value: str) -> list[str]:
    rows = place.run(f"select person from {relation} where {column} = ? limit 5", [value])
    return [person for (person,) in rows]


def _nearest(who: str, place: Place) -> str:
    query = (
        "select person from (select person, jaro_winkler_similarity(person, ?) as alike from people)"
        f" where alike >= {_ALIKE} order by alike desc, person limit 1"
    )
    nearest = place.run(query, [who])
    return f": did you mean `{nearest[0][0]}`?" if nearest else ""
