"""``sendgate plan``."""

from __future__ import annotations

import csv
import json
import re
from contextlib import contextmanager
from pathlib import Path

import pytest

from sendgate.doors import planning
from sendgate.doors.cli import plan as plan_command
from sendgate.scores.card_text import written
from sendgate.scores.catalogue import CATALOGUE
from sendgate.scores.scorecard import Bin, Scorecard, Term

TOYS = """\
name: {name}
brand: {brand}
channel: email
purpose: promotional
offers: [{{name: {name}-offer, category: {goods}}}]
"""
PLAN = """\
campaigns:
  - {campaign: duvets, at: 2026-03-04T12:00:00Z, audience: audience.csv}
  - {campaign: linen, at: 2026-03-04T13:00:00Z, audience: audience.csv, priority: 30}
  - {campaign: toys, at: 2026-03-10T12:00:00Z, audience: by-address.csv}
horizon: 1d
choose: best
"""


@pytest.fixture
def plan(family: Path) -> Path:
    """A plan of three campaigns, of which two are for the same wish; everybody may get one message in ten days."""
    return _planned(family)


@pytest.fixture
def small_plan(small: Path) -> Path:
    """The same under few gates, which are soon asked in tables as well."""
    return _planned(small)


def _planned(family: Path) -> Path:
    (family / "sendgate.yaml").write_text(
        (family / "sendgate.yaml").read_text().replace("{limit: 2, per: 7d}", "{limit: 1, per: 10d}")
    )
    (family / "campaigns/linen.yaml").write_text(TOYS.format(name="linen", brand="harbor", goods="home/bedding"))
    (family / "campaigns/toys.yaml").write_text(TOYS.format(name="toys", brand="kids", goods="home/bedding"))
    (family / "by-address.csv").write_text("email,city\nann@x.example,Bonn\nnew@x.example,Rome\n")
    (family / "plan.yaml").write_text(PLAN)
    return family / "plan.yaml"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _told(sendgate, *words: str):
    result = sendgate("plan", "plan.yaml", "--people", "people.csv", "--events", "events.csv", *words)
    assert result.exit_code == 0, (result.stderr, result.exception)
    return result


def test_the_best_message_is_chosen(plan, sendgate) -> None:
    """The campaign that comes first gives way where the one behind it is worth more."""
    told = json.loads(_told(sendgate, "--json").stdout)
    duvets, linen, toys = told["campaigns"]
    assert (duvets["first"]["send"], linen["first"]["send"]) == (2, 0)
    assert (duvets["best"]["send"], duvets["best"]["gave_way"], linen["best"]["send"]) == (0, 2, 2)
    assert linen["alone"] == 2
    assert (toys["rows"], toys["alone"], toys["best"]["send"], toys["best"]["defer"]) == (2, 1, 0, 1)
    assert told["best"]["worth"] > told["first"]["worth"]
    assert (told["contested"], told["changed"]) == (2, 2)
    assert told["messages_per_person"]["best"] == {"0": 4, "1": 2}
    assert {day["day"] for day in told["calendar"]} == {"2026-03-04"}


def test_first_come_first_served(plan, sendgate) -> None:
    """What the file says may be overruled."""
    told = json.loads(_told(sendgate, "--choose", "first", "--json").stdout)
    assert told["best"] is None
    assert [campaign["first"]["send"] for campaign in told["campaigns"]] == [2, 0, 0]
    assert told["campaigns"][1]["first"]["reasons"]["frequency.cap_reached"] == 2


def test_every_row_is_written(plan, sendgate, family) -> None:
    """One campaign after the other, each list with its own columns, and with what first come would have done."""
    _told(sendgate, "--out", "out.csv")
    rows = _rows(family / "out.csv")
    assert [row["campaign"] for row in rows] == ["spring-duvets"] * 6 + ["linen"] * 6 + ["toys"] * 2
    first = rows[0]
    assert (first["person"], first["segment"], first["outcome"], first["reason"]) == (
        "ann",
        "a",
        "drop",
        "plan.gave_way",
    )
    assert (first["first_outcome"], first["planned_at"]) == ("send", "2026-03-04T12:00:00Z")
    assert first["detail"].startswith("gives way to messages of the plan that are worth more together")
    assert "linen" not in first["detail"]
    again = rows[5]
    assert (again["person"], again["segment"], again["reason"]) == ("ann", "again", "duplicate.earlier_in_audience")
    sent = rows[6]
    assert (sent["outcome"], sent["decided_at"]) == ("send", "2026-03-04T13:00:00Z")
    assert sent["detail"].startswith("viewed 1 time")
    assert (rows[12]["email"], rows[12]["city"], rows[12]["person"]) == ("ann@x.example", "Bonn", "ann")
    assert (rows[13]["person"], rows[13]["outcome"]) == ("new@x.example", "drop")


