"""Blocks of whole lines, and where rows came from."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.audience.lines import NOT_UTF8, TOO_LONG, LineLog, blocks


def _lines(content: bytes, size: int, longest: int = 50) -> list[bytes]:
    joined = b"".join(blocks(io.BytesIO(content), size, longest))
    assert joined == b"" or joined.endswith(b"\n")
    return joined.split(b"\n")[:-1]


@given(st.lists(st.text('ab,"é€😀', max_size=12), min_size=1), st.integers(1, 40), st.sampled_from(["\n", "\r\n"]))
def test_lines_survive_whatever_the_size_of_blocks(lines, size, end):
    """Cutting a stream into blocks loses and adds nothing, also within a character or between CR and LF."""
    content = end.join([*lines, ""]).encode()
    assert _lines(content, size) == [line.encode() for line in lines]


@given(st.lists(st.sampled_from([b"short", b"x" * 51, b"y" * 50, b"z" * 500, b""]), min_size=1), st.integers(1, 200))
def test_a_line_that_is_too_long_becomes_a_mark(lines, size):
    """One over-long line costs itself, and no more."""
    content = b"\n".join([*lines, b""])
    assert _lines(content, size) == [line if len(line) <= 50 else TOO_LONG for line in lines]


@pytest.mark.parametrize("bad", [b"\xff", b"\xe9t\xe9", b"\xfe", b"\xed\xa0\x80", b"\xc0\x80"])
def test_a_line_that_is_not_utf8_becomes_a_mark(bad):
    """One line in another encoding costs itself, and no more."""
    marks = {NOT_UTF8, TOO_LONG} if bad == b"\xfe" else {NOT_UTF8}
    before, middle, after = _lines(b"gr\xc3\xbcn\n" + bad + b"\nblue", 100)
    assert (before, after) == (b"gr\xc3\xbcn", b"blue")
    assert middle in marks


def test_the_last_line_needs_no_line_feed():
    """A file may end without one."""
    assert _lines(b"a\nb", 10) == [b"a", b"b"]


def test_rows_know_their_physical_line():
    """Blank lines, rejected lines and rows of several lines all count."""
    log = LineLog("f.csv")
    log.skip()  # line 1, the header
    log.accept(2, 2)  # lines 2, 3
    log.reject("no")  # line 4
    log.accept(1, 3)  # lines 5 to 7
    log.skip()
    log.accept(2, 2)  # lines 9, 10
    assert [log.line_of(row) for row in range(5)] == [2, 3, 5, 9, 10]
    assert [(r.file, r.line, r.reason) for r in log.rejections] == [("f.csv", 4, "no")]
