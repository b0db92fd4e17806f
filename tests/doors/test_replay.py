"""``sendgate replay``: a period small enough to judge by hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sendgate.doors.cli import cli

POLICY = """\
family:
  name: Harbor Group
  brands: {harbor: {name: Harbor Home}, kids: {name: Harbor Kids}}
gates:
  permission: {basis: opt_out}
  frequency: {caps: [{limit: 1, per: 2d}], then: drop}
  quiet_hours: {from: "21:00", to: "08:00"}
  duplicate: off
  moment: off
  just_bought: off
  relevance: off
  intent: off
  balance: off
  deliverability: off
  fit: off
  price_protection: off
  fatigue: off
  recognition: off
  unsubscribe_risk: off
  render: off
"""
DUVETS = """\
name: duvets
brand: harbor
channel: email
purpose: promotional
category: home/bedding
offers: [{name: only}]
"""
WHO = ("ann", "bob", "cas", "dan", "eve", "fay", "gus", "hal")
PEOPLE = "person,email\n" + "".join(f"{who},{who}@x.example\n" for who in WHO)
EVENTS = """\
person,kind,at,brand,channel,campaign,purpose,category
ann,sent,2026-03-01T10:00:00Z,harbor,email,duvets,promotional,
ann,opened,2026-03-01T11:00:00Z,harbor,email,duvets,,
ann,purchased,2026-03-04T10:00:00Z,kids,,,,home/bedding/duvets
bob,sent,2026-03-01T10:00:00Z,harbor,email,duvets,promotional,
bob,sent,2026-03-02T10:00:00Z,harbor,email,duvets,promotional,
bob,unsubscribed,2026-03-02T12:00:00Z,harbor,email,duvets,,
bob,purchased,2026-03-05T10:00:00Z,harbor,,,,garden
cas,unsubscribed,2026-02-01T10:00:00Z,,,,,
cas,sent,2026-03-01T10:00:00Z,harbor,email,duvets,promotional,
cas,purchased,2026-03-01T10:00:00Z,harbor,,,,home/bedding
cas,clicked,2026-03-02T10:00:00Z,harbor,email,lost,,
cas,clicked,2026-03-02T10:00:00Z,kids,email,,,
cas,purchased,2026-03-15T10:00:00Z,harbor,,,,home/bedding
cas,opened,2026-03-15T10:00:01Z,harbor,email,duvets,,
dan,sent,2026-03-20T22:00:00Z,harbor,email,duvets,promotional,
eve,sent,2026-03-01T10:00:00Z,harbor,email,lost,promotional,
fay,sent,2026-03-01T10:00:00Z,harbor,email,,promotional,
gus,held_out,2026-03-01T10:00:00Z,harbor,email,duvets,promotional,
gus,purchased,2026-03-02T10:00:00Z,harbor,,,,home/bedding
hal,sent,2026-01-01T10:00:00Z,harbor,email,duvets,promotional,
hal,viewed,2026-03-25T10:00:00Z,harbor,,,,garden
"""
PERIOD = ("--from", "2026-02-15", "--to", "2026-04-01")


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A family with a past, in the current folder."""
    return _settle(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The past as it stands above, replayed once: what was told, and the folder with a row for each message."""
    with pytest.MonkeyPatch.context() as patch:
        folder = _settle(tmp_path_factory.mktemp("replayed"), patch)
        told = _told("--out", "out.csv")
    return told, folder


@pytest.fixture
def told(replayed: tuple[dict[str, Any], Path]) -> dict[str, Any]:
    """What a replay of that past tells machines."""
    return replayed[0]


def _settle(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    (folder / "campaigns").mkdir()
    for name, text in {
        "sendgate.yaml": POLICY, "campaigns/duvets.yaml": DUVETS, "people.csv": PEOPLE, "events.csv": EVENTS,
    }.items():  # fmt: skip
        (folder / name).write_text(text, encoding="utf-8")
    patch.chdir(folder)
    patch.setenv("COLUMNS", "100")
    return folder


def _replay(*words: str) -> Result:
    return CliRunner().invoke(cli, ["replay", "--people", "people.csv", "--events", "events.csv", *words])


def _told(*words: str) -> dict[str, Any]:
    result = _replay(*PERIOD, "--json", *words)
    assert result.exit_code == 0, result.stderr
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_every_message_is_judged_by_what_came_before_it(told: dict[str, Any]) -> None:
    """Neither the message itself nor anything at its moment counts; with it, the cap of one would drop everybody."""
    assert told["outcomes"] == {"send": 2, "defer": 1, "drop": 2}
    assert [(heap["reason"], heap["messages"]) for heap in told["reasons"]] == [
        ("quiet_hours.quiet", 1), ("frequency.cap_reached", 1), ("permission.unsubscribed", 1),
    ]  # fmt: skip
    assert told["campaigns"] == [{"campaign": "duvets", "send": 2, "defer": 1, "drop": 2}]


def test_what_followed_is_counted_within_the_window(told: dict[str, Any]) -> None:
    """From just after the message to the end of the window; of the message's campaign, of the campaign's category."""
    kept, dropped = told["rates"]["send"], told["rates"]["drop"]
    assert {name: rate["hits"] for name, rate in kept.items()} == {
        "opened": 1, "clicked": 0, "redeemed": 0, "purchased": 1, "unsubscribed": 1, "complained": 0,
    }  # fmt: skip
    assert {name: rate["hits"] for name, rate in dropped.items()} == {
        "opened": 0, "clicked": 0, "redeemed": 0, "purchased": 1, "unsubscribed": 1, "complained": 0,
    }  # fmt: skip
    assert (kept["opened"]["messages"], kept["opened"]["share"]) == (2, 0.5)
    assert kept["opened"]["low"] < 0.5 < kept["opened"]["high"]
    assert told["dropped_less_kept"]["opened"]["share"] == -0.5


def test_another_window_gives_other_rates(past: Path) -> None:
    """A shorter window sees less, and more messages are finished."""
    told = _told("--window", "2d")
    assert told["window"] == "2 days"
    assert told["rates"]["send"]["purchased"]["hits"] == 0
    assert told["rates"]["drop"]["purchased"]["hits"] == 0
    assert told["finished"] == 5


def test_unfinished_windows_are_left_out_of_the_rates_and_told(told: dict[str, Any]) -> None:
    """What followed the last messages is not known yet."""
    assert (told["messages"], told["finished"], told["data_until"]) == (5, 4, "2026-03-25T10:00:00Z")
    assert told["rates"]["defer"]["opened"] is None
    assert "messages younger than 14 days at the end of the data, not in the rates: 1" in told["notes"]


def test_a_window_beyond_the_data_gives_no_rates_at_all(past: Path) -> None:
    """Decisions are told all the same."""
    told = _told("--window", "52w")
    assert (told["messages"], told["finished"]) == (5, 0)
    assert told["rates"]["send"]["opened"] is told["dropped_less_kept"]["opened"] is None
    assert "messages younger than 364 days at the end of the data, not in the rates: 6" in told["notes"]


def test_messages_without_a_campaign_file_are_counted_and_skipped(told: dict[str, Any]) -> None:
    """Nobody knows what they were about; the note names them."""
    assert told["without_file"] == {"lost": 1, "": 1}
    assert "messages that name no campaign, not judged: 1" in told["notes"]
    assert "messages of campaigns without a file, not judged: 1: lost (1)" in told["notes"]


def test_those_held_out_are_compared_with(told: dict[str, Any]) -> None:
    """Decided about in the same way; what they did without a message is what the others would have done anyway."""
    assert told["held_out"] == 1
    everybody, kept = told["control"]["all"], told["control"]["send"]
    assert (everybody["sent"], everybody["held_out"], kept["sent"], kept["held_out"]) == (4, 1, 2, 1)
    assert everybody["sent_rates"]["purchased"]["share"] == 0.5
    assert everybody["held_out_rates"]["purchased"]["share"] == 1
    assert kept["sent_less_held_out"]["purchased"]["share"] == -0.5
    assert told["control"]["drop"]["held_out_rates"]["purchased"] is None


def test_without_a_control_group_nothing_is_said_of_cause(past: Path) -> None:
    """The comparison of dropped and kept messages is none."""
    (past / "events.csv").write_text(EVENTS.replace("held_out", "viewed"), encoding="utf-8")
    assert _told()["control"] == {}
    result = _replay(*PERIOD)
    assert "With the control group" not in result.stdout
    assert "Only a control group tells cause" in " ".join(result.stdout.split())


def test_the_holdout_of_the_policy_is_not_asked(past: Path) -> None:
    """It holds people out by chance, which says nothing about a message."""
    (past / "sendgate.yaml").write_text(f"{POLICY}  holdout: {{share: 1}}\n", encoding="utf-8")
    told = _told()
    assert told["outcomes"]["send"] == 2
    assert "gate `holdout` was not asked: chance says nothing about a message" in told["notes"]


def test_a_row_for_each_message_is_written(replayed: tuple[dict[str, Any], Path]) -> None:
    """In order of time, with its decision and what followed; unknown where the window is not finished."""
    with (replayed[1] / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told = [(r["person"], r["held_out"], r["outcome"], r["finished"], r["opened"], r["purchased"]) for r in rows]
    assert told == [
        ("ann", "false", "send", "true", "true", "true"),
        ("bob", "false", "send", "true", "false", "false"),
        ("cas", "false", "drop", "true", "false", "true"),
        ("gus", "true", "send", "true", "false", "true"),
        ("bob", "false", "drop", "true", "false", "false"),
        ("dan", "false", "defer", "false", "", ""),
    ]
    assert rows[4]["at"] == "2026-03-02T10:00:00Z"
    assert rows[4]["detail"].startswith("1 message from the family in the last 2 days")
    assert rows[5]["until"] == "2026-03-21T08:00:00Z"


def test_two_campaigns_at_one_moment_do_not_see_each_other(past: Path) -> None:
    """The same campaign twice at one moment is a duplicate, another one is not."""
    (past / "campaigns" / "lost.yaml").write_text(DUVETS.replace("duvets", "lost"), encoding="utf-8")
    (past / "sendgate.yaml").write_text(POLICY.replace("  duplicate: off\n", ""), encoding="utf-8")
    more = "".join(f"eve,sent,2026-03-01T10:00:00Z,harbor,email,{name},promotional,\n" for name in ("duvets", "lost"))
    (past / "events.csv").write_text(EVENTS + more, encoding="utf-8")
    told = _told()
    assert {c["campaign"]: c["drop"] for c in told["campaigns"]} == {"duvets": 2, "lost": 1}
    assert [h["messages"] for h in told["reasons"] if h["reason"] == "duplicate.earlier_in_audience"] == [1]


def test_a_message_of_another_brand_than_its_campaign_is_told(past: Path) -> None:
    """The campaign's file decides, so somebody should look."""
    (past / "campaigns" / "duvets.yaml").write_text(DUVETS.replace("harbor", "kids"), encoding="utf-8")
    assert "messages of another brand or channel than their campaign's file: 6" in _told()["notes"]


def test_the_terminal_and_the_page_say_the_same(past: Path) -> None:
    """Verdict, rates, reasons, campaigns, and what cannot be concluded."""
    result = _replay(*PERIOD, "--report", "page.html")
    assert result.exit_code == 0, result.stderr
    text, page = " ".join(result.stdout.split()), (past / "page.html").read_text(encoding="utf-8")
    assert "Of 5 messages that were sent, 2 kept (40%), 1 deferred (20%) and 2 dropped (40%)" in text
    assert "2 of 5 messages would have gone." in page
    assert "drop frequency.cap_reached" in text
    assert "messages younger than 14 days at the end of the data, not in the rates: 1" in text
    for shared in ("dropped less kept", "Only a control group tells cause", "caused by writing"):
        assert shared in text
        assert shared in page
    assert "ann" not in page.partition("<main")[2]


# Bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "2026-04-01", "--to", "2026-03-01"), "--from 2026-04-01T00:00:00Z is not before --to 2026-03-01"),
        (("--from", "2026-03-01", "--to", "2026-03-01"), "is not before --to"),
        (("--from", "yesterday", "--to", "2026-03-01"), "expected a time such as"),
        ((*PERIOD, "--window", "soon"), "--window cannot be `soon`: expected a number and a unit"),
        ((*PERIOD, "--window", "0d"), "--window cannot be `0d`: nothing follows in no time"),
        ((*PERIOD, "--out", "events.csv"), "--out would overwrite the input `events.csv`"),
        ((*PERIOD, "--out", "out.txt"), "out.txt"),
        ((*PERIOD, "--report", "page.pdf"), "`page.pdf` cannot be the report"),
        ((*PERIOD, "--campaigns", "nowhere"), "nowhere: there are no campaigns (there is no such folder)"),
        ((*PERIOD, "--policy", "nowhere.yaml"), "nowhere.yaml: no such file"),
        (
            ("--from", "2025-01-01", "--to", "2025-02-01"),
            "of 8 events of kind `sent` the first is of 2026-01-01T10:00:00Z, the last of 2026-03-20T22:00:00Z",
        ),
    ],
)
def test_what_cannot_be_replayed_is_said_in_a_line(past: Path, words: tuple[str, ...], told: str) -> None:
    """Nothing is done, and the exit status says so."""
    result = _replay(*words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not result.stdout


def test_events_without_any_message_are_refused(past: Path) -> None:
    """Outcomes alone cannot be replayed; those held out are no messages either."""
    (past / "events.csv").write_text(EVENTS.replace(",sent,", ",held_out,"), encoding="utf-8")
    result = _replay(*PERIOD)
    assert result.exit_code == 2
    assert "the files hold no event of kind `sent`" in result.stderr


def test_an_empty_folder_of_campaigns_is_refused(past: Path) -> None:
    """Nothing says what the messages were about."""
    (past / "campaigns" / "duvets.yaml").unlink()
    result = _replay(*PERIOD)
    assert result.exit_code == 2
    assert "campaigns: there are no campaigns (it holds no .yaml file)" in result.stderr


def test_every_mistake_in_every_campaign_is_told(past: Path) -> None:
    """And those of the policy."""
    (past / "campaigns" / "duvets.yaml").write_text(DUVETS.replace("harbor", "habor"), encoding="utf-8")
    (past / "campaigns" / "again.yaml").write_text(DUVETS.replace("email", "fax"), encoding="utf-8")
    (past / "sendgate.yaml").write_text(POLICY.replace("intent: off", "intend: off"), encoding="utf-8")
    result = _replay(*PERIOD)
    assert result.exit_code == 2
    for said in ("did you mean `harbor`", "`channel` must be", "`intend`", "two campaigns named `duvets`"):
        assert said in result.stderr


def test_messages_that_name_no_campaign_of_the_folder_are_refused(past: Path) -> None:
    """With what they name instead, and the nearest name."""
    (past / "campaigns" / "duvets.yaml").write_text(DUVETS.replace("name: duvets", "name: duvet"), encoding="utf-8")
    result = _replay(*PERIOD)
    assert result.exit_code == 2
    assert "of a campaign in `campaigns`: they name `duvets`, `lost`; did you mean `duvet`?" in result.stderr


def test_events_without_a_column_for_campaigns_are_refused(past: Path) -> None:
    """No message can be matched."""
    lines = [",".join(line.split(",")[:5]) for line in EVENTS.splitlines()]
    (past / "events.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = _replay(*PERIOD)
    assert result.exit_code == 2
    assert "the events need a column `campaign`" in result.stderr


def test_rejected_rows_are_told_and_the_rest_goes_on(past: Path) -> None:
    """With file and line, and an exit status of its own."""
    (past / "events.csv").write_text(f"{EVENTS}ann,sent,never,,,duvets,,\n", encoding="utf-8")
    result = _replay(*PERIOD, "--json")
    assert result.exit_code == 1
    assert "events.csv:23: " in result.stderr
    assert json.loads(result.stdout)["rejected"] == 1
