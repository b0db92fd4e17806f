"""A plan's file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sendgate.errors import ConfigurationError
from sendgate.model.times import DAY, HOUR, parse_time
from sendgate.policy.plan_file import Choose
from sendgate.policy.schema import plan_schema
from sendgate.wiring.settings import read_plan_setting
from tests.unit.policy.test_schema import fits

THANKS = "name: thanks\nbrand: harbor\nchannel: email\npurpose: relationship\noffers: [{name: card}]\n"
PLAN = """\
campaigns:
  - {campaign: duvets, at: 2026-03-05T17:00Z, audience: lists/all.csv, priority: 2}
  - {campaign: campaigns/thanks.yaml, at: 2026-03-04, audience: lists/all.csv, value: 5}
horizon: 12h
choose: best
"""


@pytest.fixture
def folder(example: Path, write) -> Path:
    """The example of the reference with a second campaign and a list."""
    for path in ("sendgate.yaml", "campaigns/duvets.yaml"):  # templates are not what is tried here
        text = (example / path).read_text()
        write(path, re.sub(r"[^\S\n]*template: duvets.j2|, template: duvets.j2", "", text))
    write("campaigns/thanks.yaml", THANKS)
    write("lists/all.csv", "person\nann\n")
    return example


def read(folder: Path, text: str):
    """Read a plan."""
    (folder / "plan.yaml").write_text(text)
    return read_plan_setting(folder / "plan.yaml", folder / "sendgate.yaml")


def mistakes(folder: Path, text: str) -> list[str]:
    """Give what is wrong with a plan."""
    with pytest.raises(ConfigurationError) as found:
        read(folder, text)
    return [str(mistake).replace(f"{folder}/", "") for mistake in found.value.mistakes]


def test_a_plan_is_read_in_order_of_time(folder) -> None:
    """Campaigns by path and by name, with their times, weights and lists."""
    found = read(folder, PLAN)
    first, second = found.schedule.slots
    assert [campaign.name for campaign in found.campaigns] == ["thanks", "spring-duvets"]
    assert (first.at, first.value, first.priority) == (parse_time("2026-03-04"), 5.0, 1.0)
    assert (second.priority, second.audience) == (2.0, folder / "lists/all.csv")
    assert found.schedule.until == parse_time("2026-03-05T17:00Z") + 12 * HOUR
    assert found.schedule.choose is Choose.BEST
    assert [entry.name for entry in found.calendar.entries] == ["thanks", "spring-duvets"]


def test_defaults(folder) -> None:
    """A week for what waits, and first come, first served."""
    found = read(folder, "campaigns: [{campaign: duvets, at: 2026-03-05, audience: lists/all.csv}]")
    assert found.schedule.until == parse_time("2026-03-05") + 7 * DAY
    assert found.schedule.choose is Choose.FIRST
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("campaign: duvets", "campaign: duvetz", "plan.yaml:2:16: there is no campaign `duvetz` (did you mean"),
        ("campaigns/thanks.yaml", "thanks.yaml", "plan.yaml:3:16: there is no campaign `thanks.yaml`"),
        ("campaigns/thanks.yaml", "campaigns/thank.yml", "(did you mean `campaigns/thanks.yaml`?)"),
        ("campaigns/thanks.yaml", "campaigns/x.yaml", "(relative to this file, or the name of a campaign"),
        ("lists/all.csv, value", "lists/al.csv, value", "`lists/al.csv` (did you mean `lists/all.csv`?)"),
        ("lists/all.csv, value", "all.csv, value", "plan.yaml:3:65: there is no file `all.csv` (relative to"),
        ("at: 2026-03-04,", "at: soon,", "`at` cannot be `soon`: expected a time such as 2026-03-04T09:00:00Z"),
        ("priority", "priorty", "unknown key `priorty` (did you mean `priority`?)"),
        ("priority: 2", "priority: -1", "`priority` must be a number, at least 0, not `-1`"),
        ("value: 5", "value: much", "`value` must be a number, at least 0, not `much`"),
        ("choose: best", "choose: bset", "`choose` must be `first` or `best`, not `bset` (did you mean `best`?)"),
        ("horizon: 12h", "horizon: 12", "`horizon` cannot be `12`: expected a number and a unit"),
        ("campaigns:", "campains:", "unknown key `campains` (did you mean `campaigns`?)"),
        (", audience: lists/all.csv, priority: 2", "", "`audience` is missing"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(folder, old: str, new: str, said: str) -> None:
    """In the words of every settings file."""
    (told,) = mistakes(folder, PLAN.replace(old, new, 1))
    assert said in told
    assert told.startswith("plan.yaml:")


def test_mistakes_of_all_files_come_at_once(folder, write) -> None:
    """Of the policy, the plan, and campaigns that are named."""
    write("campaigns/thanks.yaml", THANKS.replace("brand: harbor", "brand: harbr"))
    write("sendgate.yaml", (folder / "sendgate.yaml").read_text() + "provder: x\n")
    told = mistakes(folder, PLAN.replace("choose: best", "choose: bset"))
    assert [line.partition(":")[0] for line in told] == ["sendgate.yaml", "plan.yaml", "campaigns/thanks.yaml"]


def test_too_many_campaigns_are_refused(folder) -> None:
    """The ways to choose double with each."""
    entry = "  - {campaign: duvets, at: 2026-03-05, audience: lists/all.csv}\n"
    (told,) = mistakes(folder, "campaigns:\n" + entry * 17)
    assert "17 campaigns are too many for one plan: at most 16" in told


def test_no_file_and_no_campaigns(folder) -> None:
    """An empty plan is no plan."""
    assert "`campaigns` must be a list of 1 or more, not an empty list" in mistakes(folder, "campaigns: []")[0]
    with pytest.raises(ConfigurationError, match="no such file"):
        read_plan_setting(folder / "none.yaml", folder / "sendgate.yaml")


def test_a_foolish_plan_is_warned_of(folder, write) -> None:
    """A campaign that is planned twice; thanks that are worth nothing; worths that cannot be compared."""
    valued = (folder / "campaigns/duvets.yaml").read_text().replace("name: spring-duvets", "name: valued")
    write("campaigns/valued.yaml", valued.replace("price: 129.00", "price: 129.00\n    value: 40"))
    entries = [("duvets", 1), ("duvets", 2), ("thanks", 3), ("valued", 4)]
    lines = [f"  - {{campaign: {name}, at: 2026-03-0{day}, audience: lists/all.csv}}" for name, day in entries]
    found = read(folder, "\n".join(["choose: best", "campaigns:", *lines]))
    told = [str(warning) for warning in found.warnings]
    assert len(told) == 3
    assert "plan.yaml:4:5: this campaign is planned twice" in told[0]
    assert "plan.yaml:5:16: messages without evidence are worth nothing in the choice" in told[1]
    assert "their worths differ in kind" in told[2]
    assert len(read(folder, "\n".join(["choose: first", "campaigns:", *lines])).warnings) == 1


def test_the_schema_accepts_what_the_loader_accepts(folder) -> None:
    """Editors complete plans."""
    (folder / "plan.yaml").write_text(PLAN)
    assert fits(folder / "plan.yaml", plan_schema())
    (folder / "plan.yaml").write_text(PLAN.replace("priority", "priorty"))
    assert not fits(folder / "plan.yaml", plan_schema())
