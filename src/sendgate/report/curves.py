"""A drawing of a page: curves over the values of a setting.

As in ``flows``, shapes stretch in a box of their own, words and dots keep their size, and all is for the eye only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from sendgate.report.charts import straight

_UNDER = 22.0
"""The room under the curves for the values."""

_TOPS = (0.04, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""How high the axis of shares may end."""

_QUARTERS = range(5)
"""Of the axis, which is a line each."""

_WRITTEN = 8
"""So many values are written on a phone without running into each other."""


class Trace(NamedTuple):
    """One curve: a share for each value of a setting."""

    kind: str
    """Its class."""
    shares: Sequence[float]


def curves(traces: Sequence[Trace], values: Sequence[str], marked: int, *, apart: bool, height: int = 260) -> Markup:
    """Draw shares over the values of a setting, up to a round share, and a line at the value in force, ``marked``.

    Where that is ``apart``, it is none of the values that were tried: it has dots, and no line leads through it.
    """
    inner = height - _UNDER
    highest = max((share for trace in traces for share in trace.shares), default=0.0)
    top = next(level for level in _TOPS if highest <= level or level == _TOPS[-1])
    places = [100 * (at + 0.5) / len(values) for at in range(len(values))]
    tried = [at for at in range(len(values)) if at != marked or not apart]
    dotted = [at for at in range(len(values)) if at not in tried or len(tried) == 1]
    lines, dots = [], []
    for trace in traces:
        points = [(x, inner * (1 - min(1.0, share / top))) for x, share in zip(places, trace.shares, strict=True)]
        lines.append(_led(trace.kind, [points[at] for at in tried]))
        dots += [_dot(trace.kind, *points[at]) for at in dotted]
    grid = [straight("grid", 0, 100, y, y) for y in _quarters(inner)]
    mark = straight("threshold dashed", places[marked], places[marked], 0, inner)
    shapes = Markup(
        '<svg x="0" y="0" width="100%" height="{0:.0f}" viewBox="0 0 100 {0:.0f}" preserveAspectRatio="none">{1}</svg>'
    ).format(inner, Markup("").join([*grid, mark, *lines]))
    words = [_value(values[at], places[at], height - 5, marked=at == marked) for at in _written(len(values), marked)]
    return Markup(
        '<div class="plot" aria-hidden="true"><svg class="axis" width="44" height="{0}">{1}</svg>'
        '<svg class="columns curves" width="100%" height="{0}">{2}{3}{4}</svg></div>'
    ).format(height, _axis(inner, top), shapes, Markup("").join(dots), Markup("").join(words))


def _quarters(inner: float) -> Iterator[float]:
    """Say how far from above the lines of the axis are, the lowest first."""
    return (inner * (1 - quarter / 4) for quarter in _QUARTERS)


def _axis(inner: float, top: float) -> Markup:
    """Write shares beside the lines, whole inside the picture."""
    word = Markup('<text class="tick" x="100%" y="{:.0f}" text-anchor="end">{} %</text>')
    levels = zip(_QUARTERS, _quarters(inner), strict=True)
    return Markup("").join(word.format(max(10.0, y + 4), f"{quarter * 25 * top:g}") for quarter, y in levels)


def _led(kind: str, points: Sequence[tuple[float, float]]) -> Markup:
    """Lead a line through points."""
    return Markup('<polyline class="{}" points="{}"/>').format(kind, " ".join(f"{x:.2f},{y:.2f}" for x, y in points))


def _dot(kind: str, x: float, y: float) -> Markup:
    return Markup('<circle class="{}" cx="{:.2f}%" cy="{:.2f}" r="4"/>').format(kind, x, y)


def _value(value: str, x: float, y: float, *, marked: bool) -> Markup:
    return Markup('<text class="tick{}" x="{:.2f}%" y="{:.0f}" text-anchor="middle">{}</text>').format(
        " marked" if marked else "", x, y, value
    )


def _written(values: int, marked: int) -> range:
    """Choose places to write, evenly, the marked one among them."""
    every = max(1, -(-values // _WRITTEN))
    return range(marked % every, values, every)
