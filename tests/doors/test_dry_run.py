"""``sendgate dry-run``."""

from __future__ import annotations

import csv
import json
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb
import pytest

from sendgate.doors.facts_at_hand import AtHand, Lists, at_hand
from sendgate.facts.kinds import HashShare, Now
from sendgate.model.times import parse_time

NOW = "2026-03-04T12:00:00Z"
AUDIENCE = ["person", "segment"]
COLUMNS = ["outcome", "gate", "reason", "detail", "until", "offer", "relevance", "unsubscribe_risk", "blocked_by"]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_row_of_the_audience_is_decided(rehearsed) -> None:
    """The output has the audience's own columns and the decision, in audience order."""
    assert rehearsed.exit_code == 0, rehearsed.stderr
    rows = _rows(rehearsed.folder / "out.csv")
    assert sorted(rows[0]) == sorted([*AUDIENCE, *COLUMNS])
    assert [(row["person"], row["segment"], row["outcome"], row["gate"]) for row in rows] == [
        ("ann", "a", "send", ""),
        ("bob", "b", "send", ""),
        ("cas", "c", "defer", "frequency"),
        ("dan", "d", "drop", "permission"),
        ("eve", "e", "drop", "permission"),
        ("ann", "again", "drop", "duplicate"),
    ]
    assert rows[2]["until"] == "2026-03-08T11:00:00Z"


def test_a_template_that_lacks_a_value_is_left_for_another_offer(rehearsed) -> None:
    """What a template requires of people is known when offers are chosen."""
    assert [row["offer"] for row in _rows(rehearsed.folder / "out.csv")][:2] == ["early", "ten-percent"]


def test_the_table_counts_outcomes_gates_and_offers(rehearsed) -> None:
    """Blocked, blocked alone, named, and what an observing gate would have done."""
    lines = [" ".join(line.split()) for line in rehearsed.stdout.splitlines()]
    assert any(line.startswith("send 2 33.3%") for line in lines)
    assert "permission 2 33.3% · 2" in lines
    assert "duplicate 1 16.7% 1 1" in lines
    assert "frequency 1 16.7% 1 1" in lines
    assert "balance observes 3" in lines
    assert "early 1 50.0%" in lines
    assert "6 rows = 6 decided + 0 rejected; read 4 people and 14 events" in lines


def test_samples_say_why_and_are_rendered(rehearsed) -> None:
    """Some rows are shown with their sentence, and as many messages rendered for real."""
    assert "viewed 1 time in 4 days" in rehearsed.stdout
    assert "rendered for real: 2 of 2 sends, all without fault" in rehearsed.stdout


def test_a_message_that_fails_in_one_branch_is_reported(small, sendgate) -> None:
    """Only rendering shows that a value is missing under a condition."""
    (small / "templates" / "ten.j2").write_text(
        "{% block subject %}Ten{% endblock %}{% block text %}You{% if person.tier == 'member' %}{{ person.nickname }}"
        "{% endif %}{% endblock %}"
    )
    text = " ".join(sendgate("dry-run", "duvets").stdout.split())
    assert "rendered for real: 2 of 2 sends, 1 cannot be written" in text
    assert "bob, ten-percent: the message cannot be written: `ten.j2` line 1: `person.nickname` is missing" in text


def test_without_samples_nothing_is_rendered(small, sendgate) -> None:
    """``--sample 0`` shows and renders nothing."""
    text = sendgate("dry-run", "duvets", "--sample", "0").stdout
    assert "for example" not in text
    assert "rendered" not in text


def test_rejected_rows_are_told_and_change_the_status(small, sendgate) -> None:
    """The rest goes on, the bad row is named with its line, and the status is 1."""
    with (small / "events.csv").open("a") as file:
        file.write("ann,viewed,yesterday,harbor,,,,,,\n")
    result = sendgate("dry-run", "duvets", "--out", "out.csv")
    assert result.exit_code == 1
    assert "events.csv:16: `at` is not an ISO 8601 time such as 2026-03-04T09:12: `yesterday`" in result.stderr
    assert "14 events (1 rejected)" in result.stdout
    assert len(_rows(small / "out.csv")) == 6


def test_what_is_odd_in_the_data_is_noted(rehearsed) -> None:
    """Strangers and repeated persons are told on standard error."""
    assert "note: persons in the audience whom no file knows: 1" in rehearsed.stderr
    assert "note: audience rows that repeat a person: 1" in rehearsed.stderr


