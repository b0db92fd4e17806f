"""The audience as the table ``rows`` of ``facts.engine``: who is meant by each row, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sendgate.audience.account import Account
from sendgate.audience.addressing import Clean, emails, phones
from sendgate.audience.columns import Column, heading, require_one
from sendgate.audience.loading import Loaded, load, reject
from sendgate.audience.opening import open_source
from sendgate.audience.place import Place
from sendgate.audience.sources import Fault, Projection, Source
from sendgate.audience.sql import identifier, plain_text, quoted
from sendgate.audience.values import check_time, empty, raw, seconds, time_faults
from sendgate.facts.engine import PERSON

IDENTITIES = ("person", "email", "phone")
"""What may say who is meant. Where a file has several of them, the first holds."""
KNOWN = (*IDENTITIES, "at")


class Listing(NamedTuple):
    """An audience file and how to read it."""

    source: Source
    columns: Mapping[str, Column]
    identity: str
    name: str = "audience"
    """Of the relation."""

    @property
    def own(self) -> Mapping[str, str]:
        """The audience's columns by name, with the names that they have in the relation."""
        return {column.name: f"own_{at}" for at, column in enumerate(self.columns.values())}


def opened(path: Path, place: Place) -> Listing:
    """Open an audience and find its columns. Raises InputError where nothing says who is meant."""
    source = open_source(path, place, KNOWN)
    columns = heading(path, source.columns, KNOWN)
    identity = require_one(path, columns, IDENTITIES)
    if "at" in columns:
        check_time(path, columns["at"])
    return Listing(source, columns, identity)


def load_recipients(listing: Listing, now: float, place: Place, account: Account) -> None:
    """Make the table ``recipients``: ``row``, ``person``, ``"at"``, and ``address`` where that is what was given."""
    loaded = load(listing.source, place, listing.name, "audience", _projection(listing, now))
    if listing.identity == "person":
        _by_person(listing, place)
    else:
        _by_address(listing, loaded, place)
    account.files.append(loaded.account)


def _projection(listing: Listing, now: float) -> Projection:
    columns = listing.columns
    who = columns[listing.identity]
    raws = {name: columns[written].sql for written, name in zip(columns, listing.own.values(), strict=True)}
    raws["who"] = plain_text(who.sql, who.kind)
    give = {name: name for name in (*listing.own.values(), "who")}
    faults = [Fault("who = ''", f"'`{listing.identity}` is empty'")]
    if "at" not in columns:
        return Projection(raws, {}, {**give, "at": repr(now) + "::double"}, faults)
    kind = columns["at"].kind
    raws["at_raw"] = raw(columns["at"])
    give["at"] = f"case when {empty('at', kind)} then {now!r}::double else at_value end"
    return Projection(raws, {"at_value": seconds("at", kind)}, give, [*faults, *time_faults("at", kind)])


def _by_person(listing: Listing, place: Place) -> None:
    place.run(
        'create table recipients as select row_no as "row", who as person, "at", \'\' as address'
        f" from {listing.name} where rejected is null"
    )


def _by_address(listing: Listing, loaded: Loaded, place: Place) -> None:
    """Find people by a normalised address. An address that no person has is a person of its own, yet unknown."""
    name = listing.identity
    clean = _address(listing, place)
    place.run(
        f"create table address_book as select {name} as address, min(person) as owner, count(*) as owners"
        f" from people where {name} <> '' group by {name}"
    )
    place.run(
        f'create view addressing as select row_no, who, "at", {clean.value} as address'
        f" from {listing.name} {clean.join} where rejected is null"
    )
    place.run(
        "create table addressed as select a.*, b.owner, coalesce(b.owners, 0) as owners"
        " from addressing a left join address_book b using (address)"
    )
    what = "an email address" if name == "email" else "an international phone number"
    fault = (
        f"case when address = '' then '`{name}` is not {what}: ' || {quoted('who')}"
        f" when owners > 1 then '`{name}` belongs to ' || owners || ' people: ' || {quoted('who')} end"
    )
    reject(loaded, place, f"select row_no, {fault} as reason from addressed where address = '' or owners > 1")
    place.run(
        'create table recipients as select row_no as "row", coalesce(owner, address) as person, "at", address'
        " from addressed where address <> '' and owners <= 1"
    )
    place.run("drop table addressed")


def _address(listing: Listing, place: Place) -> Clean:
    return (emails if listing.identity == "email" else phones)(place, listing.name, "who")


def nobody(place: Place) -> None:
    """Make an empty table ``recipients``, for a run without an audience."""
    place.run('create table recipients ("row" bigint, person varchar, "at" double, address varchar)')


def join_people(names: Sequence[str], identity: str, place: Place, account: Account) -> None:
    """Make the table ``rows``."""
    _find_strangers(place, account)
    place.run(
        'create table repeated_recipients as select person, "at", min("row") as first from recipients'
        " group by all having count(*) > 1"
    )
    attributes = "".join(f", {_attribute(name, identity)} as {identifier(PERSON + name)}" for name in names)
    place.run(
        'create table "rows" as select r."row", r.person, r."at",'
        ' case when r."row" > again.first then 1.0::double else 0.0::double end as earlier,'
        ' (p.person is not null or coalesce(s.first <= r."at", false)) as known'
        f"{attributes} from recipients r left join people p on p.person = r.person"
        " left join strangers s on s.person = r.person"
        ' left join repeated_recipients again on again.person = r.person and again."at" = r."at"'
    )
    query = 'select count(distinct person) filter (not known), count(*) filter (earlier = 1) from "rows"'
    account.unknown_persons, account.repeated_rows = place.run(query)[0]


def _find_strangers(place: Place, account: Account) -> None:
    """Look for events of those who are in no people file, and when the first was: a replay knows of none later.

    Without an audience nobody asks for them. Numbers are found faster than texts. That one of a million strangers has
    the 64 bits of one of a million people has a chance of one in 18 million; we would take that person for unknown.
    """
    asked = place.number("select count(*) from recipients") > 0
    place.run(
        'create table strangers as select person, min("at") as first, count(*) as events'
        ' from (select person, "at", hash(person) as hashed from events)'
        " anti join (select hash(person) as hashed from people) using (hashed)"
        f" where {asked} group by person"
    )
    if place.number("select count(*) from people"):
        account.unknown_events = place.number("select coalesce(sum(events), 0) from strangers")


def _attribute(name: str, identity: str) -> str:
    value = f"coalesce(p.{identifier(name)}, '')"
    return f"coalesce(nullif({value}, ''), r.address, '')" if name == identity else value
