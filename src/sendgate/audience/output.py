"""Decisions as a file: a row for each audience row, in audience order, the audience's own columns first."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import duckdb

from sendgate.audience.formats import Compression, Format, Name, format_of
from sendgate.audience.place import Place
from sendgate.audience.sql import identifier, literal, matches
from sendgate.errors import InputError
from sendgate.model.times import EARLIEST, LATEST, UNKNOWN

if TYPE_CHECKING:
    import narwhals as nw


class Kind(StrEnum):
    """How a column is written."""

    TEXT = "text"
    """Nothing where empty."""
    NUMBER = "number"
    """Nothing where unknown."""
    MOMENT = "moment"
    """Epoch seconds as ISO 8601; nothing where there is none, or no end is known."""
    END = "end"
    """The end of a wait, as a moment: the first full second at which it is over."""
    FLAG = "flag"


Columns = Mapping[str, Kind]
"""The columns of an output beside the audience's own, in order."""

DECISION: Columns = MappingProxyType(
    {
        **dict.fromkeys(("person", "outcome", "gate", "reason", "detail"), Kind.TEXT),
        "until": Kind.END,
        "offer": Kind.TEXT,
        **dict.fromkeys(("relevance", "unsubscribe_risk"), Kind.NUMBER),
        "blocked_by": Kind.TEXT,
    }
)
COLUMNS = tuple(DECISION)
_TYPES = {Kind.NUMBER: "DOUBLE", Kind.FLAG: "BOOLEAN"}

_COMPRESSIONS = {Compression.NONE: "none", Compression.GZIP: "gzip", Compression.ZSTD: "zstd"}
_FORMULA = "(?s)[=+@\\t\\r].*|-.*"
_NUMBER = "[+-][0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?"
"""Of which a spreadsheet makes a number, and nothing runs: amounts below zero, and phone numbers."""
_FORMULA_NAME = re.compile(rf"(?!{_NUMBER}\Z)[=+@\t\r-]")
_HARMLESS = ("BOOLEAN", "DECIMAL", "DOUBLE", "FLOAT", "DATE", "TIME", "MOMENT")


def own_names(own: Mapping[str, str], columns: Collection[str] = COLUMNS) -> dict[str, str]:
    """Name the audience's own columns in the output: those in the way of a column of the output step aside.

    Its ``person`` is left out, because the output's own says the same. Any other, such as the ``reason`` of an
    earlier run, becomes ``audience_reason``. Gives new names with the names in the relation.
    """
    taken = {*columns, *(name.casefold() for name in own)}
    names = {}
    for name, column in own.items():
        new = name
        while new.casefold() in columns or (new != name and new.casefold() in taken):
            new = f"audience_{new}"
        if name.casefold() != "person":
            names[new] = column
            taken.add(new.casefold())
    return names


def write(
    place: Place, decisions: nw.LazyFrame[Any], own: Mapping[str, str], out: Path, columns: Columns = DECISION
) -> None:
    """Write decisions as a file, which nobody ever sees half of.

    Raises InputError where the format is not known or the file cannot be written.
    """
    decisions.to_native().create_view("decisions", replace=True)
    try:
        write_query(place, f'{selected(place, ("decisions", "audience"), own, columns, out)} order by d."row"', out)
    finally:
        place.run("drop view if exists decisions")


def write_query(place: Place, query: str, out: Path) -> None:
    """Write what a query gives in the format that a name asks for; raises InputError as ``write`` does."""
    copy(place, query, out, _options(format_of(out)))


def copy(place: Place, query: str, out: Path, options: str) -> None:
    """Write what a query gives under another name, then move it into place; ``options`` are those of DuckDB's COPY.

    Raises InputError where it cannot be written.
    """
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        place.run(f"copy ({query}) to {literal(str(draft.absolute()))} ({options})")
        draft.replace(out)
    except (duckdb.IOException, duckdb.OutOfMemoryException, OSError) as error:
        raise InputError(f"`{out}` cannot be written: {str(error).partition(chr(10))[0]}") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _options(name: Name) -> str:
    if name.format is Format.PARQUET:
        return "format parquet, compression zstd"
    compression = f"compression {_COMPRESSIONS[name.compression]}"
    return f"format csv, header, {compression}" if name.format is Format.CSV else f"format json, {compression}"


def listed(values: Mapping[str, tuple[str, str]], *, text: bool) -> str:
    """List expressions by name, each with its type; in CSV what a spreadsheet would run is guarded, names too."""
    told: dict[str, str] = {}
    for name, (value, kind) in values.items():
        new = f"'{name}" if text and _FORMULA_NAME.match(name) else name
        while new != name and (new in told or new in values):
            new = f"'{new}"
        told[new] = _guarded(_as_text(value, kind)) if text and not _harmless(kind) else value
    return ", ".join(f"{value} as {identifier(name)}" for name, value in told.items())


def _harmless(kind: str) -> bool:
    """Tell whether no value of a type can be written as a formula: numbers, times, yes and no."""
    return kind.endswith(("INT", "INTEGER")) or kind.startswith(_HARMLESS)


def _as_text(value: str, kind: str) -> str:
    return value if kind == "VARCHAR" else f"cast({value} as varchar)"


def selected(  # noqa: PLR0913, PLR0917  what is told, and of what
    place: Place, relations: tuple[str, str], own: Mapping[str, str], columns: Columns, out: Path, more: str = ""
) -> str:
    """Give the query for decisions ``d`` behind the own columns of their audience ``a``; ``more`` is added to them."""
    decisions, audience = relations
    text = format_of(out).format is Format.CSV
    kinds = {row[0]: row[1] for row in place.run(f"describe {audience}")}
    values = {new: (f"a.{column}", kinds[column]) for new, column in own_names(own, columns).items()}
    values |= {column: (_decided(column, kind), _TYPES.get(kind, "VARCHAR")) for column, kind in columns.items()}
    told = listed(values, text=text)
    return f'select {told}{more} from {decisions} d join {audience} a on a.row_no = d."row"'


def _decided(column: str, kind: Kind) -> str:
    value = f"d.{identifier(column)}"
    if kind is Kind.FLAG:
        return value
    if kind is Kind.NUMBER:
        return f"case when {value} > {UNKNOWN!r} then {value} end"
    if kind is Kind.TEXT:
        return f"nullif({value}, '')"
    whole = "ceil" if kind is Kind.END else "floor"
    moment = f"make_timestamp(cast({whole}({value}) as bigint) * 1000000)"
    return (
        f"case when {value} >= {EARLIEST!r} and {value} < {LATEST!r} then strftime({moment}, '%Y-%m-%dT%H:%M:%SZ') end"
    )


def guards(value: str) -> str:
    """Tell whether a spreadsheet would run a text as a formula; numbers are none."""
    return f"({matches(value, _FORMULA)} and not {matches(value, _NUMBER)})"


def _guarded(value: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula.

    One ``case`` in another, with the value behind: DuckDB plans ``and not`` over hundreds of columns many times slower.
    """
    number = f"case when {matches(value, _NUMBER)} then '' else '''' end"
    return f"nullif(concat(case when {matches(value, _FORMULA)} then {number} else '' end, {value}), '')"