def test_a_list_may_have_columns_of_any_name(plan, sendgate, family) -> None:
    """Nothing that the plan adds for its own use stands in their way."""
    path = family / "audience.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([f"{head},_row,_audience,row,a", *(f"{row},1,2,3,4" for row in rows)]) + "\n")
    assert _told(sendgate, "--out", "plan.csv").exit_code == 0
    told = {(row["_row"], row["_audience"], row["row"], row["a"]) for row in _rows(family / "plan.csv")}
    assert told == {("1", "2", "3", "4"), ("", "", "", "")}  # a list of another campaign has none


def test_both_regimes_write_the_same(plan, sendgate, family, monkeypatch) -> None:
    """To the byte: people of two lists, one of addresses, decided one by one and in tables."""
    plan.write_text(
        PLAN.replace("  - {campaign: linen, at: 2026-03-04T13:00:00Z, audience: audience.csv, priority: 30}\n", "")
    )
    _told(sendgate, "--out", "few.csv")
    monkeypatch.setattr(planning, "FEW", 0)
    _told(sendgate, "--out", "many.csv")
    assert (family / "few.csv").read_bytes() == (family / "many.csv").read_bytes()


@pytest.mark.parametrize("few", [planning.FEW, 0], ids=["one by one", "in tables"])
def test_the_table_says_what_it_comes_to(small_plan, sendgate, monkeypatch, few) -> None:
    """Campaigns, calendar, people, the gain, and examples, who are told in words in either regime."""
    monkeypatch.setattr(planning, "FEW", few)
    told = _told(sendgate)
    assert "deciding" not in told.stdout + told.stderr, "in a pipe nothing is said of how far a plan is"
    text = " ".join(told.stdout.split())
    assert "first come, first served: 2 messages" in text
    assert "the best choice: 2 messages" in text
    assert "2026-03-04 2" in text
    assert "14 rows = 14 decided + 0 rejected" in text
    assert "gives way to messages of the plan" in text
    assert "linen defer send viewed 1 time in" in text


def test_the_figures_of_a_plan_agree(plan, sendgate, family) -> None:
    """On the page and in the terminal: sent, waiting, gave way and dropped make up the rows, and the sums on top."""
    text = _told(sendgate, "--report", "plan.html").stdout
    page = (family / "plan.html").read_text(encoding="utf-8")
    top = [int(number) for number in re.findall(r"<dd><b>([\d,]+)</b></dd>", page)]
    table = page[page.index("What becomes of each campaign</h2>") : page.index("When the messages go out</h2>")]
    rows = [[int(n) for n in re.findall(r'<td class="number[^"]*">([\d,]+)</td>', row)] for row in table.split("<tr>")]
    fates = [row[3:] for row in rows if row]
    assert [row[0] for row in rows if row] == [sum(fate) for fate in fates] == [6, 6, 2]
    assert top == [sum(column) for column in zip(*fates, strict=True)] == [2, 2, 2, 8]
    line = next(line for line in text.splitlines() if line.startswith("linen"))
    assert line.split()[-7:] == ["6", "2", "·", "2", "·", "·", "4"]


def test_what_a_plan_compares_is_explained(plan, sendgate, family) -> None:
    """What worth is, and why a plan may send more than its campaigns would, each alone."""
    text = " ".join(_told(sendgate, "--report", "plan.html").stdout.split())
    page = (family / "plan.html").read_text(encoding="utf-8")
    for told in (text, page):
        assert "not an amount of money" in told
        assert "who would wait for later is not counted there, so a plan may send more" in told
    assert "from what is known at 2026-03-04 12:00 UTC; what waits goes out until 2026-03-11 12:00 UTC" in text
    assert page.index("What the choice gained") < page.index("not an amount of money") < page.index("What becomes of")


def test_a_page_is_written(plan, sendgate, family) -> None:
    """With the gain, and without an address."""
    _told(sendgate, "--report", "plan.html")
    page = (family / "plan.html").read_text()
    assert "What the choice gained" in page
    assert "plan.gave_way" not in page
    assert "@x.example" not in page


