"""Two more drawings of a page: rows that flow from one outcome to another, and curves over the values of a setting.

Shapes stretch with the page, and so are drawn in a box of their own that may be pulled in width; words stand outside of
it and keep their size. As in ``charts``, drawings are for the eye only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sendgate.model.decisions import Outcome

_HEIGHT, _GAP, _LEAST = 260.0, 14.0, 1.5
_WORDS = 44.0
"""What the words of an outcome need, from top to bottom."""
_SIDE = 22.0
"""Of the curves' box: the room under it for the values."""

_LEVELS = (0.04, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""How high the axis of shares may end."""

Flow = Mapping[tuple[Outcome, Outcome], int]


def flow(rows: Flow) -> Markup:
    """Draw how rows go from the outcome on the left to the one on the right; who stays is pale, who moves is strong."""
    total = sum(rows.values())
    if not total:
        return Markup("")
    scale = (_HEIGHT - 2 * _GAP) / total
    left, right = _tops(rows, 0, scale), _tops(rows, 1, scale)
    bands = [_band(pair, count, left, right, scale) for pair, count in _ordered(rows) if count]
    posts = Markup("").join([*_posts(rows, 0, scale), *_posts(rows, 1, scale)])
    return Markup(
        '<svg class="flow" width="100%" height="{0:.0f}" viewBox="0 0 100 {0:.0f}" preserveAspectRatio="none"'
        ' aria-hidden="true">{1}{2}</svg>'
    ).format(_HEIGHT, Markup("").join(bands), posts)


def _ordered(rows: Flow) -> Iterator[tuple[tuple[Outcome, Outcome], int]]:
    """List the flows so that none crosses another that leaves or reaches the same outcome."""
    for one in Outcome:
        for other in Outcome:
            yield (one, other), rows.get((one, other), 0)


def _sums(rows: Flow, side: int) -> dict[Outcome, int]:
    return {outcome: sum(count for pair, count in rows.items() if pair[side] is outcome) for outcome in Outcome}


def _tops(rows: Flow, side: int, scale: float) -> dict[Outcome, float]:
    """Say where each outcome begins."""
    tops, at = {}, 0.0
    for outcome, count in _sums(rows, side).items():
        tops[outcome] = at
        at += count * scale + _GAP
    return tops


def _band(
    pair: tuple[Outcome, Outcome], count: int, left: dict[Outcome, float], right: dict[Outcome, float], scale: float
) -> Markup:
    """Draw one flow, and leave its place on both sides to the next."""
    one, other = pair
    a, b, high = left[one], right[other], max(count * scale, _LEAST)
    left[one] += count * scale
    right[other] += count * scale
    kind = f"{other.value} {'stays' if one is other else 'moves'}"
    under = f"V{b + high:.2f} C50,{b + high:.2f} 50,{a + high:.2f} 2,{a + high:.2f} Z"
    path = f"M2,{a:.2f} C50,{a:.2f} 50,{b:.2f} 98,{b:.2f} {under}"
    title = f"{one.value} to {other.value}: {count:,}"
    return Markup('<path class="{}" d="{}"><title>{}</title></path>').format(kind, path, title)


def _posts(rows: Flow, side: int, scale: float) -> Iterator[Markup]:
    tops = _tops(rows, side, scale)
    for outcome, count in _sums(rows, side).items():
        if count:
            yield Markup('<rect class="{}" x="{}" y="{:.2f}" width="2" height="{:.2f}"/>').format(
                outcome.value, 0 if side == 0 else 98, tops[outcome], max(count * scale, _LEAST)
            )


def labels(rows: Flow, side: int) -> list[tuple[str, int, float]]:
    """Give, for each outcome that occurs, its name, its rows and where its words go, in pixels from the top."""
    total = sum(rows.values())
    scale = (_HEIGHT - 2 * _GAP) / total if total else 0.0
    tops = _tops(rows, side, scale)
    told: list[tuple[str, int, float]] = []
    for outcome, count in _sums(rows, side).items():
        if count:
            above = told[-1][2] + _WORDS if told else _WORDS / 2
            told.append((outcome.value, count, max(above, tops[outcome] + count * scale / 2)))
    return told


@dataclass(frozen=True)
class Curve:
    """One line: a share for each value of a setting."""

    kind: str
    """Its class."""
    shares: Sequence[float]


def curves(drawn: Sequence[Curve], values: Sequence[str], marked: int | None, height: int = 260) -> Markup:
    """Draw shares over the values of a setting, up to a round share; the value in force is marked."""
    inner = height - _SIDE
    highest = max((share for one in drawn for share in one.shares), default=0.0)
    top = next(level for level in _LEVELS if highest <= level or level == _LEVELS[-1])
    places = [100 * (at + 0.5) / len(values) for at in range(len(values))]
    grid = [_line("grid", 0, 100, inner * (1 - level / 4), inner * (1 - level / 4)) for level in range(5)]
    mark = [_line("threshold dashed", places[marked], places[marked], 0, inner)] if marked is not None else []
    lines = [
        Markup('<polyline class="{}" points="{}"/>').format(
            one.kind,
            " ".join(
                f"{x:.2f},{inner * (1 - min(1.0, share / top)):.2f}"
                for x, share in zip(places, one.shares, strict=True)
            ),
        )
        for one in drawn
    ]
    shapes = Markup(
        '<svg x="0" y="0" width="100%" height="{0:.0f}" viewBox="0 0 100 {0:.0f}" preserveAspectRatio="none">{1}</svg>'
    ).format(inner, Markup("").join([*grid, *mark, *lines]))
    words = [
        Markup('<text class="tick{}" x="{:.2f}%" y="{:.0f}" text-anchor="middle">{}</text>').format(
            " marked" if at == marked else "", places[at], height - 5, values[at]
        )
        for at in _written(len(values), marked)
    ]
    axis = Markup("").join(
        Markup('<text class="tick" x="100%" y="{:.0f}" text-anchor="end">{} %</text>').format(
            max(10.0, inner * (1 - level / 4) + 4), f"{level * 25 * top:g}"
        )
        for level in range(5)
    )
    return Markup(
        '<div class="plot" aria-hidden="true"><svg class="axis" width="44" height="{0}">{1}</svg>'
        '<svg class="columns curves" width="100%" height="{0}">{2}{3}</svg></div>'
    ).format(height, axis, shapes, Markup("").join(words))


def _written(values: int, marked: int | None) -> range:
    """Choose at most eight places to write, evenly, the marked one among them."""
    every = max(1, -(-values // 8))
    return range((marked or 0) % every, values, every)


def _line(kind: str, x1: float, x2: float, y1: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{:.2f}" x2="{:.2f}" y1="{:.2f}" y2="{:.2f}"/>').format(kind, x1, x2, y1, y2)
