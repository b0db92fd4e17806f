"""A drawing of a page: rows that flow from one outcome to another.

Shapes stretch with the page, and so are drawn in a box of their own that may be pulled in width; words stand outside of
it and keep their size. As in ``charts``, drawings are for the eye only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from sendgate.model.decisions import Outcome
from sendgate.report.charts import straight

_HEIGHT, _GAP, _LEAST = 260.0, 14.0, 1.5
_WORDS = 44.0
"""What the words of an outcome need, from top to bottom."""
_LEAD = 16.0
"""How wide the room between words and bars is."""

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


class Label(NamedTuple):
    """The words beside the bar of an outcome; places are in pixels from the top."""

    name: str
    rows: int
    middle: float
    """Of the words."""
    bar: float
    """The middle of the bar."""


def labels(rows: Flow, side: int) -> list[Label]:
    """Give the words of each outcome that occurs, as near to its bar as they can stand without standing on others."""
    total = sum(rows.values())
    scale = (_HEIGHT - 2 * _GAP) / total if total else 0.0
    tops = _tops(rows, side, scale)
    told = [
        (outcome, count, tops[outcome] + count * scale / 2) for outcome, count in _sums(rows, side).items() if count
    ]
    middles = _spread([bar for *_, bar in told])
    return [Label(one.value, count, middle, bar) for (one, count, bar), middle in zip(told, middles, strict=True)]


def _spread(bars: Sequence[float]) -> list[float]:
    """Move words up and down, those that would stand on each other alike, until each has room."""
    groups: list[list[float]] = []
    for bar in bars:
        groups.append([bar])
        while len(groups) > 1 and _first(groups[-2]) + len(groups[-2]) * _WORDS > _first(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    return [_first(group) + place * _WORDS for group in groups for place in range(len(group))]


def _first(group: Sequence[float]) -> float:
    """Say where the first words of a group stand, so that all of it is beside its bars and within the picture."""
    below = (len(group) - 1) * _WORDS
    middle = sum(group) / len(group) - below / 2
    return min(max(middle, _WORDS / 2), _HEIGHT - _WORDS / 2 - below)


def leads(told: Sequence[Label], side: int) -> Markup:
    """Draw a thin line from words to the bar that they had to move away from."""
    words, bar = (0, _LEAD) if side == 0 else (_LEAD, 0)
    moved = (label for label in told if abs(label.middle - label.bar) > _LEAST)
    return Markup('<svg class="leads" width="{:.0f}" height="{:.0f}">{}</svg>').format(
        _LEAD, _HEIGHT, Markup("").join(straight("lead", words, bar, label.middle, label.bar) for label in moved)
    )
