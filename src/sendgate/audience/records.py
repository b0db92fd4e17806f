"""CSV as records: what is well formed goes on as bytes, in bulk; what is not is rejected line by line.

DuckDB reads what comes out of here, and nothing that it could read in two ways does. Its own reader counts records, not
lines, takes mixed line ends for corruption, and after an unclosed quote gives up the rest of the file. Here an unclosed
quote costs one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from sendgate.audience.lines import LONGEST, REASONS, LineLog

_FREE = rb"[^\n\r\0\xfe\xff%s]"


class Batch(NamedTuple):
    """Well-formed records: comma or other delimiter as found, every record ending in a line feed."""

    text: bytes
    rows: int
    multiline: bool
    """Whether some record has line breaks within quotes."""


class Shape:
    """What a record of one file looks like: how many fields, and what stands between them."""

    def __init__(self, delimiter: str, fields: int) -> None:
        self.delimiter = delimiter
        self.fields = fields
        self._comma = delimiter.encode()

    def _records(self, field: bytes, times: str = "") -> re.Pattern[bytes]:
        record = field + rb"(?:%s%s){%d}\n" % (re.escape(self._comma), field, self.fields - 1)
        return re.compile(rb"(?:%s)%s" % (record, times.encode()))

    def _bare(self, also: bytes = b"") -> bytes:
        """A field without quotes around it; in a file of one column a blank line is no row."""
        return (_FREE % (re.escape(self._comma) + also)) + (b"*+" if self.fields > 1 else b"++")

    @cached_property
    def _clean(self) -> re.Pattern[bytes]:
        """As many single-line records as there are, in which no quote stands outside of quotes."""
        inside = (_FREE % b'"') + b"*+"
        return self._records(rb'(?:"%s(?:""%s)*+"|%s)' % (inside, inside, self._bare(b'"')), "*+")

    @cached_property
    def _unquoted(self) -> re.Pattern[bytes]:
        return self._records(self._bare(b'"'))

    @cached_property
    def _quoted(self) -> bytes:
        inside = rb'[^"\r\0\xfe\xff]*+'
        return rb'"%s(?:""%s)*+' % (inside, inside)

    @cached_property
    def _field(self) -> bytes:
        """A field, perhaps over several lines, or bare with quotes in the middle, which mean themselves."""
        return rb'(?:%s"|(?!")%s)' % (self._quoted, self._bare())

    @cached_property
    def _record(self) -> re.Pattern[bytes]:
        return self._records(self._field)

    @cached_property
    def _unfinished(self) -> re.Pattern[bytes]:
        """A record that ends in the middle of a quoted field."""
        return re.compile(rb"(?:%s%s)*+%s\Z" % (self._field, re.escape(self._comma), self._quoted))

    @cached_property
    def _first_fields(self) -> re.Pattern[bytes]:
        return re.compile(rb"(?:%s%s)*+" % (self._field, re.escape(self._comma)))

    @cached_property
    def _each_field(self) -> re.Pattern[bytes]:
        return re.compile(rb"(%s)(?:%s|\n)" % (self._field, re.escape(self._comma)))

    def clean_until(self, block: bytes, at: int) -> int:
        """Tell where the records end that need no second look."""
        if at == 0 and not any(mark in block for mark in (b'"', b"\0", b"\r", *REASONS)):
            between = bytes(set(range(256)) - set(self._comma + b"\n"))
            lines = block.count(b"\n")
            if self.fields > 1 and block.translate(None, between) == (self._comma * (self.fields - 1) + b"\n") * lines:
                return len(block)
        match = self._clean.match(block, at)
        return match.end() if match else at

    def record_end(self, block: bytes, at: int) -> int:
        """Tell where a record of the right shape ends that begins here; 0 if none does.

        If a line within the quotes is a whole row by itself, somebody forgot to close the quote.
        """
        match = self._record.match(block, at, at + LONGEST)
        return match.end() if match and not self._swallows(block, at, match.end()) else 0

    def unfinished(self, block: bytes, at: int) -> bool:
        """Tell whether a record begins here that may end in a later block."""
        return (
            len(block) - at < LONGEST
            and self._unfinished.match(block, at) is not None
            and not self._swallows(block, at, len(block))
        )

    def _swallows(self, block: bytes, at: int, end: int) -> bool:
        if self.fields < _TELLING:
            return False
        line = block.index(b"\n", at) + 1
        while 0 < line < end:
            if self._unquoted.match(block, line):
                return True
            line = block.find(b"\n", line, end) + 1
        return False

    def rewritten(self, record: bytes) -> bytes:
        """Quote every field, so that there is one way to read it."""
        fields = self._each_field.findall(record)
        texts = (field if field.startswith(b'"') else b'"%s"' % field.replace(b'"', b'""') for field in fields)
        return self._comma.join(texts) + b"\n"

    def fault(self, line: bytes) -> str:
        """Say what is wrong with a line."""
        if line in REASONS:
            return REASONS[line]
        if b"\0" in line:
            return "the line holds a NUL byte"
        if b"\r" in line:
            return "the line holds a carriage return"
        match = self._first_fields.match(line + b"\n")
        end = match.end() if match else 0
        before = len(self._each_field.findall(line[:end]))
        if line[end : end + 1] != b'"' or re.fullmatch(rb'%s"' % self._quoted, line[end:]):
            return f"{before + 1} field{'s' * (before > 0)} where the header has {self.fields}"
        if re.fullmatch(self._quoted, line[end:]):
            return f"the quote that opens field {before + 1} is not closed"
        return f"text after the closing quote of field {before + 1}"


_TELLING = 3
"""With fewer columns than this, a line of free text looks like a row too easily."""


def batches(blocks: Iterable[bytes], shape: Shape, log: LineLog) -> Iterator[Batch]:
    """Sort blocks of lines into well-formed records, and rejections in the log."""
    rest = b""
    for block in blocks:
        batch, rest = _sort(rest + block, shape, log, final=False)
        yield batch
    yield _sort(rest, shape, log, final=True)[0]


def _sort(block: bytes, shape: Shape, log: LineLog, *, final: bool) -> tuple[Batch, bytes]:
    before, at, multiline = log.rows, 0, False
    good: list[bytes] = []
    while at < len(block):
        end = shape.clean_until(block, at)
        if end > at:
            good.append(block[at:end])
            rows = block.count(b"\n", at, end)
            log.accept(rows, rows)
        elif end := shape.record_end(block, at):
            lines = block.count(b"\n", at, end)
            multiline = multiline or lines > 1
            good.append(shape.rewritten(block[at:end]))
            log.accept(1, lines)
        elif not final and shape.unfinished(block, at):
            break
        else:
            end = block.index(b"\n", at) + 1
            _pass_over(block[at : end - 1], shape, log)
        at = end
    return Batch(b"".join(good), log.rows - before, multiline), block[at:]


def _pass_over(line: bytes, shape: Shape, log: LineLog) -> None:
    if line.strip():
        log.reject(shape.fault(line))
    else:
        log.skip()
