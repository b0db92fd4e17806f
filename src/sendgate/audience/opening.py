"""From a path to a source, by the extension."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from sendgate.audience.columns import Column
from sendgate.audience.csv_source import CsvSource
from sendgate.audience.formats import Format, format_of
from sendgate.audience.json_source import JsonSource
from sendgate.audience.parquet_source import ParquetSource
from sendgate.audience.place import Place
from sendgate.audience.sources import Source
from sendgate.errors import InputError

T = TypeVar("T")


class Opened(NamedTuple):
    """A file that was opened, none of its rows read."""

    source: Source
    columns: Mapping[str, Column]


def open_source(path: Path, place: Place, known: Collection[str]) -> Source:
    """Open a file and find its columns. ``known`` names help to tell how a CSV file separates its fields.

    Raises InputError where it is not what its name says.
    """
    form, compression = format_of(path)
    if form is Format.PARQUET:
        return ParquetSource(path, place)
    if form is Format.JSONL:
        return JsonSource(path, compression, place)
    return CsvSource(path, compression, place, known)


def each(make: Callable[[Path, Place], T], paths: Iterable[Path], place: Place, mistakes: list[str]) -> list[T]:
    """Open each file, and collect what is wrong with any of them."""
    made = []
    for path in paths:
        try:
            made.append(make(path, place))
        except InputError as error:
            mistakes.append(str(error))
    return made


def each_once(make: Callable[[Path, Place], T], paths: Sequence[Path], place: Place, mistakes: list[str]) -> list[T]:
    """Open each file as ``each`` does; one that is named again is a mistake, because its events would count twice."""
    first: dict[Path, Path] = {}
    for path in paths:
        if before := first.get(path.resolve()):
            named = "is named twice" if before == path else f"is the file `{before}` once more"
            mistakes.append(f"`{path}` {named}: give each file once")
        else:
            first[path.resolve()] = path
    return each(make, first.values(), place, mistakes)
