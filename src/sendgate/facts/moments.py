"""Times as text, for columns.

Narwhals has no way from a number to a date on every engine, so the calendar is computed: the civil date from days since
1970 after Howard Hinnant, "chrono-compatible low-level date algorithms", https://howardhinnant.github.io/date_algorithms.html
(civil_from_days). Each step is a column of its own, because an expression is a tree and would double with every use.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from sendgate.model.times import DAY, EARLIEST, LATEST

Frame = nw.LazyFrame[Any]


def with_moment_text(frame: Frame, seconds: str, text: str) -> Frame:
    """Add a column that writes the column ``seconds`` (epoch) as ``2026-03-04 09:12 UTC``."""
    kept = frame.collect_schema().names()
    at, days, era, year, day, month = (nw.col(f"_{name}") for name in ("at", "days", "era", "year", "day", "month"))
    frame = frame.with_columns(_at=nw.col(seconds).clip(EARLIEST, LATEST))
    frame = frame.with_columns(_days=(at / DAY).floor())
    frame = frame.with_columns(_minute=((at - days * DAY) / 60).floor(), _era=((days + 719_468) / 146_097).floor())
    frame = frame.with_columns(_day=days + 719_468 - era * 146_097)
    leaps = (day / 1460).floor() - (day / 36_524).floor() + (day / 146_096).floor()
    frame = frame.with_columns(_year=((day - leaps) / 365).floor())
    frame = frame.with_columns(_day=day - (year * 365 + (year / 4).floor() - (year / 100).floor()))
    frame = frame.with_columns(_month=((day * 5 + 2) / 153).floor())
    frame = frame.with_columns(
        _day=day - ((month * 153 + 2) / 5).floor() + 1,
        _month=nw.when(month < 10).then(month + 3).otherwise(month - 9),
        _year=year + era * 400 + nw.when(month < 10).then(nw.lit(0.0)).otherwise(nw.lit(1.0)),
    )
    minute = nw.col("_minute")
    hour = (minute / 60).floor()
    written = nw.concat_str(
        *(_digits(year, 4), nw.lit("-"), _digits(month, 2), nw.lit("-"), _digits(day, 2), nw.lit(" ")),
        *(_digits(hour, 2), nw.lit(":"), _digits(minute - hour * 60, 2), nw.lit(" UTC")),
        ignore_nulls=True,
    )
    return frame.with_columns(**{text: written}).select(*kept, text)


def _digits(value: nw.Expr, width: int) -> nw.Expr:
    return value.cast(nw.Int64).cast(nw.String).str.zfill(width)
