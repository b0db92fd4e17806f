"""Curves over the values of a setting."""

from __future__ import annotations

import re

from sendgate.report.curves import Trace, curves


def test_curves_end_at_a_round_share() -> None:
    """The axis fits what is drawn; the value in force is marked and named."""
    drawn = str(curves([Trace("send", [0.2, 0.1, 0.05])], ["1d", "2d", "<b>"], 1, apart=False))
    assert "20 %" in drawn
    assert "25 %" not in drawn
    assert 'class="tick marked"' in drawn
    assert "&lt;b&gt;" in drawn
    assert drawn.count("<polyline") == 1


def test_of_many_values_a_few_are_written_and_the_marked_one_is_among_them() -> None:
    """They are evenly apart, so that they do not run into each other on a phone."""
    values = [f"value {number}" for number in range(16)]
    drawn = str(curves([Trace("send", [0.5] * 16)], values, 3, apart=False))
    written = [number for number in range(16) if f">value {number}<" in drawn]
    assert written == [1, 3, 5, 7, 9, 11, 13, 15]


def test_a_value_in_force_that_was_not_tried_stands_apart() -> None:
    """As dots, through which no line leads; one value alone is a dot as well, because a point draws no line."""
    drawn = str(curves([Trace("send", [0.4, 0.2, 0.1])], ["1", "6", "8"], 0, apart=True))
    assert drawn.count("<circle") == 1
    assert "<circle" not in str(curves([Trace("send", [0.4, 0.2, 0.1])], ["1", "6", "8"], 0, apart=False))
    assert re.findall(r'polyline class="send" points="([^"]+)"', drawn) == ["50.00,119.00 83.33,178.50"]
    assert str(curves([Trace("send", [0.4, 0.2])], ["1", "2"], 0, apart=True)).count("<circle") == 2
