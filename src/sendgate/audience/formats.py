"""Which format a file has, by its name, and whether its first bytes agree."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from sendgate.errors import InputError, MissingExtraError, in_words
from sendgate.policy.suggestions import suggest_file


class Format(StrEnum):
    """How the rows of a file are written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


class Compression(StrEnum):
    """What a text file is wrapped in."""

    NONE = "none"
    GZIP = "gz"
    ZSTD = "zst"


class Name(NamedTuple):
    """What the name of a file says."""

    format: Format
    compression: Compression


EXPECTED = "expected .csv, .jsonl or .parquet; .csv and .jsonl also with .gz or .zst"

_PARQUET = b"PAR1"
_BEGINNINGS = {
    _PARQUET: "a Parquet file",
    b"\x1f\x8b": "compressed with gzip",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"PK\x03\x04": "a zip or spreadsheet file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SMALLEST_PARQUET = 12
_ENDINGS = tuple(f".{ending}" for ending in (*Format, Compression.GZIP, Compression.ZSTD))


def format_of(path: Path) -> Name:
    """Read the extension. Raises InputError with the ones that are expected."""
    name = path.name.lower()
    compression = next((c for c in (Compression.GZIP, Compression.ZSTD) if name.endswith(f".{c}")), Compression.NONE)
    if compression is not Compression.NONE:
        name = name.rpartition(".")[0]
    found = next((form for form in Format if name.endswith(f".{form}")), None)
    if found is None or (found is Format.PARQUET and compression is not Compression.NONE):
        raise InputError(f"`{path}` has no extension that says its format: {EXPECTED}")
    return Name(found, compression)


def _looks_like(start: bytes) -> str:
    return next((what for magic, what in _BEGINNINGS.items() if start.startswith(magic)), "")


def check_parquet(path: Path) -> None:
    """Raise InputError where the file is not Parquet, or not all of it."""
    with readable(path), path.open("rb") as file:
        start = file.read(4)
        size = file.seek(0, 2)
        end = b"" if size < _SMALLEST_PARQUET else (file.seek(-4, 2), file.read(4))[1]
    if start != _PARQUET:
        what = _looks_like(start) or ("empty" if not start else "something else, perhaps text")
        raise InputError(f"`{path}` is not a Parquet file, as its name says: it is {what}")
    if end != _PARQUET:
        raise InputError(f"`{path}` is cut short: it does not end as a Parquet file does")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn the ways in which reading a file may fail into InputError."""
    try:
        yield
    except EOFError:
        raise InputError(f"`{path}` is cut short: the compressed data ends too early") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"`{path}` cannot be unpacked: {str(error)[:1].lower() + str(error)[1:]}") from error
    except FileNotFoundError:
        hint = suggest_file(path, _ENDINGS)
        raise InputError(f"`{path}` cannot be read: no such file or directory{hint and f' ({hint})'}") from None
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {in_words(error)}") from error


@contextmanager
def open_text(path: Path, compression: Compression) -> Iterator[IO[bytes]]:
    """Open the unpacked bytes of a text file, behind its byte order mark.

    Raises InputError where the content is not what the name says.
    """
    with readable(path), path.open("rb") as file:
        _check_packing(path, file.read(4), compression)
        file.seek(0)
        with _unpacked(file, compression) as stream:
            start = stream.read(4)
            if what := _looks_like(start):
                raise InputError(f"`{path}` is not text in UTF-8, as its name says: it is {what}")
            yield cast("IO[bytes]", _Prefixed(start.removeprefix(_BYTE_ORDER_MARK), stream))


def _check_packing(path: Path, start: bytes, compression: Compression) -> None:
    what = _looks_like(start)
    if compression is Compression.NONE and what:
        raise InputError(f"`{path}` is not a text file, as its name says: it is {what}")
    if compression is Compression.GZIP and "gzip" not in what:
        raise InputError(f"`{path}` is not compressed with gzip, as its name says")
    if compression is Compression.ZSTD and "zstd" not in what:
        raise InputError(f"`{path}` is not compressed with zstd, as its name says")


def _unpacked(file: IO[bytes], compression: Compression) -> IO[bytes]:
    if compression is Compression.GZIP:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    return cast("IO[bytes]", _zstd().ZstdFile(file)) if compression is Compression.ZSTD else file


def _zstd() -> Any:
    """Give the standard library's module (Python 3.14), or its backport."""
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd  # noqa: PLC0415
        else:
            from backports import zstd  # noqa: PLC0415  an optional part
    except ImportError as error:
        raise MissingExtraError("reading .zst files", "audience") from error
    return zstd


class _Prefixed:
    """A stream whose first bytes were read already."""

    def __init__(self, prefix: bytes, stream: IO[bytes]) -> None:
        self._prefix, self._stream = prefix, stream

    def read(self, size: int) -> bytes:
        """Read up to ``size`` bytes; nothing at the end."""
        prefix, self._prefix = self._prefix, b""
        return prefix + self._stream.read(size - len(prefix))
