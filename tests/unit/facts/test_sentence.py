"""Sentences for one person; the property of both regimes compares them with those of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import narwhals as nw
import pytest

from sendgate.audience.duck import DuckEngine
from sendgate.audience.place import connected
from sendgate.facts.arithmetic import Value
from sendgate.facts.sentence import Applying, Listed, Sentence, Stepped, say
from sendgate.model.times import FOREVER, NEVER


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        (say("{n:message}", n=1), "1 message"),
        (say("{n:message}", n=0), "0 messages"),
        (say("{n:message}", n=3.0), "3 messages"),
        (say("{x:amount}", x=0.005), "0.01"),
        (say("{x:amount}", x=1234.5), "1234.50"),
        (say("{x:amount}", x=-2.5), "-2.50"),
        (say("{p:percent}", p=0.0117), "1.17 %"),
        (say("on {at:moment}", at=1_772_615_520.0), "on 2026-03-04 09:12 UTC"),
        (say("on {at:moment}", at=1_772_615_521.0), "on 2026-03-04 09:12 UTC"),
        (say("until {at:end}", at=1_772_615_520.0), "until 2026-03-04 09:12 UTC"),
        (say("until {at:end}", at=1_772_615_520.25), "until 2026-03-04 09:13 UTC"),
        (say("until {at:end}", at=FOREVER), "until an unknown time"),
        (say("on {at:moment}", at=NEVER), "on an unknown time"),
        (say("on {at:moment}", at=1e12), "on an unknown time"),
        (say("on {at:moment}", at=FOREVER), "on an unknown time"),
        (say("{t:text}, {{braces}}", t="{t}"), "{t}, {braces}"),
        (say("{why:text}", why=say("{n:message}", n=2)), "2 messages"),
    ],
)
def test_formats(sentence: Sentence, text: str) -> None:
    """Each format says its kind of value, and braces in values stay what they are."""
    assert str(sentence) == text


def test_a_list_says_what_applies() -> None:
    """Only the sentences that apply are joined; where none does, something else is said."""
    items = [Applying(True, say("one")), Applying(False, say("two")), Applying(True, say("three"))]
    assert str(Listed(items, "nothing")) == "one, three"
    assert str(Listed([Applying(False, say("two"))], "nothing")) == "nothing"


def test_a_list_says_the_text_of_each_step():
    """A value stands on one of several texts, of which an empty one is not said."""
    steps = [Stepped(value, (1.0, 2.0), ("none", "", "many")) for value in (0.0, 1.0, 5.0)]
    assert str(Listed(steps, "nothing")) == "none, many"
    assert str(Listed(steps[1:2], "nothing")) == "nothing"


def test_a_value_that_is_missing_is_an_error_of_the_gate() -> None:
    """A sentence that speaks of a value which nobody gave does not pass silently."""
    with pytest.raises(KeyError):
        str(say("{missing:amount}"))


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    """Give an engine."""
    with connected("1GB", lambda _: None) as place:
        yield DuckEngine(place)


def in_tables(
    engine: DuckEngine, saying: Callable[[Value], Sentence | Listed], values: list[float]
) -> dict[float, str]:
    """Say something of each value, in one query."""
    frame = engine.table({"n": values})
    return dict(engine.fetch(frame.select("n", said=saying(nw.col("n")).said())))


def test_a_count_is_cut_in_both_regimes(engine: DuckEngine) -> None:
    """1.8 is no 2 views, and one view is one: a share of something is not rounded up by an engine."""
    counts = [0.4, 1.0, 1.8, 2.0, -0.5]
    told = in_tables(engine, lambda n: say("{n:view}", n=n), counts)
    assert told == {n: str(say("{n:view}", n=n)) for n in counts}
    assert told[1.8] == "1 view"


@pytest.mark.parametrize("form", ["amount", "signed", "percent"])
def test_an_amount_has_two_decimals_in_both_regimes(engine: DuckEngine, form: str) -> None:
    """Leading zeros, carries and signs come out as they do for one person."""
    amounts = [0.0, 0.004, 0.005, 0.05, 0.5, 0.995, 1.0, 1.095, 99.995, 1234.5, 1e9 + 0.01, -0.004, -0.07, -2.5]
    told = in_tables(engine, lambda n: say(f"{{n:{form}}}", n=n), amounts)
    assert told == {n: str(say(f"{{n:{form}}}", n=n)) for n in amounts}


def test_a_list_is_said_in_tables_as_for_one_person(engine: DuckEngine) -> None:
    """Nothing, one or several items, and what is said otherwise never stands before an item."""

    def saying(n: Value) -> Listed:
        return Listed([Applying(n >= 1, say("{n:view}", n=n)), Stepped(n, (2.0,), ("", "many, many"))], "nothing, alas")

    values = [0.0, 1.0, 2.0]
    told = in_tables(engine, saying, values)
    assert told == {n: str(saying(n)) for n in values}
    assert list(told.values()) == ["nothing, alas", "1 view", "2 views, many, many"]


def test_a_list_stands_once_in_a_query(engine: DuckEngine) -> None:
    """The contributions of a card are long, and a query is read as often as something stands in it."""
    listed = Listed([Applying(nw.col("n") >= 1, say("the long words"))], "nothing")
    query = engine.table({"n": [1.0]}).select(said=listed.said()).to_native().sql_query()
    assert query.count("the long words") == 1
