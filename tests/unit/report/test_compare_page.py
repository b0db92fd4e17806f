"""What the page of a comparison says in sentences."""

from __future__ import annotations

import pytest

from sendgate.model.decisions import Outcome
from sendgate.report.compare_page import headline, lede
from sendgate.report.moves import Comparison, Move, Said

SEND, DEFER, DROP = Outcome.SEND, Outcome.DEFER, Outcome.DROP


def comparison(*moves: tuple[Outcome, Outcome], other_offer: int = 0) -> Comparison:
    """Compare 10 rows, of which 4 are sent on both sides if nothing moves; each move is one row."""
    matrix = {(one, other): 0 for one in Outcome for other in Outcome} | {(SEND, SEND): 4, (DROP, DROP): 6}
    for pair in moves:
        matrix[pair] += 1
        matrix[pair[0], pair[0]] -= 1
    told = tuple(Move(Said(one, "", ""), Said(other, "", ""), 1, 0) for one, other in moves)
    return Comparison(10, matrix, told, other_offer, (), {})


@pytest.mark.parametrize(
    ("moves", "said"),
    [
        ([], "4 hear from you, as before."),
        ([(DROP, DEFER)], "4 hear from you, as before."),
        ([(DROP, SEND), (SEND, DROP)], "4 again, but others."),
        ([(SEND, DROP)], "1 fewer hear from you: 3 instead of 4."),
    ],
)
def test_others_hear_where_others_are_sent_to(moves: list[tuple[Outcome, Outcome]], said: str) -> None:
    """Who moves between waiting and being dropped heard nothing before, and hears nothing after."""
    assert headline(comparison(*moves)) == said


@pytest.mark.parametrize(
    ("other_offer", "said"),
    [
        (0, "Every row is sent, deferred or dropped as before."),
        (1, "Every row is sent, deferred or dropped as before, and 1 is sent another offer."),
        (2, "Every row is sent, deferred or dropped as before, and 2 are sent another offer."),
    ],
)
def test_another_offer_is_told_where_nobody_moves(other_offer: int, said: str) -> None:
    """It is a change, though the outcome is the same."""
    assert lede(comparison(other_offer=other_offer)) == said
