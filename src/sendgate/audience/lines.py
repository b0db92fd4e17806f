"""Text as blocks of whole lines, of bounded size whatever the file holds, and the lines that rows came from."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import IO

from sendgate.audience.account import KEPT, Rejection

BLOCK = 16 * 2**20
"""How much is read at a time."""
LONGEST = 2**20
"""The longest row, in bytes."""

TOO_LONG = b"\xfe"
NOT_UTF8 = b"\xff"
"""What stands for a line that cannot be read. Neither byte occurs in UTF-8."""

REASONS = {TOO_LONG: "the line is longer than 1 MiB", NOT_UTF8: "the line is not valid UTF-8"}


def blocks(stream: IO[bytes], size: int = BLOCK, longest: int = LONGEST) -> Iterator[bytes]:
    r"""Cut a stream into blocks of whole lines, each ending in ``\n``; a line that cannot be read becomes its mark."""
    rest, skipping = b"", False
    while data := stream.read(size):
        if skipping:
            _, found, data = data.partition(b"\n")
            skipping = not found
        whole, found, rest = (rest + data).rpartition(b"\n")
        if found:
            yield _readable(whole + found, longest)
        if len(rest) > longest:
            yield TOO_LONG + b"\n"
            rest, skipping = b"", True
    if rest:
        yield _readable(rest + b"\n", longest)


def _readable(block: bytes, longest: int) -> bytes:
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    return _decodable(_shortened(block, longest))


def _shortened(block: bytes, longest: int) -> bytes:
    """Replace over-long lines, hopping over all others a mebibyte at a time."""
    pieces, kept, at = [], 0, 0
    while at < len(block):
        end = block.rfind(b"\n", at, at + longest + 1)
        if end < 0:
            end = block.index(b"\n", at + longest)
            pieces += [block[kept:at], TOO_LONG]
            kept = end
        at = end + 1
    return b"".join([*pieces, block[kept:]]) if pieces else block


def _decodable(block: bytes) -> bytes:
    if block.isascii():
        return block
    try:
        block.decode()
    except UnicodeDecodeError:
        return b"\n".join(line if _is_utf8(line) else NOT_UTF8 for line in block.split(b"\n"))
    return block


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return line == TOO_LONG
    return True


class LineLog:
    """Follows a reader through a file: which line comes next, on which line each row began, what was rejected."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.line = 1
        self.rows = 0
        self.rejected = 0
        self.rejections: list[Rejection] = []
        self._rows, self._lines = array("q", [0]), array("q", [1])

    def skip(self) -> None:
        """Pass over one line that holds no row."""
        self.line += 1

    def accept(self, rows: int, lines: int) -> None:
        """Pass over rows: a line each, or one row of several lines."""
        if self.line - self.rows != self._lines[-1] - self._rows[-1]:
            self._rows.append(self.rows)
            self._lines.append(self.line)
        self.rows += rows
        self.line += lines

    def reject(self, reason: str) -> None:
        """Pass over one line that holds a row which cannot be read."""
        self.rejected += 1
        if len(self.rejections) < KEPT:
            self.rejections.append(Rejection(self.file, self.line, reason))
        self.line += 1

    def line_of(self, row: int) -> int:
        """Tell the line on which an accepted row (counted from 0) began."""
        at = bisect_right(self._rows, row) - 1
        return self._lines[at] + row - self._rows[at]
