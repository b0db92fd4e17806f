"""Counting what a policy would have done, and weighing a control group."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sendgate.audience.duck import DuckEngine
from sendgate.audience.place import connected
from sendgate.decide.aftermath import ANSWERS, CAUSED, WHATEVER
from sendgate.model.decisions import Outcome
from sendgate.report.hindsight import WHOLE, Hindsight, hindsight
from sendgate.report.replayed import between, thousand

FLAGS = (*ANSWERS, *(WHATEVER + name for name in CAUSED))


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    """Give an engine for all tests of this file."""
    with connected("1GB", lambda _: None) as place:
        yield DuckEngine(place)


def found(engine: DuckEngine, *messages: tuple[str, str, str, bool, str]) -> Hindsight:
    """Judge messages: person, campaign, outcome, whether held out, what followed."""
    columns: dict[str, list[float] | list[str]] = {
        "person": [m[0] for m in messages],
        "campaign": [m[1] for m in messages],
        "outcome": [m[2] for m in messages],
        "gate": ["" if m[2] == "send" else "fatigue" for m in messages],
        "reason": ["" if m[2] == "send" else "fatigue.worn_out" for m in messages],
        "held": [float(m[3]) for m in messages],
        "finished": [float("later" not in m[4]) for m in messages],
    }
    for flag in FLAGS:
        columns[flag] = [float(flag.removeprefix(WHATEVER) in m[4]) for m in messages]
    return hindsight(engine.table(columns), engine)


def test_the_control_group_is_weighed_campaign_by_campaign(engine: DuckEngine) -> None:
    """As the messages that were sent are spread: two of `a`, one of `b`."""
    judged = found(
        engine,
        ("p1", "a", "send", False, "purchased"),
        ("p2", "a", "send", False, ""),
        ("p3", "a", "send", True, "purchased"),
        ("p4", "b", "send", False, ""),
        ("p5", "b", "send", True, ""),
        ("p6", "b", "send", True, "purchased"),
        ("p7", "c", "send", False, "purchased"),
    )
    caused = judged.control[WHOLE]
    assert (caused.sent, caused.held_out, caused.left_out) == (3, 3, 1)
    sent, held, apart = (part["purchased"] for part in (caused.sent_rates, caused.held_out_rates, caused.differences))
    assert sent is not None
    assert held is not None
    assert apart is not None
    assert (sent.share, held.share, apart.share) == pytest.approx((1 / 3, (2 * 1 + 0.5 * 1) / 3, 1 / 3 - 2.5 / 3))
    assert (held.messages, held.hits) == (3, 2)
    assert judged.control["drop"].sent == 0
    assert judged.control["drop"].sent_rates["purchased"] is None


def test_those_kept_and_dropped_are_compared_apart(engine: DuckEngine) -> None:
    """Within each, only with those held out about whom the policy says the same."""
    judged = found(
        engine,
        ("p1", "a", "send", False, "purchased"),
        ("p2", "a", "send", True, ""),
        ("p3", "a", "drop", False, ""),
        ("p4", "a", "drop", True, "purchased"),
    )
    kept, dropped = (judged.control[side].differences["purchased"] for side in ("send", "drop"))
    assert kept is not None
    assert dropped is not None
    assert (kept.share, dropped.share) == (1.0, -1.0)


def test_messages_are_gathered_by_reason_and_by_campaign(engine: DuckEngine) -> None:
    """Most first; unfinished ones count as messages, and have no outcomes."""
    judged = found(
        engine,
        ("p1", "a", "drop", False, "clicked"),
        ("p1", "b", "drop", False, "clicked later"),
        ("p2", "b", "send", False, "clicked"),
        ("p2", "b", "send", True, ""),
    )
    (heap,) = judged.by_reason()
    assert (heap.reason, heap.messages, heap.finished, heap.per_thousand("clicked")) == ("fatigue.worn_out", 2, 1, 1000)
    assert [(h.campaign, h.outcome, h.messages) for h in judged.by_campaign()] == [
        ("a", Outcome.DROP, 1), ("b", Outcome.DROP, 1), ("b", Outcome.SEND, 1),
    ]  # fmt: skip
    assert (judged.messages, judged.finished, judged.held_out) == (3, 2, 1)
    assert judged.seen == ["clicked"]


def test_where_everything_is_kept_there_is_nothing_to_compare_with(engine: DuckEngine) -> None:
    """And nobody held out is no control group."""
    judged = found(engine, ("p1", "a", "send", False, "opened"))
    assert judged.differences["opened"] is None
    assert judged.control == {}
    assert judged.by_reason() == []


@pytest.mark.parametrize(
    ("share", "written", "signed"),
    [(0.188, "188", "+188"), (0.0102, "10.2", "+10.2"), (0.00113, "1.13", "+1.13"), (0.0002, "0.20", "+0.20"),
     (-0.00311, "-3.11", "-3.11"), (0.0, "0.00", "+0.00"), (1.0, "1,000", "+1,000")],
)  # fmt: skip
def test_shares_are_written_of_a_thousand(share: float, written: str, signed: str) -> None:
    """With as many digits as anybody can use."""
    assert (thousand(share), thousand(share, signed=True)) == (written, signed)


def test_ends_of_intervals_are_written_more_roughly() -> None:
    """They are no more certain than that."""
    assert between(0.00538, 0.0193) == "5.4\N{EN DASH}19"
    assert between(-0.00967, -0.0005, signed=True) == "-9.7\N{HORIZONTAL ELLIPSIS}-0.50"
