"""Flows between outcomes."""

from __future__ import annotations

import itertools
import re

import pytest

from sendgate.model.decisions import Outcome
from sendgate.report.flows import Label, flow, labels, leads

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
