"""Flows between outcomes, and curves."""

from __future__ import annotations

import itertools
import re

from sendgate.model.decisions import Outcome
from sendgate.report.flows import Curve, curves, flow, labels

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
    assert [(name, rows) for name, rows, _ in told] == [("send", 90), ("defer", 1), ("drop", 909)]
    assert all(below[2] - above[2] >= 40 for above, below in itertools.pairwise(told))


def test_curves_end_at_a_round_share() -> None:
    """The axis fits what is drawn; the value in force is marked and named."""
    drawn = str(curves([Curve("send", [0.2, 0.1, 0.05])], ["1d", "2d", "<b>"], 1))
    assert "20 %" in drawn
    assert "25 %" not in drawn
    assert 'class="tick marked"' in drawn
    assert "&lt;b&gt;" in drawn
    assert drawn.count("<polyline") == 1


def test_of_many_values_a_few_are_written_and_the_marked_one_is_among_them() -> None:
    """They are evenly apart, so that they do not run into each other on a phone."""
    values = [f"value {number}" for number in range(16)]
    drawn = str(curves([Curve("send", [0.5] * 16)], values, 3))
    written = [number for number in range(16) if f">value {number}<" in drawn]
    assert written == [1, 3, 5, 7, 9, 11, 13, 15]
