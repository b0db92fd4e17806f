"""Event files as one relation ``events``, with the columns that ``facts.engine`` describes, and ``id``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sendgate.audience.account import Account
from sendgate.audience.columns import Column, heading, require
from sendgate.audience.loading import Loaded, load
from sendgate.audience.opening import Opened, open_source
from sendgate.audience.parquet_source import ParquetSource
from sendgate.audience.place import Place
from sendgate.audience.repeats import find_repeats
from sendgate.audience.sources import Fault, Projection, Source, understood
from sendgate.audience.sql import among, category, identifier, plain_text, untidy_category
from sendgate.audience.values import check_number, check_time, empty, number, number_faults, raw, seconds, time_faults
from sendgate.model.campaigns import Channel, Purpose
from sendgate.model.events import BOUNCES, KINDS, MESSAGING
from sendgate.model.times import UNKNOWN

TEXTS = ("brand", "channel", "campaign", "creative", "purpose", "category", "product", "detail", "id")
NUMBERS = ("price", "discount")
REQUIRED = ("person", "kind", "at")
KNOWN = (*REQUIRED, *TEXTS, *NUMBERS)

_TYPES = {**dict.fromkeys(KNOWN, "varchar"), **dict.fromkeys(("at", *NUMBERS), "double")}
_CHANNELS = ("", *Channel)
_PURPOSES = ("", *Purpose)
_MISSING = {"price": UNKNOWN, "discount": 0.0}


def opened(path: Path, place: Place) -> Opened:
    """Open an event file and find its columns.

    Raises InputError where a required one is missing or has no usable type.
    """
    source = open_source(path, place, KNOWN)
    columns = heading(path, source.columns, KNOWN)
    require(path, columns, REQUIRED)
    check_time(path, columns["at"])
    for name in NUMBERS:
        if name in columns:
            check_number(path, columns[name])
    return Opened(source, columns)


def _text(source: Source, column: Column) -> str:
    """In Parquet text is taken as it stands: nobody types it, and trimming costs as much as all other checks."""
    if isinstance(source, ParquetSource) and column.kind == "VARCHAR":
        # Where a row without it is rejected, the bare column lets the reader skip what a query does not ask for.
        return column.sql if column.name.casefold() in REQUIRED else f"coalesce({column.sql}, '')"
    return plain_text(column.sql, column.kind)


def _projection(source: Source, columns: Mapping[str, Column], place: Place) -> Projection:
    texts = {name: _text(source, columns[name]) for name in ("person", "kind", *TEXTS) if name in columns}
    if "category" in texts and _has_untidy_categories(source, columns["category"], place):
        texts["category"] = category(f"({plain_text(columns['category'].sql, columns['category'].kind)})")
    numbers = [name for name in NUMBERS if name in columns]
    kinds = {name: columns[name].kind for name in ("at", *numbers)}
    raws = {f"{name}_raw": raw(columns[name]) for name in kinds}
    values = {f"{name}_value": (seconds if name == "at" else number)(name, kind) for name, kind in kinds.items()}
    faults = [Fault(f"coalesce({name}, '') = ''", f"'`{name}` is empty'") for name in ("person", "kind")]
    faults += [Fault(empty("at", kinds["at"]), "'`at` is empty'"), *time_faults("at", kinds["at"])]
    faults += [fault for name in numbers for fault in number_faults(name, kinds[name])]
    give = {name: identifier(name) if name in texts else "''" for name in ("person", "kind", *TEXTS)}
    give |= {"at": "at_value"}
    give |= {name: f"coalesce({name}_value, {_MISSING[name]!r})" for name in numbers}
    give |= {name: f"cast({_MISSING[name]!r} as double)" for name in NUMBERS if name not in numbers}
    return Projection({**texts, **raws}, values, give, faults)


def _has_untidy_categories(source: Source, column: Column, place: Place) -> bool:
    """Look once at the different categories of a Parquet file, because normalising every row in every query costs."""
    if not isinstance(source, ParquetSource) or column.kind != "VARCHAR":
        return True
    query = f"select bool_or({untidy_category(column.sql)}) from (select distinct {column.sql} from {source.relation})"
    with understood(source.path):
        return bool(place.run(query)[0][0])


def load_events(sources: Sequence[Opened], place: Place, account: Account) -> None:
    """Make the relation ``events`` of all files and account for their rows."""
    files = []
    for at, (source, columns) in enumerate(sources):
        loaded = load(source, place, f"events_{at}", "events", _projection(source, columns, place))
        files.append(loaded)
        account.files.append(loaded.account)
        _note_unknown(loaded, columns, place, account)
    strange = (account.unknown_kinds, account.unknown_channels, account.unknown_purposes, account.unknown_bounces)
    for counts in (*strange, account.brands):
        _most_first(counts)
    with_ids = {at: files[at] for at, (_, columns) in enumerate(sources) if "id" in columns}
    repeats = find_repeats(place, with_ids, "id")
    account.repeated_ids = repeats.rows
    listed = ", ".join(f'"{name}"' for name in _TYPES)
    parts = [f"select {listed}, {at} as file {repeats.firsts(at, loaded)}" for at, loaded in enumerate(files)]
    place.run(f"create view events_by_file as {' union all '.join(parts) or _nothing()}")
    place.run("create view events as select * exclude (file) from events_by_file")


def _note_unknown(loaded: Loaded, columns: Mapping[str, Column], place: Place, account: Account) -> None:
    unknown = tuple(column.name for name, column in columns.items() if name not in KNOWN)
    if unknown:
        account.unknown_columns[loaded.account.file] = unknown
    for counts, column, condition in (  # one column at a time: several together take many times longer
        (account.unknown_kinds, "kind", f"not {among('kind', sorted(KINDS))}"),
        (account.brands, "brand", "brand <> ''"),
        (account.unknown_channels, "channel", f"{among('kind', MESSAGING)} and not {among('channel', _CHANNELS)}"),
        (account.unknown_purposes, "purpose", f"kind = 'sent' and not {among('purpose', _PURPOSES)}"),
        (account.unknown_bounces, "detail", f"kind = 'bounced' and not {among('detail', BOUNCES)}"),
    ):
        query = (
            f"select {column}, count(*) from {loaded.name} where {loaded.good} and {condition} group by 1 order by 1"
        )
        for name, number_of in place.run(query):
            counts[name] = counts.get(name, 0) + number_of


def _most_first(counts: dict[str, int]) -> None:
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    counts.clear()
    counts.update(ordered)


def _nothing() -> str:
    columns = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in _TYPES.items())
    return f"select {columns}, 0 as file where false"
