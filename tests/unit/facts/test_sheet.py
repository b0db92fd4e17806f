"""Rules that are asked once, and worked out for each person."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.facts.arithmetic import any_of, exp, floor, greatest, least, not_, one_of, settle, step, when
from sendgate.facts.sentence import Applying, Listed, Spoken, say
from sendgate.facts.sheet import Sheet, UnknownYetError

RULES = [
    lambda a, b: a + b * 2 - 1 / (greatest(b, -b) + 1),
    lambda a, b: 3 - a + 2 * b + (-a),
    lambda a, b: (a > b) & (a >= 0) | (b < 1),
    lambda a, b: (a == b) | (a != 0) & (b <= 2),
    lambda a, b: not_(a > b) & True,
    lambda a, b: when(a > b, a, "less"),
    lambda a, b: when(True, a, b),
    lambda a, b: greatest(a, b, 1) - least(a, 0),
    lambda a, b: greatest(a) + least(b),
    lambda a, b: any_of(a > 5, b > 5, False),
    lambda a, b: settle(a / 3) + floor(b) + exp(least(a, 3)),
    lambda a, b: step(a, (-1.0, 0.0, 2.5), ("low", "some", "high", "top")),
]
numbers = st.floats(-100, 100) | st.sampled_from([-1.0, 0.0, 1.0, 2.5])


@pytest.mark.parametrize("rule", RULES, ids=range(len(RULES)))
@given(a=numbers, b=numbers)
def test_what_is_worked_out_is_what_would_be_computed_at_once(rule, a, b):
    """Operators and helpers mean the same on cells as on numbers, constants on either side."""
    sheet = Sheet()
    place = sheet.place(rule(sheet.fact("a"), sheet.fact("b")))
    assert sheet.facts == ("a", "b")
    assert sheet.function()([a, b])[place] == rule(a, b)


def test_texts_are_compared_and_looked_up():
    """What somebody wrote is a constant, never source."""
    sheet = Sheet()
    tier, evil = sheet.fact("tier"), "'); import os  # \n"
    places = [sheet.place(one_of(tier, ("gold", evil))), sheet.place(tier == evil)]
    work_out = sheet.function()
    assert [work_out(["gold"])[place] for place in places] == [True, False]
    assert [work_out([evil])[place] for place in places] == [True, True]


def test_what_is_noted_twice_is_worked_out_once():
    """Gates that ask for the same thing share it; 1, 1.0 and True are not the same."""
    sheet = Sheet()
    fact = sheet.fact("a")
    assert sheet.place(settle(fact) > 1) == sheet.place(settle(sheet.fact("a")) > 1)
    assert len({sheet.place(constant) for constant in (1, 1.0, True)}) == 3


def test_only_what_is_wanted_is_worked_out():
    """Lines and facts that no wanted value needs are left out; the others give what they always give."""
    sheet = Sheet()
    a, b = sheet.fact("a"), sheet.fact("b")
    sheet.place(1 / b)  # would fail where b is 0
    wanted = [sheet.place(settle(a) > 1), sheet.place(7.0), sheet.place(a + 1)]
    facts, work_out = sheet.answering(wanted)
    assert facts == ("a",)
    assert work_out([2.0]) == (True, 7.0, 3.0)


def test_a_sheet_without_facts_works():
    """A campaign whose gates ask nothing has constants only."""
    sheet = Sheet()
    place = sheet.place("exempt")
    assert sheet.function()([])[place] == "exempt"


@pytest.mark.parametrize(
    "use",
    [bool, lambda cell: cell and True, lambda cell: 1 < cell < 3, lambda cell: not cell],
    ids=["if", "and", "chained", "not"],
)
def test_a_condition_cannot_branch(use):
    """A gate that would decide before anybody stands there is told how to write it."""
    with pytest.raises(TypeError, match="write `&`"):
        use(Sheet().fact("a"))


def test_sentences_are_filled_when_they_are_read():
    """Also those within others, and lists of which some apply."""
    sheet = Sheet()
    count = sheet.fact("count")
    why = Listed([Applying(count > 1, say("often")), Applying(count > 0, say("{n:time}", n=count))], "never")
    says = say("{n:message}: {why:text}", n=count + 1, why=why)
    work_out = sheet.function()
    assert str(Spoken(says, work_out([2]))) == "3 messages: often, 2 times"
    assert str(Spoken(says, work_out([0]))) == "1 message: never"


def test_step_takes_the_value_below_the_first_bound_that_is_not_reached():
    """A value on a bound belongs to the next step."""
    assert [step(value, (0.0, 10.0), "abc") for value in (-math.inf, -1, 0, 9.99, 10, 1e15)] == list("aabbcc")


@pytest.mark.parametrize(
    "use", [str, lambda cell: f"{cell}", lambda cell: f"{cell:.2f}", abs, lambda cell: ~cell], ids=range(5)
)
def test_what_a_column_cannot_do_a_cell_refuses(use):
    """Neither has a text of its own: what a gate writes would be said of one person and not of everybody."""
    with pytest.raises(UnknownYetError, match="write `"):
        use(Sheet().fact("a"))
