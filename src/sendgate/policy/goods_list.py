"""Long lists of products or categories in CSV files of their own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from zlib import error as ZlibError  # noqa: N812  it is an exception

from sendgate.model.categories import normalise
from sendgate.policy.document import Node, Place
from sendgate.policy.review import Review
from sendgate.policy.suggestions import suggest

LARGEST = 64 * 1024 * 1024
"""Bytes, after unpacking."""

_LONGEST = 60
"""Characters of a line that a mistake quotes."""

_SINGULAR = {"categories": "category", "products": "product"}


class Goods(NamedTuple):
    """What the files of a campaign or an offer list."""

    categories: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


class _UnreadableError(Exception):
    pass


def read_goods(section: Node, review: Review) -> Goods:
    """Read the files that ``categories: {file: …}`` and ``products: {file: …}`` name, noting what is wrong."""
    return Goods(_read(section, "categories", review), _read(section, "products", review))


def _read(section: Node, key: str, review: Review) -> tuple[str, ...]:
    file = section[key]["file"]
    if not file.text:
        return ()
    path = Path(review.file).parent / file.text
    try:
        text = _text(path)
    except _UnreadableError as error:
        review.mistake(f"the file `{file.text}` cannot be read: {error}", file.place, hint="relative to this file")
        return ()
    try:
        names = tuple(dict.fromkeys(_column(text, _SINGULAR[key])))
    except _ColumnError as error:
        review.mistake(error.message, Place(error.line, error.column), hint=error.hint, file=str(path))
        return ()
    if not names:
        review.mistake("the file lists nothing", file=str(path))
    _doubt_header(text, _SINGULAR[key], path, review)
    return names if key == "products" else tuple(filter(None, map(normalise, names)))


def _text(path: Path) -> str:
    import gzip  # noqa: PLC0415  most campaigns have no such list

    if not path.name.endswith((".csv", ".csv.gz")):
        raise _UnreadableError("expected a name that ends in .csv or .csv.gz")
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise _UnreadableError("no such file") from None
    except (OSError, EOFError, ZlibError) as error:
        raise _UnreadableError(str(getattr(error, "strerror", None) or error).lower()) from None
    if len(raw) > LARGEST:
        raise _UnreadableError(f"it is larger than {LARGEST // 1024**2} MB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _UnreadableError(f"line {line} is not UTF-8") from None


def _doubt_header(text: str, wanted: str, path: Path, review: Review) -> None:
    """Tell which name the only column has, if not the one expected: of a list without a header it is the first line."""
    first = text.partition("\n")[0].strip()
    if _delimiter(text) not in first and first.casefold() != wanted:
        hint = f"where that is no header, put a line `{wanted}` above it"
        review.warn(f"the first line, `{first[:_LONGEST]}`, is read as a header", Place(1), hint=hint, file=str(path))


def _delimiter(text: str) -> str:
    return next((mark for mark in ",;\t" if mark in text.partition("\n")[0]), ",")


class _ColumnError(Exception):
    def __init__(self, message: str, line: int = 0, column: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.line, self.column, self.hint = message, line, column, hint


def _column(text: str, wanted: str) -> Iterator[str]:
    """Give the cells of the column that is called as wanted, or of the only column; empty lines are skipped."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        at = _position(header, wanted)
        for row in rows:
            if not any(row):
                continue
            cell = row[at].strip() if at < len(row) else ""
            if not cell or "\0" in cell:
                raise _ColumnError(f"a {wanted} is expected here", rows.line_num)
            yield cell
    except csv.Error as error:
        raise _ColumnError(f"this is not CSV: {error}", rows.line_num) from None


def _position(header: list[str], wanted: str) -> int:
    if not any(header):
        raise _ColumnError("the file is empty", hint=f"expected a header and a {wanted} on each line")
    names = [name.casefold() for name in header]
    if names.count(wanted) > 1:
        raise _ColumnError(f"column `{wanted}` is there twice", 1)
    if wanted in names:
        return names.index(wanted)
    if len(header) == 1:
        return 0
    raise _ColumnError(f"no column `{wanted}`", 1, hint=suggest(wanted, header))