def test_what_waits_is_decided_again_within_the_horizon(plan, sendgate, family) -> None:
    """With a longer horizon the message that waited for the cap goes out when the window frees."""
    plan.write_text(PLAN.replace("horizon: 1d", "horizon: 30d"))
    _told(sendgate, "--choose", "first", "--out", "out.csv")
    linen = [row for row in _rows(family / "out.csv") if row["campaign"] == "linen"]
    assert (linen[0]["outcome"], linen[0]["decided_at"]) == ("send", "2026-03-14T12:00:00Z")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--now", "2026-03-05"], "--now is later than the first campaign, at 2026-03-04T12:00:00Z"),
        (["--out", "events.csv"], "--out would overwrite the input `events.csv`"),
        (["--out", "audience.csv"], "--out would overwrite the input `audience.csv`"),
        (["--out", "out.xlsx"], "has no extension that says its format"),
        (["--report", "plan.txt"], "expected a name that ends in .html"),
        (["--choose", "worst"], "is not one of"),
        (["--policy", "none.yaml"], "none.yaml: no such file"),
    ],
)
def test_what_is_wrong_is_refused(plan, sendgate, words: list[str], said: str) -> None:
    """Status 2 and one clear sentence."""
    result = sendgate("plan", "plan.yaml", "--people", "people.csv", "--events", "events.csv", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_card_that_cannot_be_foreseen_is_named(plan, sendgate, family) -> None:
    """With the gate whose card it is, and the fact."""
    fact = CATALOGUE["campaigns_redeemed"]
    term = Term(fact.name, fact.definition, bins=(Bin(0.0),))
    (family / "risk.json").write_bytes(written(Scorecard("risk", "leaving", -6.0, (term,))))
    policy = family / "sendgate.yaml"
    policy.write_text(policy.read_text().replace("gates:", "gates:\n  unsubscribe_risk: {card: risk.json}"))
    result = sendgate("plan", "plan.yaml", "--people", "people.csv", "--events", "events.csv")
    assert (result.exit_code, result.stdout) == (2, "")
    what = "gate `unsubscribe_risk` asks for `campaigns_redeemed`, which a plan cannot foresee"
    assert f"{what}: it counts each `campaign` of the messages once" in " ".join(result.stderr.split())


def test_a_list_with_times_of_its_own_is_refused(plan, sendgate, family) -> None:
    """In a plan the campaign says when."""
    (family / "audience.csv").write_text("person,at\nann,2026-03-01\n")
    result = sendgate("plan", "plan.yaml", "--people", "people.csv", "--events", "events.csv")
    assert result.exit_code == 2
    assert "`audience.csv` has times of its own in `at`" in result.stderr


def test_rejected_rows_change_the_status(plan, sendgate, family) -> None:
    """A bad row of one list is told, and the rest goes on."""
    (family / "by-address.csv").write_text("email\nann@x.example\nnobody\n")
    result = sendgate("plan", "plan.yaml", "--people", "people.csv", "--events", "events.csv")
    assert result.exit_code == 1
    assert "by-address.csv:3: `email` is not an email address: `nobody`" in result.stderr


@pytest.mark.parametrize(
    ("few", "stage"), [(0, "deciding: wave 1, 6 people left (0% done)"), (9, "deciding: 6 people left (0% done)")]
)
def test_a_terminal_shows_how_far_a_plan_is(small_plan, sendgate, monkeypatch, few, stage) -> None:
    """Which wave it is, how many people are left, and which campaign is told of."""
    told: list[str] = []

    @contextmanager
    def progress():
        yield told.append

    monkeypatch.setattr(planning, "FEW", few)
    monkeypatch.setattr(plan_command, "progress", progress)
    _told(sendgate)
    assert stage in told
    assert ("telling what became of every message: campaign 3 of 3" in told) is (few == 0)


def test_who_waits_is_counted_in_a_wave_of_its_own(small_plan, sendgate, monkeypatch) -> None:
    """Where many wait, tables count what they will know then, and it is told how many that are."""
    told: list[str] = []

    @contextmanager
    def progress():
        yield told.append

    (family_policy := small_plan.parent / "sendgate.yaml").write_text(
        family_policy.read_text().replace("{limit: 1, per: 10d}", "{limit: 1, per: 2h}")
    )
    monkeypatch.setattr(planning, "FEW", 0)
    monkeypatch.setattr(plan_command, "progress", progress)
    _told(sendgate)
    assert any(
        re.fullmatch(r"deciding: wave 1, counting what \d+ messages that wait will know", stage) for stage in told
    )
    assert any(stage.startswith("deciding: wave 2, ") for stage in told)
