"""Everybody in numbers, by outcome."""

from __future__ import annotations

from math import inf

import pytest

from sendgate.gates.frequency import Cap
from sendgate.model.decisions import Outcome
from sendgate.model.times import DAY, FOREVER, NEVER
from sendgate.report.distributions import NEVER_JOINED, NO_BRAND, NO_TIER, QUARTER, distributions, facts
from sendgate.report.sentences import week

NOW = 1_772_625_600.0
SEND, DEFER, DROP = Outcome


@pytest.fixture
def counted(engine, make_plan):
    """Count rows that are given by what differs from the ordinary."""

    def count(*rows: dict, **settings):
        plan = make_plan(**settings)
        keys = {name: fact.key for name, fact in facts(plan.campaign, plan.policy.family).items()}
        decided = {"outcome": "send", "relevance": 2.0, "unsubscribe_risk": 0.002, "until": NEVER}
        known = {"week": 0.0, "tier": "", "now": NOW, "joined": NOW - 400 * DAY, "granted": NEVER, "withdrawn": NEVER,
                 "bought harbor": NEVER, "bought kids": NEVER}  # fmt: skip
        assert known.keys() == keys.keys(), "lumen shares nothing, so that its customers are not told of"
        all_rows = [decided | known | row for row in rows]
        numbers = [float(at) for at in range(len(rows))]
        left = engine.table({"row": numbers, **{name: [row[name] for row in all_rows] for name in decided}})
        right = engine.table({"row": numbers, **{keys[name]: [row[name] for row in all_rows] for name in known}})
        return distributions(engine, left, right, plan)

    return count


def test_scores_fall_on_their_side_of_the_threshold(counted) -> None:
    """The threshold itself is enough evidence, and a risk that is not too high."""
    found = counted(
        {"relevance": 1.0, "unsubscribe_risk": 0.01}, {"relevance": 0.999999, "unsubscribe_risk": 0.010001},
        {"relevance": 0.0}, {"relevance": 1e9, "unsubscribe_risk": 1e-6}, unsubscribe_risk={"at_most": 0.01},
    )  # fmt: skip
    above = sum(b.counts.get(SEND, 0) for b in found.relevance.bins if b.low >= 0.999)
    assert (above, found.relevance.nothing, found.relevance.threshold) == (2, {SEND: 1}, 1.0)
    over = sum(b.counts.get(SEND, 0) for b in found.risk.bins if b.low >= 0.00999)
    assert (over, found.risk.threshold) == (1, 0.01)
    assert (found.relevance.bins[-1].high, found.risk.bins[0].low) == (inf, 0.0), "they hold what lies beyond"
    assert all(
        one.high == pytest.approx(other.low) for one, other in zip(found.risk.bins, found.risk.bins[1:], strict=False)
    )


@pytest.mark.parametrize("settings", [{"relevance": {"mode": "off"}}, {"relevance": {"at_least": 0}}])
def test_a_score_that_blocks_nobody_has_no_threshold(counted, settings) -> None:
    """It is shown all the same."""
    found = counted({"relevance": 3.0}, **settings)
    assert found.relevance.threshold is None
    assert sum(b.counts.get(SEND, 0) for b in found.relevance.bins) == 1


@pytest.mark.parametrize(
    ("settings", "weighed"),
    [({"permission_value": 5}, True), ({"permission_value": 5, "mode": "off"}, False), ({}, False)],
)
def test_a_risk_that_is_weighed_is_told_apart(counted, settings, weighed) -> None:
    """It has no threshold of its own, and decides all the same."""
    found = counted({}, unsubscribe_risk=settings)
    assert (found.risk.threshold, found.risk.weighed, found.relevance.weighed) == (None, weighed, False)


def test_people_are_grouped_by_what_is_known_of_them(counted) -> None:
    """In the order of the family, and those of whom nothing is known last."""
    found = counted(
        {"tier": "gold", "bought kids": NOW - DAY, "bought harbor": NOW - 2 * DAY, "joined": NOW - 3 * DAY},
        {"tier": "member", "bought harbor": NOW - DAY, "outcome": "drop"},
        {"tier": "platinum", "joined": FOREVER, "week": 2.0},
    )
    assert list(found.tiers.items()) == [("member", {DROP: 1}), ("gold", {SEND: 1}), (NO_TIER, {SEND: 1})]
    assert list(found.brands.items()) == [("Harbor", {DROP: 1}), ("Kids", {SEND: 1}), (NO_BRAND, {SEND: 1})]
    assert list(found.tenures) == ["less than a week", "a year or more", NEVER_JOINED]
    assert found.messages == {0: {SEND: 1, DROP: 1}, 2: {SEND: 1}}


def test_who_had_more_than_a_high_cap_is_counted(counted) -> None:
    """A family that allows 20 messages a week is told of those who had more."""
    caps = (Cap(limit=20, per="7d"),)
    found = counted({"week": 25.0}, {"week": 20.0}, {"week": 19.0}, frequency={"caps": caps})
    assert found.messages == {19: {SEND: 1}, 20: {SEND: 2}}
    assert "message number 21 or more within 7 days for 2 people" in week(found, 20)


def test_who_withdrew_sharing_is_told_of_as_the_brand_may_know(counted) -> None:
    """Neither tier nor what they bought from sisters."""
    found = counted({"tier": "gold", "bought kids": NOW - DAY, "withdrawn": NOW - DAY})
    assert (list(found.tiers), list(found.brands)) == ([NO_TIER], [NO_BRAND])


def test_deferred_messages_are_counted_by_the_quarter_of_an_hour(counted) -> None:
    """Those without a known end apart; who is dropped does not wait."""
    defer = {"outcome": "defer"}
    found = counted(
        defer | {"until": NOW + 10}, defer | {"until": NOW + 20}, defer | {"until": FOREVER},
        {"outcome": "drop", "until": NEVER},
    )  # fmt: skip
    assert found.waiting == {int(NOW // QUARTER): 2}
    assert found.open_ended == 1


def test_nobody_has_distributions(counted) -> None:
    """Of nothing."""
    found = counted({"outcome": "send"}, {"outcome": "send"})
    assert found.waiting == {}