def test_an_offer_whose_category_no_event_has_is_foolish(family, sendgate) -> None:
    """A misspelt category is legal, and found out by the data."""
    campaign = family / "campaigns" / "duvets.yaml"
    campaign.write_text(campaign.read_text().replace("category: home/bedding\n", "category: home/beding\n"))
    stderr = sendgate("dry-run", "duvets").stderr
    assert (
        "warning: campaigns/duvets.yaml: no event is in the category or on a product of offer `ten-percent`" in stderr
    )
    assert "offer `early`" not in stderr


def test_a_value_that_nobody_has_is_foolish(family, sendgate) -> None:
    """A template that needs what nobody has reaches nobody."""
    (family / "people.csv").write_text("person,email\nann,ann@x.example\n")
    stderr = sendgate("dry-run", "duvets").stderr
    assert "no person has `given_name` in this audience (the template of offer `early` asks for it)" in stderr


def test_a_value_that_no_condition_can_compare_is_told(family, sendgate) -> None:
    """Of `40 years` nobody knows whether it is at least 18, so that the condition keeps nobody out."""
    campaign = family / "campaigns" / "duvets.yaml"
    condition = "fits: [{attribute: age, at_least: 18}, {attribute: city, is: Rome}]\noffers:"
    campaign.write_text(campaign.read_text().replace("offers:", condition, 1))
    (family / "people.csv").write_text(
        "person,email,given_name,age,city\nann,ann@x.example,Ann,4 years,Rome\nbea,bea@x.example,Bea,44,Rome\n"
    )
    for _ in range(2):
        stderr = sendgate("dry-run", "duvets", "--facts", "facts.parquet").stderr
        assert (
            "warning: campaigns/duvets.yaml: values of `age` that are no numbers, and count as unknown: `4 years` (2) "
            "(`fits` of the campaign compares them)"
        ) in stderr
        assert "values of `city`" not in stderr


def test_a_brand_that_the_family_does_not_have_is_told(small, sendgate) -> None:
    """Who left `Harbor` has not left `harbor`, and would be written to; kept facts remember it."""
    with (small / "events.csv").open("a") as file:
        file.write("ann,unsubscribed,2026-03-01,Harbor,email,,,,,\n")
    for _ in range(2):
        stderr = sendgate("dry-run", "duvets", "--facts", "facts.parquet").stderr
        assert "warning: sendgate.yaml: events are of brands that the family does not have: `Harbor` (1)" in stderr


def test_a_tier_that_the_family_does_not_have_is_told(family, sendgate) -> None:
    """Where somebody in the audience has it, and a gate or an offer asks for tiers."""
    people = family / "people.csv"
    assert "the family does not have: `" not in sendgate("dry-run", "duvets").stderr
    people.write_text(people.read_text().replace("gold", "Gold"))
    stderr = sendgate("dry-run", "duvets").stderr
    assert "warning: sendgate.yaml: recipients have tiers that the family does not have: `Gold` (2)" in stderr


def test_foolish_settings_are_warned_of(small, sendgate) -> None:
    """Warnings of the policy stop nothing."""
    policy = small / "sendgate.yaml"
    policy.write_text(policy.read_text().replace("gates:\n", "gates:\n  permission: off\n"))
    result = sendgate("dry-run", "duvets")
    assert result.exit_code == 0
    assert (
        "warning: sendgate.yaml:10:3: gate `permission` is off: people who unsubscribed will get messages"
        in result.stderr
    )


def test_repeated_rows_that_would_be_sent_are_told(small, sendgate) -> None:
    """Where no gate stops them; rows with times of their own may be several messages."""
    policy = small / "sendgate.yaml"
    assert "counted as sent" not in sendgate("dry-run", "duvets").stderr
    policy.write_text(policy.read_text().replace("gates:\n", "gates:\n  duplicate: observe\n"))
    result = sendgate("dry-run", "duvets")
    assert result.exit_code == 0
    assert (
        "warning: campaigns/duvets.yaml: 1 row that repeats a person is counted as sent, because no gate stops it:"
        " `send` writes to a person once in a run\n" in result.stderr
    )
    (small / "audience.csv").write_text("person\ndan\ndan\n")
    assert sendgate("dry-run", "duvets").exit_code == 0, "nobody is sent anything"
    (small / "audience.csv").write_text(f"person,at\nann,{NOW}\nann,2026-03-04T13:00:00Z\n")
    assert "counted as sent" not in sendgate("dry-run", "duvets").stderr


