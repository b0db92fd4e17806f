"""Drawings as SVG."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from sendgate.report.charts import Column, Line, Tick, bar, columns, heat


def widths(svg: str) -> list[tuple[str, float]]:
    """Give class and width of every rectangle with a width in percent."""
    return [
        (kind, float(width)) for kind, width in re.findall(r'class="(\w+)" x="[^"]*" y="[^"]*" width="([^%]*)%', svg)
    ]


def test_a_bar_shows_parts_of_a_whole() -> None:
    """Parts follow each other; what is empty is not drawn, and the rest stays free."""
    svg = bar([("send", 1), ("defer", 0), ("drop", 2)], 4)
    assert widths(svg) == [("send", 25.0), ("drop", 50.0)]
    assert 'x="25.000%"' in svg


def test_a_bar_of_nothing_is_empty() -> None:
    """An empty audience has bars, too."""
    assert widths(bar([("send", 0)], 0)) == []


def test_columns_share_an_axis() -> None:
    """The highest stack reaches at most the highest label, and each column tells its numbers."""
    drawn = [Column([[("send", 30), ("drop", 40)]], "70"), Column([[("send", 7)], [("drop", 1)]], "7 and 1", "b")]
    svg = columns(drawn, [Tick(0, "0"), Tick(2, "2")])
    heights = [float(height) for height in re.findall(r'class="(?:send|drop)".*?height="([\d.]+)"', svg)]
    assert heights[0] / heights[2] == pytest.approx(30 / 7, rel=0.02)
    assert sum(heights[:2]) <= 220 - 48 + 0.2
    assert "<title>7 and 1</title>" in svg
    assert ">80<" in svg


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_threshold_shades_what_it_blocks(side: str) -> None:
    """On one side of the line."""
    drawn = [Column([[("send", 1)]], str(at)) for at in range(4)]
    (shade,) = [width for kind, width in widths(columns(drawn, (), Line(1, "at least 1", side))) if kind == "blocked"]
    assert shade == (25 if side == "left" else 75)


def test_a_drawing_is_well_formed_whatever_it_says() -> None:
    """Labels are text, also where they look like markup."""
    nasty = "</svg><script>&'\""
    svg = columns([Column([[("send", 1)]], nasty, nasty)], [Tick(0, nasty)], Line(0, nasty, "left"))
    root = ET.fromstring(str(svg))
    assert [text.text for text in root.iter("title")] == [nasty]
    assert "script" not in {element.tag for element in root.iter()}


def test_no_columns_are_drawn_as_an_empty_axis() -> None:
    """Of nobody."""
    ET.fromstring(str(columns([])))


@pytest.mark.parametrize(("value", "name"), [(0, ""), (1, "heat1"), (100, "heat4"), (30, "heat3")])
def test_cells_are_filled_in_four_steps(value: float, name: str) -> None:
    """By the square root, so that few are seen beside many."""
    assert heat(value, 100) == name
