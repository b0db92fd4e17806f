"""Explanations as records for the search."""

from __future__ import annotations

import json

import pytest

from sendgate.model.decisions import Outcome
from sendgate.report.people import Moment, examples, explained, records
from sendgate.report.sampling import Decided

NOW = 1_772_625_600.0


def row(number: int, person: str, gate: str = "", blocked_by: str = "") -> Decided:
    """Make a decided row."""
    outcome = Outcome.DROP if gate else Outcome.SEND
    return Decided(number, person, outcome, gate, "x.y", "the tables say so", -1e15, "a", blocked_by or gate)


@pytest.fixture
def everybody(make_plan, person):
    """Ann is sent to; bob, who has no address and looked at nothing, is not."""
    plan = make_plan()
    bob = person("bob")
    bob = type(bob)("bob", {}, bob.events[:1])
    sample = [row(1, "ann"), row(2, "bob", "deliverability", "deliverability;relevance")]
    moments = {1: Moment(NOW, earlier=False), 2: Moment(NOW, earlier=False)}
    return plan, explained(plan, sample, {"ann": person("ann"), "bob": bob}, moments)


def test_a_sampled_row_is_explained_as_by_the_command(everybody) -> None:
    """By the way that one person takes."""
    _, (ann, bob) = everybody
    assert ann.explanation.decision.outcome is Outcome.SEND
    assert bob.explanation.decision.blocked_by == ("deliverability", "relevance")


def test_an_earlier_row_of_the_same_person_is_known(make_plan, person) -> None:
    """A repeated row is explained as such."""
    plan = make_plan()
    (one,) = explained(plan, [row(1, "ann", "duplicate")], {"ann": person("ann")}, {1: Moment(NOW, earlier=True)})
    assert one.explanation.decision.gate == "duplicate"


def test_every_gate_that_blocks_has_examples(everybody) -> None:
    """With its own sentence, also where another gate is named."""
    plan, people = everybody
    found = examples(plan, people, 3)
    assert [example.sentence for example in found["deliverability"]] == ["no valid address for email"]
    assert found["relevance"][0].sentence.startswith("evidence of 0.00")
    assert found["fit"] == []
    assert list(found) == [gate.name for gate in plan.gates]


def test_records_say_each_text_once(everybody) -> None:
    """And can be read back."""
    _, people = everybody
    data = json.loads(json.dumps(records(people, str)))
    assert len(set(data["words"])) == len(data["words"])
    ann, bob = data["people"]
    assert data["words"][ann["person"]] == "ann"
    marks = {data["words"][gate]: mark for mark, gate, *_ in bob["gates"]}
    assert marks["deliverability"] == "blocks"
    assert marks["permission"] == "passes"
    assert [data["words"][offer["name"]] for offer in bob["offers"]] == ["a", "b"]


def test_records_keep_within_their_bytes(everybody) -> None:
    """Recipients for whom there is no room are left out, and the texts that only they have."""
    _, people = everybody
    size = len(json.dumps(records(people, str), ensure_ascii=False).encode())
    few = records(people * 50, str, size * 3)
    assert 3 <= len(few["people"]) < 100
    assert len(json.dumps(few, ensure_ascii=False, separators=(",", ":")).encode()) < size * 3 + 200
    assert records(people, str, 10) == {"words": [], "people": []}


def test_every_text_is_shown_as_asked(everybody) -> None:
    """So that addresses can be withheld."""
    _, people = everybody
    assert set(records(people, lambda _text: "hidden")["words"]) == {"hidden"}
