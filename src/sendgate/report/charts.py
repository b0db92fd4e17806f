"""Drawings of a page: SVG that fits every width, coloured by classes, so that day and night are the style's affair.

Horizontal places are percentages and vertical ones pixels: nothing is stretched, and text keeps its size on a phone.
Drawings are for the eye only (``aria-hidden``): a page says the same in a sentence and in a table beside each.
Classes are names of ``palette``: ``send``, ``defer``, ``drop``, ``alone``, ``accent``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup

Stack = Sequence[tuple[str, float]]
"""Parts with their classes; of a column from the bottom up, of a bar from left to right."""

_TOP, _BOTTOM, _GAP, _STEPS = 26.0, 22.0, 0.12, 4


@dataclass(frozen=True)
class Column:
    """One place on the horizontal axis, with one or more stacks side by side."""

    stacks: Sequence[Stack]
    title: str
    """What a pointer that rests on it is told."""
    label: str = ""
    """Under its middle."""


@dataclass(frozen=True)
class Tick:
    """A label under the boundary before a column."""

    place: int
    label: str


@dataclass(frozen=True)
class Line:
    """A threshold: a vertical line before a column."""

    place: int
    label: str
    blocked: str
    """``left`` or ``right``: the side that is shaded."""
    dashed: bool = False


def bar(parts: Stack, whole: float, height: int = 14) -> Markup:
    """Draw a horizontal bar; what is missing to the whole stays empty."""
    rects, at = [], 0.0
    for kind, value in parts:
        width = 100 * value / whole if whole else 0.0
        if value:
            rects.append(_rect(kind, at, 0, width, height))
        at += width
    return Markup(
        '<svg class="bar" width="100%" height="{0}" aria-hidden="true">'
        '<rect class="wash" width="100%" height="{0}" rx="2"/>{1}</svg>'
    ).format(height, Markup("").join(rects))


def columns(drawn: Sequence[Column], ticks: Sequence[Tick] = (), line: Line | None = None, height: int = 220) -> Markup:
    """Draw columns over a common axis, with round numbers on the left."""
    highest = max((sum(value for _, value in stack) for column in drawn for stack in column.stacks), default=0)
    steps = _round_steps(highest)
    scale = (height - _TOP - _BOTTOM) / steps[-1]
    width = 100 / max(1, len(drawn))
    parts = [_grid(steps, scale, height)]
    parts += [_shade(line, width, height)] if line else []
    parts += [part for at, column in enumerate(drawn) for part in _column(column, at, width, scale, height)]
    parts += [_text("tick", tick.place * width, height - 6, tick.label, _anchor(tick.place, drawn)) for tick in ticks]
    parts += [_threshold(line, width, height)] if line else []
    return Markup(
        '<div class="plot" aria-hidden="true">{}<svg class="columns" width="100%" height="{}" aria-hidden="true">{}'
        "</svg></div>"
    ).format(_axis(steps, scale, height), height, Markup("").join(parts))


def heat(value: float, highest: float) -> str:
    """Name the class of a cell by how full it is, in four steps by the square root; empty for nothing."""
    if not value or not highest:
        return ""
    return f"heat{min(4, 1 + int(4 * (value / highest) ** 0.5 - 1e-9))}"


def _column(column: Column, at: int, width: float, scale: float, height: int) -> Iterator[Markup]:
    each = width * (1 - 2 * _GAP) / max(1, len(column.stacks))
    rects = []
    for place, stack in enumerate(column.stacks):
        top = height - _BOTTOM
        for kind, value in stack:
            top -= value * scale
            rects.append(_rect(kind, (at + _GAP) * width + place * each, top, each * 0.94, value * scale))
    yield Markup("<g><title>{}</title>{}</g>").format(column.title, Markup("").join(rects))
    if column.label:
        yield _text("tick", (at + 0.5) * width, height - 6, column.label, "middle")


def _rect(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    return Markup('<rect class="{}" x="{:.3f}%" y="{:.1f}" width="{:.3f}%" height="{:.1f}"/>').format(
        kind, x, y, width, height
    )


def _text(kind: str, x: float, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{:.2f}%" y="{:.1f}" text-anchor="{}">{}</text>').format(
        kind, x, y, anchor, words
    )


def _anchor(place: int, drawn: Sequence[Column]) -> str:
    return "start" if place == 0 else "end" if place == len(drawn) else "middle"


def _grid(steps: Sequence[float], scale: float, height: int) -> Markup:
    line = Markup('<line class="grid" x1="0" x2="100%" y1="{0:.1f}" y2="{0:.1f}"/>')
    return Markup("").join(line.format(height - _BOTTOM - step * scale) for step in steps)


def _axis(steps: Sequence[float], scale: float, height: int) -> Markup:
    label = Markup('<text class="tick" x="100%" y="{:.1f}" text-anchor="end">{}</text>')
    labels = (label.format(height - _BOTTOM - step * scale + 4, _short(step)) for step in steps)
    return Markup('<svg class="axis" width="44" height="{}" aria-hidden="true">{}</svg>').format(
        height, Markup("").join(labels)
    )


def _short(number: float) -> str:
    """Write 1,500 as ``1.5k``: an axis has little room."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:g}{unit}"
    return f"{number:g}"


def _round_steps(highest: float) -> list[float]:
    """Give up to six round numbers, from 0 to at least the highest."""
    power = 10.0 ** max(0, floor(log10(highest or 1)) - 1)
    step = power * next(size for size in (1, 2, 5, 10, 20, 50, 100) if highest <= _STEPS * size * power)
    return [place * step for place in range(max(1, ceil(highest / step)) + 1)]


def _shade(line: Line, width: float, height: int) -> Markup:
    left, right = (0.0, line.place * width) if line.blocked == "left" else (line.place * width, 100.0)
    return _rect("blocked", left, _TOP - 8, right - left, height - _TOP - _BOTTOM + 8)


def _threshold(line: Line, width: float, height: int) -> Markup:
    x = line.place * width
    anchor, shift = ("start", 6) if x < 50 else ("end", -6)  # noqa: PLR2004  half of the width
    stroke = Markup('<line class="threshold{}" x1="{x:.3f}%" x2="{x:.3f}%" y1="4" y2="{:.1f}"/>')
    label = Markup('<text class="limit" x="{:.3f}%" dx="{}" y="14" text-anchor="{}">{}</text>')
    return stroke.format(" dashed" if line.dashed else "", height - _BOTTOM, x=x) + label.format(
        x, shift, anchor, line.label
    )


def straight(kind: str, x1: float, x2: float, y1: float, y2: float) -> Markup:
    """Draw a straight line."""
    return Markup('<line class="{}" x1="{:.2f}" x2="{:.2f}" y1="{:.2f}" y2="{:.2f}"/>').format(kind, x1, x2, y1, y2)
