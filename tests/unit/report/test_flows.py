"""Flows between outcomes, and curves."""

from __future__ import annotations

import itertools
import re

import pytest

from sendgate.model.decisions import Outcome
from sendgate.report.flows import Curve, Label, curves, flow, labels, leads

SEND, DEFER, DROP = Outcome
ROWS = {(SEND, SEND): 60, (SEND, DROP): 30, (DEFER, SEND): 1, (DROP, DROP): 909}


def test_every_flow_is_drawn_once() -> None:
    """Who stays is pale, who moves has the colour of where they arrive; empty flows are left out."""
    drawn = str(flow(ROWS))
    assert re.findall(r'path class="([a-z ]+)"', drawn) == ["send stays", "drop moves", "send moves", "drop stays"]
    assert "send to drop: 30" in drawn
    assert 'aria-hidden="true"' in drawn


def test_nobody_is_no_picture() -> None:
    """An empty list draws nothing."""
    assert str(flow({})) == ""
    assert labels({}, 0) == []


def test_words_do_not_stand_on_each_other() -> None:
    """However thin a flow is, its number can be read."""
    told = labels(ROWS, 0)
    assert [(label.name, label.rows) for label in told] == [("send", 90), ("defer", 1), ("drop", 909)]
    assert all(below.middle - above.middle >= 40 for above, below in itertools.pairwise(told))


@pytest.mark.parametrize(
    "rows",
    [{(SEND, SEND): 900, (DEFER, DEFER): 1, (DROP, DROP): 1}, {(SEND, SEND): 1, (DEFER, DEFER): 1, (DROP, DROP): 900}],
)
def test_words_stay_by_their_bars(rows: dict[tuple[Outcome, Outcome], int]) -> None:
    """Two that share a place move apart, one up and one down; none leaves the picture, nor moves for nothing."""
    told = labels(rows, 0)
    assert all(22 <= label.middle <= 238 for label in told)
    assert max(abs(label.middle - label.bar) for label in told) <= 66
    (wide,) = (label for label in told if label.rows == 900)
    assert wide.middle == wide.bar


def test_words_that_share_a_place_move_alike() -> None:
    """One goes up by as much as the other goes down."""
    send, defer, drop = labels({(SEND, SEND): 22, (DEFER, DEFER): 1, (DROP, DROP): 77}, 0)
    assert send.middle - send.bar == pytest.approx(defer.bar - defer.middle)
    assert send.middle < send.bar
    assert drop.middle == drop.bar


def test_a_thin_line_leads_from_words_that_moved_to_their_bar() -> None:
    """From the side of the words to that of the bar; words beside their bar need none."""
    told = [Label("send", 9, 100.0, 100.0), Label("defer", 1, 144.0, 120.0)]
    assert re.findall(r'x1="([0-9.]+)" x2="([0-9.]+)" y1="([0-9.]+)" y2="([0-9.]+)"', str(leads(told, 0))) == [
        ("0.00", "16.00", "144.00", "120.00")
    ]
    assert 'x1="16.00" x2="0.00"' in str(leads(told, 1))


def test_curves_end_at_a_round_share() -> None:
    """The axis fits what is drawn; the value in force is marked and named."""
    drawn = str(curves([Curve("send", [0.2, 0.1, 0.05])], ["1d", "2d", "<b>"], 1, apart=False))
    assert "20 %" in drawn
    assert "25 %" not in drawn
    assert 'class="tick marked"' in drawn
    assert "&lt;b&gt;" in drawn
    assert drawn.count("<polyline") == 1


def test_of_many_values_a_few_are_written_and_the_marked_one_is_among_them() -> None:
    """They are evenly apart, so that they do not run into each other on a phone."""
    values = [f"value {number}" for number in range(16)]
    drawn = str(curves([Curve("send", [0.5] * 16)], values, 3, apart=False))
    written = [number for number in range(16) if f">value {number}<" in drawn]
    assert written == [1, 3, 5, 7, 9, 11, 13, 15]


def test_a_value_in_force_that_was_not_tried_stands_apart() -> None:
    """As dots, through which no line leads; one value alone is a dot as well, because a point draws no line."""
    drawn = str(curves([Curve("send", [0.4, 0.2, 0.1])], ["1", "6", "8"], 0, apart=True))
    assert drawn.count("<circle") == 1
    assert "<circle" not in str(curves([Curve("send", [0.4, 0.2, 0.1])], ["1", "6", "8"], 0, apart=False))
    assert re.findall(r'polyline class="send" points="([^"]+)"', drawn) == ["50.00,119.00 83.33,178.50"]
    assert str(curves([Curve("send", [0.4, 0.2])], ["1", "2"], 0, apart=True)).count("<circle") == 2
