"""People files as one table ``people``: a row for each person, every attribute as text, addresses normalised."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from sendgate.audience.account import KEPT, Account
from sendgate.audience.addressing import Clean, emails, phones, zones
from sendgate.audience.columns import Column, heading, misspelt, require
from sendgate.audience.loading import Loaded, load, reject
from sendgate.audience.opening import Opened, open_source
from sendgate.audience.place import Place
from sendgate.audience.repeats import Repeats, find_repeats
from sendgate.audience.sources import Fault, Projection
from sendgate.audience.sql import identifier, plain_text
from sendgate.errors import InputError
from sendgate.model.people import COLUMNS

KNOWN = ("person", *COLUMNS)


def opened(path: Path, place: Place) -> Opened:
    """Open a people file and find its columns.

    Raises InputError where ``person`` is missing, or where it is a file of events: all that is known of somebody would
    give way to what an event says.
    """
    source = open_source(path, place, KNOWN)
    columns = heading(path, source.columns, KNOWN)
    require(path, columns, ["person"])
    if {"kind", "at"} <= {name.casefold() for name in columns}:
        raise InputError(f"`{path}` holds events, and not people: it has the columns `kind` and `at`")
    return Opened(source, columns)


def attribute_names(sources: Iterable[Opened], wanted: Collection[str] | None) -> list[str]:
    """List the attributes that people have here: those with a meaning of their own, then those of the files.

    Where the caller names what is wanted, only that, and the addresses that say who somebody is. Names that differ
    in case only are one attribute, spelt as the caller does, or else as the first file does.
    """
    there = [name for source in sources for name in source.columns if name != "person"]
    names = [*COLUMNS, *there] if wanted is None else ["email", "phone", *wanted]
    spelt = {name.casefold(): name for name in reversed(names)}
    return [spelt[name] for name in dict.fromkeys(name.casefold() for name in names)]


def load_people(sources: Sequence[Opened], names: Sequence[str], place: Place, account: Account) -> None:
    """Make the table ``people`` with ``person`` and the attributes, and account for the rows of all files."""
    read = list(dict.fromkeys([*names, "locale"]))  # the locale tells how to read a phone number
    files = [
        load(source, place, f"people_{at}", "people", _projection(columns, read))
        for at, (source, columns) in enumerate(sources)
    ]
    repeats = _reject_repeated(files, place)
    account.files += [loaded.account for loaded in files]
    for source, columns in sources:
        others = [column.name for name, column in columns.items() if name not in KNOWN]
        if near := misspelt(others, [name for name in COLUMNS if name not in columns]):
            account.near_columns[str(source.path)] = near
    listed = ", ".join(f"a_{at} as {identifier(name)}" for at, name in enumerate(read))
    parts = [f"select person, {listed} {repeats.firsts(at, loaded)}" for at, loaded in enumerate(files)]
    nobody = "select " + ", ".join(f"'' as {identifier(name)}" for name in ("person", *read)) + " where false"
    place.run(f"create view people_as_written as {' union all '.join(parts) or nobody}")
    _clean(names, place, account)
    for loaded in files:
        place.run(f"drop table if exists {loaded.name}_rows")


def _clean(names: Sequence[str], place: Place, account: Account) -> None:
    """Make the table ``people``, in which a value that is not valid is unknown, and count those."""
    written = "people_as_written"
    clean = {
        "email": lambda: emails(place, written, f"{written}.email"),
        "phone": lambda: phones(place, written, f"{written}.phone", f"{written}.locale"),
        "timezone": lambda: zones(place, written, f"{written}.timezone"),
    }
    cleaned = {name: clean[name]() for name in clean if name in names}
    values = {name: cleaned[name].value if name in cleaned else f"{written}.{identifier(name)}" for name in names}
    listed = ", ".join(f"{value} as {identifier(name)}" for name, value in values.items())
    joins = " ".join(column.join for column in cleaned.values())
    place.run(f"create table people as select {written}.person, {listed} from {written} {joins}")
    account.invalid = {name: _invalid(column, place) for name, column in cleaned.items()}
    if account.invalid.get("timezone"):
        account.unknown_zones = _invalid_values(cleaned["timezone"], place)


def _invalid(column: Clean, place: Place) -> int:
    """Count people whose value is not valid; where no value is, nobody need be counted."""
    if not place.number(f"select count(*) from {column.odd} where clean = ''"):
        return 0
    return place.number(f"select count(*) {_of_invalid(column)}")


def _invalid_values(column: Clean, place: Place) -> dict[str, int]:
    """Count people by the value that is not valid, most frequent first."""
    query = f"select {column.odd}.raw, count(*) {_of_invalid(column)} group by 1 order by 2 desc, 1 limit {KEPT}"
    return dict(place.run(query))


def _of_invalid(column: Clean) -> str:
    return f"from people_as_written {column.join} where {column.odd}.clean = ''"


def _projection(columns: Mapping[str, Column], names: Sequence[str]) -> Projection:
    folded = {name.casefold(): column for name, column in columns.items()}
    found = {at: folded[name.casefold()] for at, name in enumerate(names) if name.casefold() in folded}
    texts = {f"a_{at}": plain_text(column.sql, column.kind) for at, column in found.items()}
    who = plain_text(columns["person"].sql, columns["person"].kind)
    give = {f"a_{at}": f"a_{at}" if at in found else "''" for at in range(len(names))}
    return Projection({"who": who, **texts}, {}, {"person": "who", **give}, [Fault("who = ''", "'`person` is empty'")])


def _reject_repeated(files: Sequence[Loaded], place: Place) -> Repeats:
    repeats = find_repeats(place, dict(enumerate(files)), "person")
    for at, loaded in enumerate(files if repeats.rows else ()):
        reason = "'person `' || left(person, 60) || '` stands further up already; the first row counts'"
        reject(loaded, place, f"select row_no, {reason} as reason from {repeats.table} where file = {at}")
    return repeats
