"""``sendgate compare``."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import msgspec
import pytest

from sendgate.report.compare_record import CompareRecord

SET = ("--set", "gates.frequency.caps.0.limit=3")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.fixture
def shown(once):
    """A higher cap beside the one in force, for people to read: in the terminal and on a page."""
    return once("compare", "duvets", *SET, "--out", "out.csv", "--report", "page.html")


@pytest.fixture
def told(once):
    """The same for machines; what it says is JSON."""
    return once("compare", "duvets", *SET, "--json", small=True)


def test_a_matrix_shows_who_moves(shown) -> None:
    """Rows by outcome before and after, the reasons of the movers, and both sentences."""
    assert shown.exit_code == 0, shown.stderr
    lines = _lines(shown.stdout)
    assert "before then send then defer then drop before" in lines
    assert "defer 1 · · 1" in lines
    assert "after 3 (+1) 0 (-1) 3 6" in lines
    assert "1 of 6 rows move (16.7%)" in lines
    assert any("defer frequency.cap_reached send nothing stands in the way" in line for line in lines)
    assert any(line.startswith("cas defer frequency: 2 messages from the family") for line in lines)


def test_both_decisions_are_written(shown) -> None:
    """A row for each row of the audience, in its order, with its own columns."""
    rows = _rows(shown.folder / "out.csv")
    told = [(r["person"], r["segment"], r["moved"], r["before_outcome"], r["after_outcome"]) for r in rows]
    assert told[:3] == [
        ("ann", "a", "false", "send", "send"),
        ("bob", "b", "false", "send", "send"),
        ("cas", "c", "true", "defer", "send"),
    ]
    assert rows[2]["before_until"] == "2026-03-08T11:00:00Z"
    assert [row["person"] for row in rows] == ["ann", "bob", "cas", "dan", "eve", "ann"]


def test_machines_get_an_object(told) -> None:
    """The same figures by name."""
    assert told.exit_code == 0, told.stderr
    figures = json.loads(told.stdout)
    assert (figures["rows"], figures["moved"], figures["rejected"]) == (6, 1, 0)
    assert figures["matrix"]["defer"] == {"send": 1, "defer": 0, "drop": 0}
    assert figures["moves"][0]["before"] == {"outcome": "defer", "gate": "frequency", "reason": "frequency.cap_reached"}
    assert figures["after"] == {"policy": "sendgate.yaml", "set": ["gates.frequency.caps.0.limit=3"]}
    assert figures["samples"][0]["person"] == "cas"


def test_what_a_change_risks_is_told(told, monkeypatch, sendgate) -> None:
    """The sum of the risks of those who are sent to, as ``dry-run`` has it, before and after."""
    leavers = msgspec.json.decode(told.stdout, type=CompareRecord).expected_unsubscribes
    monkeypatch.chdir(told.folder)
    _open("open.yaml")
    for policy, expected in (("sendgate.yaml", leavers.before), ("open.yaml", leavers.after)):
        run = json.loads(sendgate("dry-run", "duvets", "--policy", policy, "--json").stdout)
        assert run["expected_leavers"]["sent"] == pytest.approx(expected)
    assert 0 < leavers.before < leavers.after


def _open(name: str) -> None:
    """Write the policy with a higher cap."""
    Path(name).write_text(Path("sendgate.yaml").read_text().replace("limit: 2", "limit: 3"))


def test_it_is_said_what_a_risk_rests_on(shown) -> None:
    """In the terminal and on the page, beside the sum."""
    assert "expected to leave: 0.0 before" in shown.stdout.replace("<0.1", "0.0")
    page = (shown.folder / "page.html").read_text()
    for text in (" ".join(shown.stdout.split()), page):
        assert "the shipped one rests on published figures" in text
    assert "Expected to leave: " in page


def test_a_kind_of_mover_has_up_to_three_examples(small, sendgate) -> None:
    """One of each kind comes first."""
    everybody = "".join(f"new{number}\n" for number in range(9))
    (small / "audience.csv").write_text(f"person\n{everybody}cas\n")
    change = ("--set", "gates.permission.basis=opt_out", *SET)
    told = json.loads(sendgate("compare", "duvets", *change, "--json").stdout)
    assert [(move["before"]["outcome"], move["rows"]) for move in told["moves"]] == [("drop", 9), ("defer", 1)]
    assert [mover["person"] for mover in told["samples"]] == ["new0", "new1", "new2", "cas"]
    told = json.loads(sendgate("compare", "duvets", *change, "--json", "--sample", "2").stdout)
    assert [mover["person"] for mover in told["samples"]] == ["new0", "cas"]


def test_two_policies_are_compared(small, sendgate) -> None:
    """Given twice, the first is before."""
    _open("open.yaml")
    told = json.loads(
        sendgate("compare", "duvets", "--policy", "open.yaml", "--policy", "sendgate.yaml", "--json").stdout
    )
    assert told["matrix"]["send"]["defer"] == 1


def test_a_setting_of_the_campaign_may_change(small, sendgate) -> None:
    """Another offer for the same people is told apart from moving."""
    told = json.loads(sendgate("compare", "duvets", "--set", "offers.0.incentive=early_access", "--json").stdout)
    assert told["moved"] == 0


def test_kept_facts_are_completed_for_both(kept, sendgate) -> None:
    """Facts that either side needs are computed once and kept."""
    shutil.copy("facts.parquet", "both.parquet")
    change = ("--set", "gates.frequency.caps.0.per=3d")
    first = sendgate("compare", "duvets", *change, "--facts", "both.parquet", "--json")
    again = sendgate("compare", "duvets", *change, "--facts", "both.parquet", "--json")
    assert "missing, computed, and kept there too" in first.stderr
    assert "people and events were not read" in again.stderr
    fresh = sendgate("compare", "duvets", *change, "--json")
    assert json.loads(first.stdout) == json.loads(again.stdout) == json.loads(fresh.stdout)


def test_nobody_moves_is_said(small, sendgate) -> None:
    """No change is an answer."""
    assert "nobody moves" in sendgate("compare", "duvets", "--set", "gates.holdout.share=0").stdout


def test_a_default_that_is_spelt_out_moves_nobody(family, sendgate) -> None:
    """A whole number in a file is the same weight as the one that the gate has by itself."""
    result = sendgate("compare", "duvets", "--set", "gates.relevance.signs.viewed.weight=1")
    assert (result.exit_code, "nobody moves" in result.stdout) == (0, True), result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "there is nothing to compare"),
        (["--policy", "sendgate.yaml", "--policy", "sendgate.yaml", *SET], "--set changes one policy"),
        (["--policy", "sendgate.yaml"] * 3, "two policies are compared at a time"),
        (["--set", "gates.frequency.caps.0.limit=two"], "`limit` must be a whole number, at least 0, not `two`"),
        (["--set", "gates.frequncy=off"], "unknown gate `frequncy` (did you mean `frequency`?)"),
        (["--set", "gates.fit=maybe", "--set", "gates.moment=maybe"], "\n2 mistakes\n"),
        (["--set", "offers.0.template=erly.j2"], "there is no template `erly.j2`"),
        (["--policy", "none.yaml", *SET], "none.yaml: no such file (the files of its kind there: `sendgate.yaml`)"),
        (["--policy", "sendgat.yaml", *SET], "sendgat.yaml: no such file (did you mean `sendgate.yaml`?)"),
        ([*SET, "--people", "poeple.csv"], "no such file or directory (did you mean `people.csv`?)"),
        ([*SET, "--people", "no/people.csv"], "no such file or directory (there is no folder `no`)"),
        ([*SET, "--out", "events.csv"], "--out would overwrite the input `events.csv`"),
        ([*SET, "--out", "out.xlsx"], "has no extension that says its format"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_runs(family, sendgate, words: list[str], said: str) -> None:
    """Status 2, one clear sentence, nothing written."""
    before = {path: path.read_bytes() for path in family.rglob("*") if path.is_file()}
    result = sendgate("compare", "duvets", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert {path: path.read_bytes() for path in family.rglob("*") if path.is_file()} == before
