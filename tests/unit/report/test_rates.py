"""Shares with intervals, by figures that can be worked out by hand."""

from __future__ import annotations

import pytest

from sendgate.report.rates import Cross, Sums, difference, rate, wilson


def sums(*people: tuple[float, float]) -> Sums:
    """Add up (messages, hits) of people; each message has weight 1."""
    return Sums(
        len(people),
        int(sum(w for w, _ in people)),
        int(sum(y for _, y in people)),
        sum(w for w, _ in people),
        sum(w for w, _ in people),
        sum(w * w for w, _ in people),
        sum(y for _, y in people),
        sum(y * y for _, y in people),
        sum(y * w for w, y in people),
    )


def cross(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> Cross:
    """Add up products of the same people in two arms."""
    pairs = list(zip(one, other, strict=True))
    return Cross(
        sum(a[0] * b[0] for a, b in pairs),
        sum(a[1] * b[1] for a, b in pairs),
        sum(a[1] * b[0] for a, b in pairs),
        sum(a[0] * b[1] for a, b in pairs),
    )


APART = Cross(0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("share", "number", "low", "high"),
    [(0.5, 10, 0.2366, 0.7634), (0.0, 10, 0.0, 0.2775), (1.0, 10, 0.7225, 1.0), (0.1, 100, 0.0552, 0.1744)],
)
def test_wilsons_interval_is_the_published_one(share: float, number: float, low: float, high: float) -> None:
    """It stays between 0 and 1, and has a width where nothing happened."""
    assert wilson(share, number) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_messages_of_different_people_are_independent() -> None:
    """With one message each the effective number is that of the messages less one."""
    found = rate(sums((1, 1), (1, 0), (1, 0), (1, 0)))
    assert found is not None
    assert (found.messages, found.hits, found.share) == (4, 1, 0.25)
    assert (found.low, found.high) == pytest.approx(wilson(0.25, 3))


def test_messages_of_one_person_are_not() -> None:
    """One with two answers and one with none tell as much as one message, not as four."""
    found = rate(sums((2, 2), (2, 0)))
    assert found is not None
    assert (found.low, found.high) == pytest.approx(wilson(0.5, 1))


def test_where_nothing_happened_a_person_counts_once() -> None:
    """Nothing is known of how messages of one person hang together."""
    found = rate(sums((50, 0), (50, 0)))
    assert found is not None
    assert (found.share, found.low, found.high) == (0.0, 0.0, pytest.approx(wilson(0, 2)[1]))


def test_where_people_do_not_differ_each_counts_once() -> None:
    """Everybody answers half of theirs: that shows no variance, which is no certainty."""
    found = rate(sums((2, 1), (2, 1), (2, 1)))
    assert found is not None
    assert (found.low, found.high) == pytest.approx(wilson(0.5, 3))


def test_of_no_messages_nothing_is_said() -> None:
    """Neither a share nor a difference."""
    assert rate(sums()) is None
    assert difference(sums((1, 1)), sums(), APART) is None
    assert difference(sums(), sums((1, 1)), APART) is None


def test_weights_cost_certainty() -> None:
    """Two messages of which one counts nine times tell less than two: (9 + 1)^2 / (81 + 1)."""
    found = rate(Sums(2, 2, 2, 10.0, 82.0, 82.0, 10.0, 82.0, 82.0))
    assert found is not None
    assert found.share == 1.0
    assert found.low == pytest.approx(wilson(1.0, 100 / 82)[0])


def test_the_difference_of_strangers_adds_both_uncertainties() -> None:
    """Newcombe's interval of two independent shares: 56/70 against 48/80 is 0.2, 0.0524 to 0.3339."""
    one = sums(*[(1, 1)] * 56, *[(1, 0)] * 14)
    other = sums(*[(1, 1)] * 48, *[(1, 0)] * 32)
    found = difference(one, other, APART)
    assert found is not None
    assert found.share == pytest.approx(0.2)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=2e-3), pytest.approx(0.3339, abs=2e-3))
    assert found.clear


def test_people_in_both_arms_are_compared_with_themselves() -> None:
    """Whoever answers in the one arm answers in the other: there is no difference, and no doubt about it."""
    arm = [(1.0, 1.0), (1.0, 0.0)] * 50
    found = difference(sums(*arm), sums(*arm), cross(arm, arm))
    assert found is not None
    assert (found.share, found.low, found.high) == pytest.approx((0, 0, 0), abs=1e-12)
    apart = difference(sums(*arm), sums(*arm), APART)
    assert apart is not None
    assert apart.high > 0.1
    assert not apart.clear


def test_opposite_answers_make_the_difference_less_certain() -> None:
    """Whoever answers in the one arm does not in the other."""
    arm, other = [(1.0, 1.0), (1.0, 0.0)] * 50, [(1.0, 0.0), (1.0, 1.0)] * 50
    found = difference(sums(*arm), sums(*other), cross(arm, other))
    apart = difference(sums(*arm), sums(*other), APART)
    assert found is not None
    assert apart is not None
    assert found.high > apart.high
