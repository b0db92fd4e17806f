"""``sendgate explain``."""

from __future__ import annotations

import json
import math

import pytest


def test_a_send_is_explained(family, sendgate) -> None:
    """The answer, the gates, the offers and the history, as far as the brand may see it."""
    result = sendgate("explain", "duvets", "--person", "ann")
    text = result.stdout
    assert result.exit_code == 0
    assert "spring-duvets from Harbor Home for ann" in text
    assert "SEND  early" in text
    assert "Wed 4 Mar 2026, 13:00 Europe/Berlin" in text
    assert "early chosen" in text
    assert "ten-percent free to go" in text
    assert "Harbor Kids" in text
    assert "bear on 1 Jun 2025" in text
    assert "Lumen" not in text, "this brand does not share its profiles"
    assert "brands that do not share their profiles are not told of" in text


def test_a_deferral_says_when_to_ask_again(family, sendgate) -> None:
    """In the person's own time, or in the one that is assumed."""
    text = sendgate("explain", "duvets", "--person", "cas").stdout
    assert "DEFER  until Sun 8 Mar 2026, 11:00" in text
    assert "UTC (assumed)" in text


def test_an_observing_gate_is_marked(family, sendgate) -> None:
    """It says what it would have done."""
    text = sendgate("explain", "duvets", "--person", "ann").stdout
    line = next(line for line in text.splitlines() if "balance" in line)
    assert "◌" in line
    assert "would block" in line


def test_a_person_is_found_by_address(family, sendgate) -> None:
    """Whatever its case."""
    result = sendgate("explain", "duvets", "--person", "ANN@x.example", "--json")
    assert json.loads(result.stdout)["person"] == "ann"


@pytest.mark.parametrize(
    "words",
    [
        ("explain", "duvets", "--person", ""), ("preview", "duvets", "--person", " "),
        ("profile", ""), ("forget", "", "--yes"),
    ],
)  # fmt: skip
def test_nobody_is_no_person(family, sendgate, words) -> None:
    """A variable that is not set must not look like somebody whom no file knows."""
    result = sendgate(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "expected an id, an email address or a phone number: it is empty" in result.stderr


def test_json_has_the_columns_of_a_dry_run(family, sendgate) -> None:
    """A row of ``--out`` and the object agree, but for the findings."""
    sendgate("dry-run", "duvets", "--out", "out.jsonl")
    rows = [json.loads(line) for line in (family / "out.jsonl").read_text().splitlines()]
    for row in rows[:4]:
        result = sendgate("explain", "duvets", "--person", row["person"], "--json")
        told = json.loads(result.stdout)
        findings = told.pop("findings")
        (risk,) = told.pop("scores")
        assert (risk["of"], risk["offer"], risk["card"]) == ("risk", None, "published-rates")
        assert math.isclose(risk["start"] + sum(part["points"] for part in risk["parts"]), risk["score"])
        assert risk["probability"] == row["unsubscribe_risk"]
        row.pop("segment")
        assert told == row
        assert all(
            set(f) == {"gate", "offer", "blocks", "mode", "reason", "observed", "limit", "detail"} for f in findings
        )
        numbers = [f[key] for f in findings for key in ("observed", "limit") if isinstance(f[key], float)]
        assert all(math.isfinite(n) and abs(n) < 1e12 for n in numbers)


def test_somebody_whom_nobody_knows_is_explained_and_said_so(family, sendgate) -> None:
    """Decided on an empty profile, with the nearest name on standard error."""
    result = sendgate("explain", "duvets", "--person", "anne")
    assert result.exit_code == 0
    assert "nobody knows this person: decided on an empty profile" in result.stdout
    assert "person `anne` is in none of the files: did you mean `ann`?" in result.stderr


def test_an_address_of_several_people_is_refused(family, sendgate) -> None:
    """It does not say who is meant."""
    with (family / "people.csv").open("a") as file:
        file.write("ann2,ann@x.example,Ann,,\n")
    result = sendgate("explain", "duvets", "--person", "ann@x.example")
    assert result.exit_code == 2
    assert "`ann@x.example` belongs to several people: `ann`, `ann2`" in result.stderr


def test_an_offer_that_cannot_be_rendered_gives_way(family, sendgate) -> None:
    """The next best one is chosen, and the finding says why."""
    (family / "templates" / "early.j2").write_text(
        "{% block subject %}Yours{% endblock %}{% block text %}{% if person.tier %}{{ person.nickname }}{% endif %}"
        "{% endblock %}"
    )
    told = json.loads(sendgate("explain", "duvets", "--person", "ann", "--json").stdout)
    assert (told["outcome"], told["offer"]) == ("send", "ten-percent")
    finding = next(f for f in told["findings"] if f["gate"] == "render" and f["offer"] == "early")
    assert finding["blocks"] is True
    assert finding["reason"] == "render.value_missing"
    assert finding["limit"] == "person.nickname"


def test_when_nothing_can_be_rendered_the_message_is_dropped(family, sendgate) -> None:
    """A bad link is found by rendering only."""
    for name in ("early", "ten"):
        (family / "templates" / f"{name}.j2").write_text(
            "{% block subject %}Yours{% endblock %}"
            "{% block html %}<a href=\"{{ 'java' ~ 'script:x' if person.email else 'https://x.example' }}\">x</a>"
            "{% endblock %}"
        )
    told = json.loads(sendgate("explain", "duvets", "--person", "ann", "--json").stdout)
    assert (told["outcome"], told["gate"], told["reason"]) == ("drop", "render", "render.failed")
    assert told["blocked_by"] == "render"


def test_rejected_rows_change_the_status(family, sendgate) -> None:
    """An explanation from half of the events says so."""
    with (family / "events.csv").open("a") as file:
        file.write("ann,viewed,,harbor,,,,,,\n")
    result = sendgate("explain", "duvets", "--person", "ann")
    assert result.exit_code == 1
    assert "events.csv:16: `at` is empty" in result.stderr


def test_control_characters_do_not_reach_the_terminal(family, sendgate) -> None:
    """An id from a file cannot paint the screen."""
    with (family / "people.csv").open("a") as file:
        file.write("\x1b[31mred,red@x.example,Red,,\n")
    result = sendgate("explain", "duvets", "--person", "red@x.example")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("width", ["60", "80", "120"])
def test_the_explanation_is_as_wide_as_the_terminal(family, sendgate, monkeypatch, width: str) -> None:
    """No line is longer."""
    monkeypatch.setenv("COLUMNS", width)
    lines = sendgate("explain", "duvets", "--person", "ann").stdout.splitlines()
    assert max(map(len, lines)) <= int(width)
