"""Tables on a terminal and in a pipe: nothing that they say is lost."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console
from rich.panel import Panel

from sendgate.doors.cli.consoles import draw
from sendgate.model.decisions import Outcome
from sendgate.report.dry_run import _outcomes
from sendgate.report.styles import listing
from sendgate.report.summary import Summary

LONG = "a_gate_with_a_really_very_long_name_that_somebody_else_wrote"
SENTENCE = "17 messages from the family in the last 7 days, the cap is 3; free again on 2026-03-04 09:12 UTC"


@pytest.fixture
def table():
    """Wider than eighty columns."""
    table = listing()
    table.add_column("gate")
    table.add_column("blocks", justify="right")
    table.add_column("why")
    table.add_row(LONG, "1,234,567", SENTENCE)
    return table


def test_in_a_pipe_a_row_is_a_line(table, capsys, monkeypatch) -> None:
    """However long: there is no terminal that it must fit."""
    monkeypatch.delenv("COLUMNS", raising=False)
    draw(table)
    [line] = [line for line in capsys.readouterr().out.splitlines() if "1,234,567" in line]
    assert LONG in line
    assert SENTENCE in line


class _Explanation:
    """Lays itself out in whatever width it is given."""

    def __rich_console__(self, console, options):
        yield Panel(SENTENCE)


def test_what_fills_its_width_is_not_endless(capsys, monkeypatch) -> None:
    """It gets the usual one, and loses nothing."""
    monkeypatch.delenv("COLUMNS", raising=False)
    draw(_Explanation())
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 80
    assert set(SENTENCE.split()) <= set(told.split())


def test_who_asks_for_a_width_gets_it(table, capsys, monkeypatch) -> None:
    """As other programs do."""
    monkeypatch.setenv("COLUMNS", "80")
    draw(table)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_terminal_folds_texts_and_keeps_numbers(table, width) -> None:
    """Rich would end a long name in three dots, and numbers too."""
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(table)
    lines = console.file.getvalue().splitlines()[2:]
    names = "".join(line.split()[0] for line in lines if line.startswith(("a_", "_")) or not line[:1].isspace())
    assert names == LONG
    assert sum("1,234,567" in line for line in lines) == 1
    assert all(word in " ".join(lines) for word in ("messages", "family", "09:12", "UTC"))


@pytest.mark.parametrize("width", [80, 40, 30])
def test_a_bar_shows_its_share_in_the_room_there_is(width) -> None:
    """It was cut off where there was too little, and two thirds looked like all."""
    summary = Summary(3000, {Outcome.SEND: 1999, Outcome.DEFER: 1, Outcome.DROP: 1000}, (), {}, ())
    text = io.StringIO()
    Console(file=text, width=width).print(_outcomes(summary))
    bars = re.findall("[█░]+…?", text.getvalue())
    [cells] = {len(bar) for bar in bars}
    assert (cells == 24) is (width == 80)
    assert [bar.count("█") for bar in bars] == [round(cells * 1999 / 3000), 1, round(cells / 3)]