def test_a_campaign_is_found_by_its_own_name(small, sendgate) -> None:
    """The ``name`` in the file works as well as the file's."""
    assert sendgate("dry-run", "spring-duvets", "--sample", "0").exit_code == 0
    assert sendgate("dry-run", "campaigns/duvets.yaml", "--sample", "0").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["duvetz"], "duvetz: there is no such campaign (did you mean `duvets`?)"),
        (["campaigns/duvetz.yaml"], "no such file (did you mean `campaigns/duvets.yaml`?)"),
        (["duvets", "--policy", "none.yaml"], "none.yaml: no such file"),
        (["duvets", "--out", "out.xlsx"], "has no extension that says its format"),
        (["duvets", "--out", "events.csv"], "--out would overwrite the input `events.csv`"),
        (["duvets", "--facts", "people.csv"], "--facts would overwrite the input `people.csv`"),
        (["duvets", "--out", "x.parquet", "--facts", "x.parquet"], "--facts would overwrite what --out writes"),
        (["duvets", "--out", "no/where.csv"], "there is no folder `no`"),
        (["duvets", "--facts", "facts.csv"], "expected a name that ends in .parquet"),
        (["duvets", "--now", "soon"], "expected a time such as 2026-03-04T09:00:00Z, not `soon`"),
        (["duvets", "--sample", "-1"], "-1 is not in the range"),
        (["duvets", "--people", "nobody.csv"], "`nobody.csv` cannot be read: no such file or directory"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_written(family, sendgate, words: list[str], said: str) -> None:
    """Status 2, one clear sentence, no output and no traceback."""
    before = {path: path.read_bytes() for path in family.rglob("*") if path.is_file()}
    result = sendgate("dry-run", *words, files="--now" not in words) if "--now" not in words else sendgate(
        "dry-run", "duvets", "--people", "people.csv", "--events", "events.csv", "--audience", "audience.csv",
        "--now", "soon", files=False,
    )  # fmt: skip
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert {path: path.read_bytes() for path in family.rglob("*") if path.is_file()} == before


def test_all_mistakes_of_policy_and_campaign_come_at_once(family, sendgate) -> None:
    """Each on a line of its own, with place and help."""
    (family / "sendgate.yaml").write_text(POLICY_WRONG)
    (family / "campaigns" / "duvets.yaml").write_text("name: x\nbrand: harbr\nchanel: email\n")
    result = sendgate("dry-run", "duvets")
    assert result.exit_code == 2
    told = result.stderr.splitlines()
    assert any(line.startswith("sendgate.yaml:5:3: ") and "did you mean `frequency`?" in line for line in told)
    assert any(line.startswith("campaigns/duvets.yaml:2:") and "did you mean `harbor`?" in line for line in told)
    assert any(line.startswith("campaigns/duvets.yaml:3:") and "did you mean `channel`?" in line for line in told)
    assert told[-1].endswith("in 2 files")


POLICY_WRONG = """\
family:
  name: x
  brands: {harbor: {}}
gates:
  frequencies: on
"""


def test_a_broken_template_is_found_before_anybody_is_decided_about(family, sendgate) -> None:
    """Templates are part of the configuration."""
    (family / "templates" / "ten.j2").write_text("{% block subject %}{{ person.x ")
    result = sendgate("dry-run", "duvets")
    assert result.exit_code == 2
    assert "templates/ten.j2:1: " in result.stderr


def test_shipped_templates_serve_a_family_without_its_own(small, sendgate) -> None:
    """Without a folder ``templates`` beside the policy, those that come along are used."""
    for path in (small / "templates").iterdir():
        path.unlink()
    (small / "templates").rmdir()
    campaign = small / "campaigns" / "duvets.yaml"
    campaign.write_text(campaign.read_text().replace("ten.j2", "offer.j2"))
    assert "rendered for real: 2 of 2 sends, all without fault" in sendgate("dry-run", "duvets").stdout


# Kept facts -------------------------------------------------------------------------------------------------------


def _under(family: Path, name: str, *, at_least: float, share: float = 0) -> str:
    text = (family / "sendgate.yaml").read_text().replace("relevance: off", f"relevance: {{at_least: {at_least}}}")
    text = text.replace("holdout: off", f"holdout: {{share: {share}, salt: s}}") if share else text
    (family / name).write_text(text)
    return name


def test_kept_facts_give_the_same_decisions(kept, sendgate) -> None:
    """A second run takes everything from the file, and writes the same rows."""
    second = sendgate("dry-run", "duvets", "--facts", "facts.parquet", "--out", "second.csv")
    assert kept.exit_code == second.exit_code == 0
    assert "facts computed, and kept in facts.parquet" in kept.stderr
    assert "facts were kept in facts.parquet: people and events were not read" in second.stderr
    assert (kept.folder / "out.csv").read_bytes() == (kept.folder / "second.csv").read_bytes()
    assert "6 rows = 6 decided + 0 rejected; read 4 people and 14 events" in second.stdout


def test_kept_facts_are_those_of_the_file_that_was_named(small, sendgate) -> None:
    """A file whose name looks like a pattern is not mistaken for another that the pattern would match."""
    sendgate("dry-run", "duvets", "--facts", "facts[1].parquet", "--out", "a.csv")
    sendgate("dry-run", "duvets", "--out", "facts1.parquet")
    kept = sendgate("dry-run", "duvets", "--facts", "facts[1].parquet", "--out", "b.csv")
    assert "people and events were not read" in kept.stderr
    assert (small / "a.csv").read_bytes() == (small / "b.csv").read_bytes()


def test_kept_facts_always_say_the_decision_time(small) -> None:
    """Samples are rendered at it, whether or not a gate asks for it."""
    for _ in ("computed", "kept"):
        with _little(small) as hand:
            assert {moment for (moment,) in hand.run.engine.fetch(hand.facts.select(Now().key))} == {parse_time(NOW)}


def _little(family: Path) -> AbstractContextManager[AtHand]:
    """Have a fact of everybody at hand, and keep it, as a dry run does with what its gates ask for."""
    files = Lists(Path("audience.csv"), [Path("people.csv")], [Path("events.csv")])
    return at_hand(frozenset({HashShare("a")}), files, parse_time(NOW), family / "facts.parquet", lambda _: None)


def test_another_policy_over_kept_facts_decides_as_if_all_were_read(kept, sendgate) -> None:
    """Under a stricter policy the kept facts give what the files give."""
    strict = _under(kept.folder, "strict.yaml", at_least=5)
    again = sendgate("dry-run", "duvets", "--facts", "facts.parquet", "--policy", strict, "--out", "kept.csv")
    sendgate("dry-run", "duvets", "--policy", strict, "--out", "read.csv")
    assert "people and events were not read" in again.stderr
    assert (kept.folder / "kept.csv").read_bytes() == (kept.folder / "read.csv").read_bytes()
    assert (kept.folder / "kept.csv").read_bytes() != (kept.folder / "out.csv").read_bytes()


def test_missing_facts_are_computed_and_kept_too(kept, sendgate) -> None:
    """A gate that needs more adds its facts to the file."""
    shutil.copy("facts.parquet", "more.parquet")
    other = _under(kept.folder, "other.yaml", at_least=1, share=0.4)
    added = sendgate("dry-run", "duvets", "--facts", "more.parquet", "--policy", other, "--out", "added.csv")
    again = sendgate("dry-run", "duvets", "--facts", "more.parquet", "--policy", other)
    sendgate("dry-run", "duvets", "--policy", other, "--out", "all.csv")
    assert "; 1 was missing, computed, and kept there too" in added.stderr
    assert "people and events were not read" in again.stderr
    assert (kept.folder / "added.csv").read_bytes() == (kept.folder / "all.csv").read_bytes()


def test_kept_facts_remember_what_was_rejected(small, sendgate) -> None:
    """The account and the exit status are those of the run that read the files."""
    with (small / "audience.csv").open("a") as file:
        file.write(",nobody\n")
    first = sendgate("dry-run", "duvets", "--facts", "facts.parquet")
    second = sendgate("dry-run", "duvets", "--facts", "facts.parquet")
    assert first.exit_code == second.exit_code == 1
    assert "audience.csv:8: `person` is empty" in second.stderr
    assert "7 rows = 6 decided + 1 rejected" in second.stdout


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda family: (family / "events.csv").write_text("person,kind,at\n"), "events.csv` has changed since"),
        (lambda family: (family / "audience.csv").rename(family / "moved.csv"), "cannot be read"),
    ],
)
def test_facts_of_other_files_are_refused(small, sendgate, change, why: str) -> None:
    """What was computed from something else is not used, and not overwritten."""
    with _little(small):
        before = (small / "facts.parquet").read_bytes()
    change(small)
    result = sendgate("dry-run", "duvets", "--facts", "facts.parquet")
    assert result.exit_code == 2
    assert why in result.stderr
    assert (small / "facts.parquet").read_bytes() == before


