"""What numbers mean, in sentences."""

from __future__ import annotations

import pytest

from sendgate.catalog import BUILT_IN
from sendgate.model.decisions import Mode, Outcome
from sendgate.report import sentences
from sendgate.report.distributions import Bin, Distributions, Scores
from sendgate.report.phrases import expected, listed, people, share
from sendgate.report.summary import GateCount, Summary

SEND, DEFER, DROP = Outcome


def summary(send: int = 0, defer: int = 0, drop: int = 0, **more: object) -> Summary:
    """Make a summary of some rows."""
    told = {"gates": (), "leavers": {SEND: 0.5, DEFER: 0.0, DROP: 2.9}, "offers": {}, "samples": ()} | more
    return Summary(send + defer + drop, {SEND: send, DEFER: defer, DROP: drop}, **told)  # type: ignore[arg-type]


def gate(name: str, blocks: int, alone: int = 0, *, mode: Mode = Mode.ENFORCE, would: int = 0) -> GateCount:
    """Make what one gate does."""
    return GateCount(name, mode, blocks, alone, 0, would, alone_leavers=alone / 100)


def found(**more: object) -> Distributions:
    """Make distributions of nobody."""
    scores = Scores(None, observed=False, nothing={}, bins=[])
    none = {"relevance": scores, "risk": scores, "messages": {}, "waiting": {}, "open_ended": 0}
    return Distributions(**(none | {"brands": {}, "tiers": {}, "tenures": {}} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("counts", "headline", "lede"),
    [
        ((1200, 0, 0), "All 1,200 recipients hear from Harbor now.", "Nothing stands in the way of anybody."),
        ((0, 0, 0), "There is nobody on the list.", ""),
        ((0, 1, 3), "None of 4 recipients hears from Harbor now.",
         "3 are spared a message that should not reach them and 1 waits for a better moment."),
        ((1, 0, 0), "The one recipient hears from Harbor now.", "Nothing stands in the way of anybody."),
        ((0, 0, 1), "The one recipient does not hear from Harbor now.",
         "1 is spared a message that should not reach them."),
        ((1, 0, 1), "1 of 2 recipients hears from Harbor now.", "1 is spared a message that should not reach them."),
        ((2, 0, 1), "2 of 3 recipients hear from Harbor now.", "1 is spared a message that should not reach them."),
    ],
)  # fmt: skip
def test_the_headline_says_what_would_happen(counts: tuple[int, int, int], headline: str, lede: str) -> None:
    """In one sentence, and the next says what happens to all others."""
    assert sentences.headline(summary(*counts), "Harbor") == headline
    assert sentences.lede(summary(*counts)) == lede


def test_the_risk_is_set_against_sending_to_all() -> None:
    """As an expectation, where there is somebody, and somebody else."""
    assert sentences.risk(summary()) == ""
    assert sentences.risk(summary(0, 0, 1)).startswith(
        "Sent to this one, it would be expected to lose about 3.4 people"
    )
    assert sentences.risk(summary(3)).endswith("for good.")
    assert sentences.risk(summary(2, 0, 8)) == (
        "Sent to all 10, it would be expected to lose about 3.4 people for good; sent to the 2 above, about 0.5 people."
    )


@pytest.mark.parametrize("name", [gate.name for gate in BUILT_IN])
def test_every_gate_says_why_it_holds_people_back(name: str) -> None:
    """In words that need no knowledge of the tool."""
    assert name in sentences.HELD_BACK


def test_a_gate_of_another_package_is_named() -> None:
    """Nobody wrote a sentence for it here."""
    assert sentences.held_back("loyalty_pause") == "are held back by loyalty pause"


def test_the_gate_that_does_most_alone_is_told() -> None:
    """Or that none does anything alone."""
    gates = (gate("fit", 9, 1), gate("quiet_hours", 5, 4), gate("balance", 0, 8, mode=Mode.OBSERVE, would=8))
    assert sentences.alone(summary(gates=gates)).startswith("Quiet hours alone holds back 4 people")
    assert sentences.alone(summary(gates=gates[:0])).startswith("No gate holds back anybody")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (gate("a", 9, 4), "Switching it off would reach 4 people more, and lose under 0.1 people."),
        (gate("a", 900, 400), "Switching it off would reach 400 people more, and lose about 4 people."),
        (gate("a", 9), "Switching it off would let nobody through: others block the same people."),
        (gate("a", 0), "Switching it off would change nothing today."),
        (
            gate("a", 0, 2, mode=Mode.OBSERVE, would=9),
            "Enforced, it would stop 2 people who would get a message now, of the 9 people whom it would block.",
        ),
        (
            gate("a", 0, mode=Mode.OBSERVE, would=9),
            "Enforced, it would stop nobody more: of the 9 people whom it would block, none would get a message now.",
        ),
    ],
)
def test_a_change_says_what_it_would_cost(count: GateCount, said: str) -> None:
    """Whom it would reach, and who would leave."""
    assert sentences.change(count) == said


