"""From a store back to files that a dry run reads and an import takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sendgate.audience.formats import Format
from sendgate.audience.output import guards, listed, write_query
from sendgate.audience.place import Place, connected
from sendgate.audience.progress import Told, quietly
from sendgate.audience.sql import file_literal, literal
from sendgate.errors import InputError, in_words
from sendgate.model.people import COLUMNS, Profile
from sendgate.model.times import UNKNOWN

_EVENT = ("kind", "brand", "channel", "campaign", "creative", "purpose", "category", "product", "detail", "id")
_EVERY = 1000


@dataclass
class Exported:
    """What was written."""

    people: int = 0
    events: int = 0
    files: tuple[Path, ...] = ()
    guarded: int = 0
    """Rows of CSV in which a text that a spreadsheet would run as a formula got an apostrophe in front."""
    _names: dict[str, None] = field(default_factory=dict, repr=False)


def export(people: Iterable[Profile], folder: Path, form: Format, told: Told) -> Exported:
    """Write ``people`` and ``events`` into a folder, each file whole or not at all.

    What is in the ledger as sent is among the events. Raises InputError where a file cannot be written.
    """
    done = Exported(files=tuple(folder / f"{name}.{form}" for name in ("people", "events")))
    with connected("", quietly) as place:
        try:
            _spool(people, place.folder, done, told)
        except OSError as error:
            raise InputError(f"`{place.folder}` cannot be written: {in_words(error)}") from error
        for path, table in zip(done.files, (_people(place, done), _events(place)), strict=True):
            told(f"writing {path}", 0, 0)
            done.guarded += _write(place, table, path, form)
    return done


def _spool(people: Iterable[Profile], folder: Path, done: Exported, told: Told) -> None:
    """Write everything down as it comes: which attributes there are is known in the end only."""
    with (
        (folder / "people").open("w", encoding="utf-8") as who,
        (folder / "events").open("w", encoding="utf-8") as what,
    ):
        for number, profile in enumerate(people, 1):
            if profile.known:
                done.people += 1
                done._names.update(dict.fromkeys(profile.attributes))  # noqa: SLF001  its own
                _line(who, {"person": profile.person, "attributes": dict(profile.attributes)})
            for event in profile.events:
                done.events += 1
                price = None if event.price == UNKNOWN else event.price
                _line(what, {"person": profile.person, **event._asdict(), "price": price})
            if number % _EVERY == 0:
                told("reading the store", number, 0)


def _line(file: IO[str], values: Mapping[str, object]) -> None:
    file.write(json.dumps(values, ensure_ascii=False) + "\n")


Table = tuple[str, Mapping[str, tuple[str, str]]]
"""A relation, and its columns: expressions with their types."""


def _people(place: Place, done: Exported) -> Table:
    """Give people with a column for each attribute; names that differ in case only are one."""
    spelt: dict[str, list[str]] = {name: [name] for name in COLUMNS}
    for name in done._names:  # noqa: SLF001  its own
        spelt.setdefault(name.casefold(), []).append(name) if name not in COLUMNS else None
    columns = {"person": ("person", "VARCHAR")}
    for names in spelt.values():
        values = ", ".join(f"nullif(attributes[{literal(name)}], '')" for name in names)
        columns[names[0]] = (f"coalesce({values})", "VARCHAR")
    columns = {name: value for name, value in columns.items() if name == "person" or name in done._names}  # noqa: SLF001
    return _spooled(place, "people", {"person": "VARCHAR", "attributes": "MAP(VARCHAR, VARCHAR)"}), columns


def _events(place: Place) -> Table:
    kinds = {
        "person": "VARCHAR",
        "at": "DOUBLE",
        "price": "DOUBLE",
        "discount": "DOUBLE",
        **dict.fromkeys(_EVENT, "VARCHAR"),
    }
    columns = {"person": ("person", "VARCHAR"), "kind": ("kind", "VARCHAR"), "at": (_MOMENT, "TIMESTAMP")}
    columns |= {name: (f"nullif({name}, '')", "VARCHAR") for name in _EVENT[1:]}
    columns |= {name: (name, "DOUBLE") for name in ("price", "discount")}
    return _spooled(place, "events", kinds), columns


_MOMENT = 'make_timestamp(cast(round("at" * 1e6) as bigint))'
_MOMENT_AS_TEXT = (f"strftime({_MOMENT}, '%Y-%m-%dT%H:%M:%S.%fZ')", "MOMENT")


def _spooled(place: Place, name: str, kinds: Mapping[str, str]) -> str:
    columns = ", ".join(f"{literal(column)}: {literal(kind)}" for column, kind in kinds.items())
    file = file_literal(place.folder / name)
    return f"read_json({file}, format = 'newline_delimited', columns = {{{columns}}}, compression = 'none')"


def _write(place: Place, table: Table, path: Path, form: Format) -> int:
    """Write a file, and give in how many of its rows something was guarded."""
    relation, columns = table
    if form is not Format.PARQUET:
        columns = {
            name: _MOMENT_AS_TEXT if kind == "TIMESTAMP" else (value, kind) for name, (value, kind) in columns.items()
        }
    write_query(place, f"select {listed(columns, text=form is Format.CSV)} from {relation}", path)
    if form is not Format.CSV:
        return 0
    guarded = " or ".join(guards(value) for value, kind in columns.values() if kind == "VARCHAR")
    return place.number(f"select count(*) from {relation} where {guarded}")


def refuse_overwriting(files: Sequence[Path]) -> None:
    """Raise InputError where there is such a file already."""
    for path in files:
        if path.exists():
            raise InputError(f"`{path}` is there already: nothing was written")