def test_facts_of_another_time_are_refused(kept, sendgate) -> None:
    """A window of seven days holds for one moment only."""
    files = ["--audience", "audience.csv", "--people", "people.csv", "--events", "events.csv"]
    other = sendgate("dry-run", "duvets", *files, "--facts", "facts.parquet", "--now", "2026-04-01", files=False)
    same = sendgate("dry-run", "duvets", *files, "--facts", "facts.parquet", files=False)
    assert other.exit_code == 2
    assert "they hold for another time" in other.stderr
    assert same.exit_code == 0, "without --now, the time of the kept facts holds"
    assert "as of 2026-03-04 12:00 UTC" in same.stdout


METADATA = {
    "none": {},
    "an earlier layout": {"layout": 0},
    "no origin": {"layout": 1},
    "another account": {"layout": 1, "origin": {"now": 1.0, "files": {}, "made_by": "0"}, "account": {"lines": 3}},
}
"""What may stand under our key in a file that is not ours, or no longer."""


@pytest.mark.parametrize("told", METADATA.values(), ids=METADATA)
def test_a_parquet_file_of_something_else_is_no_file_of_facts(family, sendgate, told) -> None:
    """Without our metadata, or with those of another version, it is refused by name, and left as it is."""
    metadata = f", kv_metadata {{sendgate: '{json.dumps(told)}'}}" if told else ""
    duckdb.sql(f"copy (select 1 as row) to '{family / 'other.parquet'}' (format parquet{metadata})")
    before = (family / "other.parquet").read_bytes()
    result = sendgate("dry-run", "duvets", "--facts", "other.parquet")
    assert result.exit_code == 2
    assert "`other.parquet` is not a file of facts that this version of sendgate has kept" in result.stderr
    assert (family / "other.parquet").read_bytes() == before


