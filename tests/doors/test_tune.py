"""``sendgate tune``."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import msgspec
import pytest

from sendgate.report.tune_record import TuneRecord

LIMITS = ("gates.frequency.caps.0.limit", "1:3:1")


def test_each_value_has_its_figures(family, sendgate) -> None:
    """Messages, evidence and unsubscribes; the value in force is marked, and what the figures rest on is said."""
    result = sendgate("tune", *LIMITS, "duvets")
    assert result.exit_code == 0, result.stderr
    lines = [" ".join(line.replace("█", "").replace("░", "").split()) for line in result.stdout.splitlines()]
    assert [line.split()[:3] for line in lines if line[:2] in {"1 ", "2 ", "3 "} and "%" in line] == [
        ["1", "2", "33.3%"], ["2", "now", "2"], ["3", "3", "50.0%"],
    ]  # fmt: skip
    assert "no probability" in " ".join(lines)
    assert "published figures" in " ".join(lines)


@pytest.fixture
def tuned(once):
    """What machines get of a tuned limit: JSON on standard output, and a file of rows."""
    return once("tune", *LIMITS, "duvets", "--json", "--out", "out.csv", small=True)


def test_machines_get_an_object_and_rows(tuned) -> None:
    """The same figures as JSON and as CSV."""
    told = json.loads(tuned.stdout)
    assert [(v["value"], v["send"], v["defer"], v["drop"]) for v in told["values"]] == [
        ("1", 2, 1, 3), ("2", 2, 1, 3), ("3", 3, 0, 3),
    ]  # fmt: skip
    assert told["in_force"]["value"] == "2"
    assert told["in_force"]["send"] == 2
    with (tuned.folder / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["send"]) for row in rows] == [2, 2, 3]
    assert next(iter(rows[0])) == "value"


def test_a_mode_is_in_force_and_a_default_has_its_value(family, sendgate) -> None:
    """Of a gate its mode is told, whatever else the file says of it; the default is told as such, with its value."""
    told = json.loads(sendgate("tune", "gates.balance", "off,observe,enforce", "duvets", "--json").stdout)
    assert (told["in_force"]["value"], told["in_force"]["default"]) == ("observe", False)
    shown = sendgate("tune", "gates.relevance.at_least", "2", "duvets").stdout
    assert "1 (default) now 2" in " ".join(shown.replace("█", "").replace("░", "").split())
    assert "with gates.relevance.at_least at 2 value" in " ".join(shown.split())


def test_machines_get_what_the_schema_says(tuned) -> None:
    """On standard output, and nothing else."""
    told = msgspec.json.decode(tuned.stdout, type=TuneRecord)
    assert [value.send for value in told.values] == [2, 2, 3]
    assert told.in_force.value == "2"


def test_values_that_change_facts_have_their_own(small, sendgate) -> None:
    """A window is part of the facts: each value gets those that a run under it would compute."""
    told = json.loads(sendgate("tune", "gates.frequency.caps.0.per", "1d,7d", "duvets", "--json").stdout)
    for value in told["values"]:
        change = ("--set", f"gates.frequency.caps.0.per={value['value']}", "--set", "gates.frequency.then=defer")
        compared = json.loads(sendgate("compare", "duvets", *change, "--json").stdout)
        assert value["send"] == sum(row["send"] for row in compared["matrix"].values())


@pytest.fixture
def bought(small: Path) -> tuple[str, ...]:
    """Tune the limit beside what people did: 0, 1, true and false in any case; an empty cell says nothing."""
    (small / "audience.csv").write_text("person,bought\nann,1\nbob,FALSE\ncas,true\ndan,1\neve,\n")
    return ("tune", *LIMITS, "duvets", "--outcome", "bought")


OUTCOMES = [(1, 0.333333, 0.5), (1, 0.333333, 0.5), (2, 0.666667, 0.666667)]


def test_a_real_outcome_is_counted(bought, sendgate) -> None:
    """For machines, and by its name for people."""
    told = json.loads(sendgate(*bought, "--json").stdout)
    assert [(v["outcomes"], v["outcomes_kept"], v["outcome_rate"]) for v in told["values"]] == OUTCOMES
    assert "bought" in sendgate(*bought).stdout


def test_a_real_outcome_is_counted_over_kept_facts(bought, sendgate) -> None:
    """Whether they are being kept or have been."""
    for said in ("facts computed, and kept in", "people and events were not read"):
        result = sendgate(*bought, "--json", "--facts", "facts.parquet")
        assert said in result.stderr
        told = json.loads(result.stdout)
        assert [(v["outcomes"], v["outcomes_kept"], v["outcome_rate"]) for v in told["values"]] == OUTCOMES


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gates.frequency.caps.0.limit", "1,two", "duvets"], "`limit` must be a whole number, at least 0, not `two`"),
        (["gates.frequency.caps.9.limit", "1,2", "duvets"], "`caps` has no entry 9: `caps` has 1 entry"),
        (["gates.relevance.at_leest", "1,2", "duvets"], "did you mean `at_least`?"),
        (["relevance.at_least", "1,2", "duvets"], "did you mean `gates.relevance`?"),
        (["gates.relevance.at_least", "-5,1", "duvets"], "`at_least` must be a number, at least 0, not `-5`"),
        (["gates.relevence.at_least", "1:9:1", "duvets"], "gates.relevence.at_least: unknown gate `relevence`"),
        (["gates.relevence.at_least", "1:9:1", "duvets"], "(did you mean `relevance`?)\n1 mistake\n"),
        ([*LIMITS, "duvetz"], "did you mean `duvets`?"),
        (["gates.relevance.at_least", "4:1:1", "duvets"], "never lead from 4 to 1"),
        ([*LIMITS, "duvets", "--outcome", "bought"], "the audience has no column `bought`"),
        ([*LIMITS, "duvets", "--outcome", "segment"], "`segment` holds `a`, and 5 more such rows"),
        ([*LIMITS, "duvets", "--out", "out.txt"], "expected .csv"),
        ([*LIMITS, "duvets", "--out", "audience.csv"], "--out would overwrite the input"),
    ],
)
def test_what_is_wrong_is_refused(small, sendgate, words: list[str], said: str) -> None:
    """Status 2 and one clear sentence."""
    result = sendgate("tune", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
