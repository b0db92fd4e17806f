"""CSV as records."""

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.audience.lines import LONGEST, LineLog, blocks
from sendgate.audience.records import Shape, batches


def _sorted(content: bytes, fields: int = 3, delimiter: str = ",", size: int = 64) -> tuple[list[list[str]], LineLog]:
    log = LineLog("f.csv")
    parts = list(batches(blocks(io.BytesIO(content), size), Shape(delimiter, fields), log))
    text = b"".join(part.text for part in parts).decode()
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    assert len(rows) == log.rows == sum(part.rows for part in parts)
    return rows, log


def _rejected(log: LineLog) -> list[tuple[int, str]]:
    return [(rejection.line, rejection.reason) for rejection in log.rejections]


_CELL = st.text("ab ,;\"'\n=é", max_size=6)


@given(st.lists(st.lists(_CELL, min_size=2, max_size=2), max_size=8), st.sampled_from(",;\t|"), st.integers(1, 80))
def test_what_a_csv_writer_wrote_comes_out_again(rows: Sequence[Sequence[str]], delimiter, size):
    """Quotes, delimiters and line breaks within quotes are read as they were meant."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)
    read, log = _sorted(file.getvalue().encode(), 2, delimiter, size)
    assert (read, log.rejected) == ([list(row) for row in rows], 0)


@given(
    st.binary(max_size=80) | st.text('ab,"\r\n\0', max_size=80).map(str.encode), st.integers(1, 4), st.integers(1, 90)
)
def test_every_line_is_accounted_for(content, fields, size):
    """Whatever the bytes, each line is part of a row, rejected, or blank; and what remains is well-formed CSV."""
    rows, log = _sorted(content, fields, size=size)
    assert all(len(row) == fields for row in rows)
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    assert log.line - 1 == len(lines) - (lines[-1] == b"")


@given(st.text('ab,"\n', max_size=60).map(str.encode), st.integers(1, 70))
def test_the_size_of_blocks_makes_no_difference(content, size):
    """A record may begin in one block and end in another."""
    rows, log = _sorted(content, size=size)
    whole, whole_log = _sorted(content, size=1000)
    assert (rows, _rejected(log)) == (whole, _rejected(whole_log))


@pytest.mark.parametrize("size", [3, 17, 1000])
def test_an_unclosed_quote_costs_one_line(size):
    """What follows a forgotten quote is read, not swallowed."""
    rows, log = _sorted(b'p1,sent,1\np2,"sent,2\np3,sent,3\np4,"s",4\n', size=size)
    assert rows == [["p1", "sent", "1"], ["p3", "sent", "3"], ["p4", "s", "4"]]
    assert _rejected(log) == [(2, "the quote that opens field 2 is not closed")]


def test_an_unclosed_quote_does_not_close_at_the_next_quote():
    """A row within the quotes tells that the quote was forgotten, although another quote follows."""
    rows, log = _sorted(b'p1,"sent,2\np2,sent,2\np3,sent",1\n')
    assert rows == [["p2", "sent", "2"], ["p3", 'sent"', "1"]]
    assert [line for line, _ in _rejected(log)] == [1]


def test_a_line_break_within_quotes_belongs_to_the_row():
    """The row begins on its first line, and rows below keep their physical line."""
    rows, log = _sorted(b'p1,"two\nlines",1\n\np2,x,2\nbad\n')
    assert rows == [["p1", "two\nlines", "1"], ["p2", "x", "2"]]
    assert [log.line_of(0), log.line_of(1)] == [1, 4]
    assert _rejected(log) == [(5, "1 field where the header has 3")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"a,b", "2 fields where the header has 3"),
        (b"a,b,c,d", "4 fields where the header has 3"),
        (b'a,b,c,"d"', "4 fields where the header has 3"),
        (b"a,b\0,c", "the line holds a NUL byte"),
        (b"a,b\xff,c", "the line is not valid UTF-8"),
        (b"a,b\rc,d", "the line holds a carriage return"),
        (b'a,"b"x,c', "text after the closing quote of field 2"),
        (b'"a,b,c', "the quote that opens field 1 is not closed"),
    ],
)
def test_a_bad_line_says_what_is_wrong(line, reason):
    """The line is rejected, the lines around it are read."""
    rows, log = _sorted(b"1,2,3\n" + line + b"\n4,5,6\n")
    assert rows == [["1", "2", "3"], ["4", "5", "6"]]
    assert _rejected(log) == [(2, reason)]


def test_a_quote_in_the_middle_of_a_field_means_itself():
    """Inches need no escaping."""
    assert _sorted(b'tv,42" screen,x\n')[0] == [["tv", '42" screen', "x"]]


def test_a_blank_line_is_no_row_even_in_a_file_of_one_column():
    """A quoted empty text is a row, nothing at all is not."""
    rows, log = _sorted(b'a\n\n""\nb\n', fields=1)
    assert (rows, log.rejected) == ([["a"], [""], ["b"]], 0)


def test_quotes_that_never_close_do_not_make_reading_slow_or_endless():
    """A quoted field ends after a mebibyte at the latest."""
    lines = 2 * LONGEST // 41
    rows, log = _sorted(b'"\n' + (b"x" * 40 + b"\n") * lines, fields=2, size=2**16)
    assert (len(rows), log.rejected) == (0, lines + 1)
