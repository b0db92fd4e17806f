"""What a page and a table say of one setting in many values."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sendgate.decide.tuning import Tally
from sendgate.report import compare_record, tune_record
from sendgate.report.phrases import before_and_after, column_of_expected, column_of_shares
from sendgate.report.tune import Curve, lines
from sendgate.report.tune_page import About, headline, lede, place_of, tune_page

DOCS = Path(__file__).parents[3] / "docs"


def tally(sends: int, results: float = 0.0) -> Tally:
    """Give a tally of 100 rows."""
    return Tally(100, sends, 0, sends / 2, 100.0, sends / 100, 1.0, results, 10.0, sends, 100.0)


def curve(*sends: int, now: int, at: str = "1", values: str = "", outcome: str = "", default: bool = False) -> Curve:
    """Give a curve of values 2, 3 and so on."""
    told = tuple(values.split()) or tuple(str(place) for place, _ in enumerate(sends, start=2))
    return Curve("a.b", told, tuple(tally(each, 3.0) for each in sends), tally(now, 5.0), at, default, outcome)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (curve(20, now=30), "20 messages at 2, instead of 30."),
        (curve(20, 20, now=30), "20 messages at every value, instead of 30."),
        (curve(30, 30, now=30), "It makes no difference: 30 messages at every value."),
        (curve(30, now=30), "It makes no difference: 30 messages at 2."),
        (
            replace(curve(30, 30, now=30), in_force=replace(tally(30), defers=5)),
            "No more and no fewer: 30 messages at every value.",
        ),
        (
            replace(curve(30, 30, now=30), in_force=replace(tally(30), evidence=20.0)),
            "No more and no fewer: 30 messages at every value.",
        ),
        (curve(20, 25, now=30), "Between 20 and 25 messages."),
    ],
)
def test_a_headline_knows_what_is_in_force(found: Curve, said: str) -> None:
    """Values that do the same among themselves may differ from what is in force."""
    assert headline(found) == said


def test_every_value_is_told_once() -> None:
    """One alone is both ends of its range, and the one in force is told first."""
    assert lede(curve(20, now=30, default=True)) == (
        "In force at 1 (default): 30 messages, 15.0 % of the evidence kept, 0.3 expected to leave. "
        "At 2 it would be 20, 10.0 % and 0.2."
    )
    assert "At 2 " not in lede(curve(20, 25, now=20, at="2"))
    assert lede(curve(20, now=30, at="")).startswith("As it stands: 30 messages")


@pytest.mark.parametrize(
    ("values", "words"),
    [("2", "at 2"), ("off observe enforce", "at off, observe and enforce"), ("1 2 3 4 5", "from 1 to 5")],
)
def test_values_are_told_in_words(values: str, words: str) -> None:
    """One, a few, or the ends of many."""
    assert curve(*[1] * len(values.split()), now=1, values=values).tried == words


@pytest.mark.parametrize(
    ("value", "values", "place"),
    [
        ("1", ["0.5", "2", "3"], 1), ("9", ["0.5", "2"], 2), ("9", ["3", "2"], 0), ("1", ["3", "2"], 2),
        ("1w", ["1d", "5d", "9d"], 2), ("20:30", ["20:00", "21:00"], 1), ("", ["1", "2"], 0), ("on", ["off", "x"], 0),
        ("4", ["3", "5", "1"], 0),
    ],
)  # fmt: skip
def test_a_value_stands_where_it_belongs(value: str, values: list[str], place: int) -> None:
    """Among numbers, durations and times that rise or fall; anything else stands in front."""
    assert place_of(value, values) == place


def test_figures_of_a_column_have_the_same_decimals() -> None:
    """What is next to nothing is not nothing."""
    assert column_of_expected([1.0, 0.94, 0.01, 0.0]) == ["1.0", "0.9", "<0.1", "0.0"]
    assert column_of_expected([123.4, 0.9, 0.4]) == ["123", "1", "<1"]
    assert column_of_shares([(1, 1), (1, 8), (1, 9999), (0, 8), (1, 0)]) == [
        "100.0 %",
        "12.5 %",
        "<0.1 %",
        "0.0 %",
        "-",
    ]
    assert before_and_after(1.0, 0.4) == "1.0 before, 0.4 after (0.6 fewer)"
    assert before_and_after(1.0, 1.0) == "1.0 before, 1.0 after (as many)"


def test_what_is_in_force_stands_above_values_that_it_is_none_of() -> None:
    """With its value, as the default where no file names it."""
    assert [(line.value, line.in_force) for line in lines(curve(20, now=30, default=True))] == [
        ("1 (default)", True), ("2", False),
    ]  # fmt: skip
    assert [(line.value, line.in_force) for line in lines(curve(20, now=20, at="2"))] == [("2", True)]


def test_the_real_outcome_lies_under_the_other_lines() -> None:
    """It is drawn first, so that it covers none, and with a class of its own."""
    drawn = tune_page(About("c", "b", "a", "p", ""), curve(20, 25, now=30, outcome="bought"), "all")
    at = [drawn.index(f'<polyline class="{kind}"') for kind in ("outcome", "send", "defer", "alone")]
    assert at == sorted(at)
    assert "none of those that were tried" in drawn


@pytest.mark.parametrize(("name", "schema"), [("compare", compare_record.schema), ("tune", tune_record.schema)])
def test_the_schemas_are_documented(name: str, schema: Any) -> None:
    """``sendgate schema compare > docs/compare.schema.json`` writes it again; docs/compare.md has every name."""
    told = json.loads((DOCS / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert told == schema()
    text = (DOCS / "compare.md").read_text(encoding="utf-8")
    parts = [told, *told["$defs"].values()]
    assert [key for part in parts for key in part.get("properties", {}) if f"`{key}`" not in text] == []


def test_a_record_is_of_its_schema() -> None:
    """Outcomes are named where there is a column of them, and only there."""
    about = tune_record.About("c", "a.csv", "p.yaml", None)
    bare, full = (tune_record.record(about, curve(2, now=3, outcome=name, at=""), 0) for name in ("", "bought"))
    assert msgspec.json.decode(msgspec.json.encode(full), type=tune_record.TuneRecord) == full
    assert "outcomes" not in msgspec.to_builtins(bare)["values"][0]
    assert msgspec.to_builtins(full)["in_force"]["outcomes"] == 5
    assert bare.in_force.value is None