def test_rows_with_their_own_time_are_said_to_have_it(small, sendgate) -> None:
    """The heading does not claim one moment for all, and samples are rendered each at its own."""
    (small / "audience.csv").write_text("person,at\nann,2026-03-04T12:00:00Z\nann,2023-02-01T12:00:00Z\n")
    result = sendgate("dry-run", "duvets", "--facts", "facts.parquet", "--out", "out.jsonl")
    assert "each row at its own time" in result.stdout
    assert "each row at its own time" in sendgate("dry-run", "duvets", "--facts", "facts.parquet").stdout
    rows = [json.loads(line) for line in (small / "out.jsonl").read_text().splitlines()]
    assert [row["outcome"] for row in rows] == ["send", "drop"]


def test_a_card_decides_where_the_campaign_asks_for_no_attribute(small, sendgate) -> None:
    """Nothing is then looked for that nobody in the audience might have."""
    (small / "templates" / "ten.j2").write_text("{% block subject %}Ten{% endblock %}{% block text %}10{% endblock %}")
    policy = small / "sendgate.yaml"
    policy.write_text(policy.read_text().replace("relevance: off", "relevance: {card: evidence, at_least: 0.01}"))
    result = sendgate("dry-run", "duvets")
    assert (result.exit_code, result.exception) == (0, None), result.stderr


def test_one_of_a_thing_is_told_as_one(small, sendgate) -> None:
    """Accounts are read by people."""
    (small / "people.csv").write_text("person,email\nann,ann@x.example\n")
    (small / "events.csv").write_text("person,kind,at\nann,subscribed,2026-01-01\n")
    (small / "audience.csv").write_text("person\nann\n")
    assert "1 row = 1 decided + 0 rejected; read 1 person and 1 event\n" in sendgate("dry-run", "duvets").stdout