def test_gates_that_agree_are_counted() -> None:
    """Switching one of them off sends nothing to these."""
    told = summary(together={("a", "b"): 3, ("a",): 1}, entangled=3)
    assert sentences.together(told).startswith("3 of the 4 who are held back (75.0 %)")
    assert sentences.together(summary(together={("a",): 1})) == "Nobody is held back by more than one gate."


def test_relevance_tells_who_is_close() -> None:
    """Those in the last bin below the line."""
    bins = [Bin(0.25, 0.5, {DROP: 5}), Bin(0.5, 1.0, {DROP: 2}), Bin(1.0, 2.0, {SEND: 1})]
    told = sentences.relevance(found(relevance=Scores(1.0, observed=False, nothing={DROP: 2}, bins=bins)), 10)
    assert (
        told
        == "2 people (20.0 %) gave no sign at all of wanting this, 7 too little, and 2 of these are close to the line."
    )
    assert sentences.relevance(found(), 0).endswith("No gate asks for more.")


def test_a_probability_of_an_answer_is_no_sign_of_interest() -> None:
    """With a card there is nobody without one."""
    bins = [Bin(0.005, 0.01, {DROP: 5}), Bin(0.01, 0.02, {SEND: 1})]
    scores = Scores(0.01, observed=False, nothing={}, bins=bins)
    assert sentences.relevance(found(relevance=scores), 6, card=True) == (
        "5 people are less likely to answer than the policy asks, and 5 of these are close to the line."
    )
    assert "no sign" not in sentences.relevance(found(), 6, card=True)


def test_risk_tells_who_is_over_the_line() -> None:
    """Or that there is none."""
    bins = [Bin(0.005, 0.01, {SEND: 5}), Bin(0.01, 0.02, {DROP: 1})]
    told = sentences.unsubscribing(found(risk=Scores(0.01, observed=False, nothing={}, bins=bins)))
    assert told == "1 person is more likely to leave than the policy accepts."
    assert sentences.unsubscribing(found()).startswith("No gate limits the risk")
    weighed = Scores(None, observed=False, nothing={}, bins=[], weighed=True)
    assert "weighed against what an offer may bring" in sentences.unsubscribing(found(risk=weighed))


def test_a_week_is_compared() -> None:
    """Who would have more than the limit if it went to all, and who has now."""
    told = sentences.week(found(messages={3: {SEND: 1, DROP: 4}, 2: {SEND: 9}}), 3)
    assert told == (
        "Sent to all, it would be message number 4 or more within 7 days for 5 people. With these decisions 1 has had "
        "so many, this one included."
    )


def test_waiting_tells_what_nobody_knows() -> None:
    """A case that is open has no known end."""
    assert sentences.waiting(found(waiting={1: 2})) == "2 people become free at a time that is known."
    assert sentences.waiting(found(waiting={1: 1}, open_ended=1)).endswith("of which nobody knows when.")


def test_numbers_are_written_for_people() -> None:
    """With their unit, and no more exactly than they are known."""
    assert [share(part, 10_000) for part in (0, 1, 1234, 10_000)] == ["0 %", "under 0.1 %", "12.3 %", "100 %"]
    assert [share(part, 10_000) for part in (9_994, 9_995, 9_999)] == ["99.9 %", "over 99.9 %", "over 99.9 %"]
    assert [expected(number) for number in (0, 0.04, 0.06, 1.0, 9.94, 1204.4)] == [
        "0", "under 0.1", "0.1", "1", "9.9", "1,204",
    ]  # fmt: skip
    assert (people(1), people(1204)) == ("1 person", "1,204 people")
    assert [listed(words) for words in ([], ["a"], ["a", "b", "c"])] == ["", "a", "a, b and c"]
