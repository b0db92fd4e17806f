"""Facts that the row of an audience knows by itself: time, place, attributes, the draw, the night."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import narwhals as nw

from sendgate.facts import kinds
from sendgate.facts.arithmetic import floor
from sendgate.facts.engine import PERSON, Tables
from sendgate.facts.kinds import Fact
from sendgate.facts.local_time import QUARTER, local_time
from sendgate.facts.profile import NUMBER
from sendgate.facts.quiet import quiet_intervals, zone_for
from sendgate.model.times import DAY, FOREVER, NEVER

Frame = nw.LazyFrame[Any]

_AT = nw.col("at")


def with_row_facts(tables: Tables, facts: Sequence[Fact]) -> Frame:
    """Add what the row itself says: time, place in the audience, attributes, the draw, the night."""
    rows = _with_unknown_attributes(tables.rows, facts)
    for fact in facts:
        if isinstance(fact, kinds.HashShare):
            rows = tables.engine.with_hash_share(rows, fact.key, fact.salt)
        if isinstance(fact, kinds.QuietUntil):
            rows = _with_quiet_until(tables, rows, fact)
        if isinstance(fact, kinds.LocalTime):
            rows = _with_local_time(tables, rows, fact)
    plain = {fact.key: expression for fact in facts if (expression := _row_fact(fact)) is not None}
    return rows.with_columns(**plain) if plain else rows


def _with_unknown_attributes(rows: Frame, facts: Sequence[Fact]) -> Frame:
    """Add the attributes that no file has, unknown for everybody."""
    names = {PERSON + fact.name for fact in facts if isinstance(fact, kinds.Attribute)} | {f"{PERSON}timezone"}
    missing = names - set(rows.collect_schema().names())
    return rows.with_columns(**{name: nw.lit("") for name in sorted(missing)}) if missing else rows


@singledispatch
def _row_fact(_fact: Fact) -> nw.Expr | None:
    return None


@_row_fact.register
def _(_fact: kinds.Now) -> nw.Expr:
    return _AT


@_row_fact.register
def _(fact: kinds.Listed) -> nw.Expr:
    return nw.lit(float(fact.number))


@_row_fact.register
def _(_fact: kinds.EarlierInAudience) -> nw.Expr:
    return nw.col("earlier")


@_row_fact.register
def _(fact: kinds.Attribute) -> nw.Expr:
    return nw.col(PERSON + fact.name)


@_row_fact.register
def _(fact: kinds.AttributeNumber) -> nw.Expr:
    text = nw.col(PERSON + fact.name)
    number = nw.when(text.str.contains(f"^{NUMBER}$")).then(text).otherwise(nw.lit(str(int(fact.empty))))
    return number.cast(nw.Float64)


def _with_quiet_until(tables: Tables, rows: Frame, fact: kinds.QuietUntil) -> Frame:
    """Join the quiet intervals of every zone and day that occur; at most four touch a day."""
    zone = PERSON + "timezone"
    days = floor(_AT / DAY)
    zones = [name for (name,) in tables.engine.fetch(rows.select(zone).unique())]
    dates = [int(day) for (day,) in tables.engine.fetch(rows.select(day=days).unique())]
    table: dict[str, list[Any]] = {zone: [], "_day": [], **{f"_{end}{i}": [] for i in range(4) for end in "be"}}
    for name in zones:
        for day in dates:
            intervals = quiet_intervals(day, zone_for(name, fact.assume_timezone), fact.start, fact.end)
            table[zone].append(name)
            table["_day"].append(float(day))
            for i, (begin, stop) in enumerate([*intervals, *[(FOREVER, NEVER)] * 4][:4]):
                table[f"_b{i}"].append(begin)
                table[f"_e{i}"].append(stop)
    nights = tables.engine.table(table)
    joined = tables.engine.beside(rows.with_columns(_day=days), [nights], zone, "_day")
    inside = [
        nw.when((nw.col(f"_b{i}") <= _AT) & (nw.col(f"_e{i}") > _AT)).then(nw.col(f"_e{i}")).otherwise(nw.lit(NEVER))
        for i in range(4)
    ]
    until = joined.with_columns(**{fact.key: nw.max_horizontal(*inside)})
    return until.drop([name for name in table if name != zone])


def _with_local_time(tables: Tables, rows: Frame, fact: kinds.LocalTime) -> Frame:
    """Join what the clocks show in every zone and quarter of an hour that occur."""
    zone, quarter = PERSON + "timezone", floor(_AT / QUARTER)
    rows = rows.with_columns(_quarter=quarter)
    occurring = tables.engine.fetch(rows.select(zone, "_quarter").unique())
    shown = [local_time(at * QUARTER, zone_for(name, fact.assume_timezone), fact.part) for name, at in occurring]
    zones, quarters = [name for name, _ in occurring], [at for _, at in occurring]
    clocks = tables.engine.table({zone: zones or [""], "_quarter": quarters or [0.0], fact.key: shown or [0.0]})
    return tables.engine.beside(rows, [clocks], zone, "_quarter").drop("_quarter")
