"""What the page of a plan says in sentences."""

from __future__ import annotations

import pytest

from sendgate.model.decisions import Outcome
from sendgate.report.agenda import Agenda, Campaigns, Fate
from sendgate.report.plan_page import gained, people_words


def fate(worth: float, sent: int = 1) -> Fate:
    """Make what becomes of a campaign of which some messages are sent."""
    return Fate({Outcome.SEND: sent, Outcome.DEFER: 0, Outcome.DROP: 0}, 0, worth, {})


def agenda(before: float, after: float, most: int = 1) -> Agenda:
    """Make a plan of one campaign, worth so much first come, and as chosen."""
    campaign = Campaigns("spring", "harbor", 0.0, 1, 1, fate(before), fate(after))
    return Agenda((campaign,), 5, {1: 5}, {0: 4, most: 1}, {0: 4, most: 1}, {}, 1, 1, ())


@pytest.mark.parametrize(
    ("before", "after", "gain"),
    [(2.0, 6.0, "4.0 (200.0 %)"), (3.0, 3.5, "0.5 (16.7 %)"), (0.0, 2.0, "2.0"), (2.0, 2.0, "0.0 (0.0 %)")],
)
def test_a_gain_is_told_against_first_come_first_served(before: float, after: float, gain: str) -> None:
    """It may be more than there was; of nothing there is no share."""
    assert gained(agenda(before, after)) == (
        f"Together the messages are worth {after:.1f}: {gain} more than first come, first served."
    )


@pytest.mark.parametrize(("most", "said"), [(1, "1 time"), (3, "3 times")])
def test_the_most_that_anybody_hears_is_told(most: int, said: str) -> None:
    """Beside those who hear nothing."""
    assert people_words(agenda(1, 1, most)) == f"4 of 5 people hear nothing; nobody hears more than {said}."
