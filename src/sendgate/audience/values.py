"""Times and numbers, whatever the type of the column they stand in, and what may be wrong with them.

A column is first read as ``<name>_raw`` (trimmed where it is text), then as ``<name>_value``: null where it is empty
or wrong.
"""

from __future__ import annotations

from pathlib import Path

from sendgate.audience.columns import Column
from sendgate.audience.sources import Fault
from sendgate.audience.sql import number_from_text, outside_time, quoted, time_from_text, trimmed
from sendgate.errors import InputError

_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
            "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip


def raw(column: Column) -> str:
    """Read a column as it stands."""
    return f"({trimmed(column.sql)})" if column.kind == "VARCHAR" else column.sql


def check_time(path: Path, column: Column) -> None:
    """Raise InputError where a column has a type that holds no times; a number could be seconds, days, or anything."""
    if not (column.kind in {"VARCHAR", "DATE"} or column.kind.startswith("TIMESTAMP")):
        raise InputError(
            f"`{path}`: column `{column.name}` is of type {column.kind}: expected timestamps, dates or ISO 8601 text"
        )


def check_number(path: Path, column: Column) -> None:
    """Raise InputError where a column has a type that holds no numbers."""
    if not (column.kind == "VARCHAR" or column.kind.startswith(_NUMERIC)):
        raise InputError(f"`{path}`: column `{column.name}` is of type {column.kind}: expected numbers")


def seconds(name: str, kind: str) -> str:
    """Read a raw time as epoch seconds."""
    return time_from_text(f"{name}_raw") if kind == "VARCHAR" else f"epoch_us({name}_raw) / 1e6"


def number(name: str, kind: str) -> str:
    """Read a raw number as a finite double."""
    value = number_from_text(f"{name}_raw") if kind == "VARCHAR" else f"cast({name}_raw as double)"
    return f"case when isfinite({value}) then {value} end"


def empty(name: str, kind: str) -> str:
    """Tell whether nothing was written."""
    return f"{name}_raw = ''" if kind == "VARCHAR" else f"{name}_raw is null"


def time_faults(name: str, kind: str) -> list[Fault]:
    """Say what may be wrong with a time. Empty is not wrong here."""
    written = quoted(f"{name}_raw")
    return [
        Fault(_unread(name, kind), f"'`{name}` is not an ISO 8601 time such as 2026-03-04T09:12: ' || {written}"),
        Fault(outside_time(f"{name}_value"), f"'`{name}` is not in the years 1970 to 2199: ' || {written}"),
    ]


def number_faults(name: str, kind: str) -> list[Fault]:
    """Say what may be wrong with an amount. Empty is not wrong."""
    written = quoted(f"{name}_raw")
    return [
        Fault(_unread(name, kind), f"'`{name}` is not a number such as 12.50: ' || {written}"),
        Fault(f"{name}_value < 0", f"'`{name}` is negative: ' || {written}"),
    ]


def _unread(name: str, kind: str) -> str:
    """Tell whether something is written that cannot be read."""
    return f"{name}_value is null and not ({empty(name, kind)})"
