"""``sendgate import`` and ``sendgate export``."""

from __future__ import annotations

import json

import pytest

from sendgate.errors import StoreError
from sendgate.stores.sqlite import SqliteStore
from sendgate.wiring.house import House


def profile(sendgate, who: str) -> dict:
    """Give what the store has of somebody."""
    return json.loads(sendgate("profile", who, "--json").stdout)


def test_people_and_events_are_there_afterwards(shop, sendgate) -> None:
    """Addresses are normalised, and events that are alike in one file are as many as there were."""
    (shop / "more.csv").write_text("person,email,tier\nzoe, ZOE@X.example ,gold\n")
    result = sendgate("import", "--people", "more.csv")
    assert (result.exit_code, result.stdout) == (
        0, "people: 1 written\nevents: 0 new\n1 row = 1 person + 0 events + 0 rejected\n",
    )  # fmt: skip
    assert profile(sendgate, "zoe@x.example")["attributes"] == {"email": "zoe@x.example", "tier": "gold"}
    assert [event["kind"] for event in profile(sendgate, "p0")["events"]] == ["viewed", "viewed"]


def test_the_same_files_again_change_nothing(shop, sendgate) -> None:
    """Events without an id have one by their content, in whatever order they stand."""
    (shop / "events.csv").write_text(
        "at,person,kind\n2026-01-01,p0,viewed\n2026-01-01,p5,unsubscribed\n2026-01-01T00:00:00Z,p0,viewed\n"
    )
    result = sendgate("import", "--events", "events.csv", "--people", "people.csv")
    assert "events: 0 new, 3 there already" in result.stdout
    assert len(profile(sendgate, "p0")["events"]) == 2


def test_a_file_that_overlaps_with_another_adds_what_is_new(shop, sendgate) -> None:
    """What stands in two files is one event; what stands three times in one is three."""
    (shop / "later.csv").write_text("person,kind,at\n" + "p0,viewed,2026-01-01\n" * 3)
    result = sendgate("import", "--events", "later.csv", "--events", "events.csv")
    assert "events: 1 new, 5 there already" in result.stdout
    assert len(profile(sendgate, "p0")["events"]) == 3


def test_a_brand_that_the_family_does_not_have_is_told(shop, sendgate) -> None:
    """Who left it has not left the one that is meant, and would be written to."""
    (shop / "later.csv").write_text("person,kind,at,brand\np0,unsubscribed,2026-02-01,HARBOR\n")
    result = sendgate("import", "--events", "later.csv")
    assert result.exit_code == 0
    assert "warning: sendgate.yaml: events are of brands that the family does not have: `HARBOR` (1)" in result.stderr


def test_an_id_of_the_file_counts(shop, sendgate) -> None:
    """Whatever else is said of the event the second time."""
    for at in ("2026-02-01", "2026-02-02"):
        (shop / "ids.csv").write_text(f"person,kind,at,id\np1,viewed,{at},e-1\n")
        sendgate("import", "--events", "ids.csv")
    assert [(event["at"], event["id"]) for event in profile(sendgate, "p1")["events"]] == [
        ("2026-02-01T00:00:00Z", "e-1")
    ]


def test_rejected_rows_are_told_and_the_rest_goes_in(shop, sendgate) -> None:
    """With file and line; the exit status says so."""
    (shop / "bad.csv").write_text("person,kind,at\np1,viewed,2026-02-01\np1,viewed,soon\n,viewed,2026-02-01\n")
    result = sendgate("import", "--events", "bad.csv")
    assert result.exit_code == 1
    assert "bad.csv:3: `at` is not an ISO 8601 time such as 2026-03-04T09:12: `soon`" in result.stderr
    assert "bad.csv:4: `person` is empty" in result.stderr
    assert "3 rows = 0 people + 1 event + 2 rejected" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nothing to import: give --people, --events, or both"),
        (["--events", "events.csv", "--people", "nobody.csv"], "`nobody.csv` cannot be read"),
        (["--events", "people.csv"], "`people.csv` has no column `kind`"),
        (["--people", "events.csv"], "`events.csv` holds events, and not people: it has the columns `kind` and `at`"),
        (["--events", "events.csv", "--policy", "no.yaml"], "no.yaml"),
    ],
)
def test_nothing_is_written_where_a_file_is_wrong(shop, sendgate, words, said) -> None:
    """All files are looked at before anything is done."""
    before = profile(sendgate, "p0")
    result = sendgate("import", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert profile(sendgate, "p0") == before


def test_who_was_forgotten_stays_out(shop, sendgate) -> None:
    """Under the old id, and under a new one with the old address; what happened to them as well."""
    assert sendgate("forget", "p1", "--yes").exit_code == 0
    (shop / "back.csv").write_text("person,email,given_name\np1,,Pat\nnew,P1@x.example,Pat\nann,ann@x.example,Ann\n")
    (shop / "backs.csv").write_text(
        "person,kind,at\np1,viewed,2026-02-01\nnew,viewed,2026-02-01\nann,viewed,2026-02-01\n"
    )
    for _ in range(2):
        result = sendgate("import", "--people", "back.csv", "--events", "backs.csv")
        assert "people: 1 written, 2 left out, because they or an address of theirs were forgotten" in result.stdout
    assert "events: 0 new, 3 there already, or of people who are left out" in result.stdout
    with House(shop / "sendgate.yaml") as house:
        assert [person.person for person in house.store.people()] == ["ann", "p0", "p2", "p3", "p4", "p5"]
        assert house.store.load("new").forgotten


def test_who_shares_an_address_with_somebody_forgotten_is_counted_and_named(shop, sendgate, monkeypatch) -> None:
    """The account adds up; only who was left out is looked at, and whoever is known is kept as they were."""
    people = "person,email,given_name\nann,us@x.example,Ann\nben,us@x.example,Ben\n"
    (shop / "two.csv").write_text(people)
    sendgate("import", "--people", "two.csv")
    sendgate("forget", "ann", "--yes")
    (shop / "two.csv").write_text(people.replace("Ben", "Benno") + "cas,cas@x.example,Cas\n")
    loads = []
    load = SqliteStore.load
    monkeypatch.setattr(SqliteStore, "load", lambda self, person: loads.append(person) or load(self, person))
    result = sendgate("import", "--people", "two.csv", "--events", "events.csv")
    assert "people: 1 written, 2 left out" in result.stdout
    assert "6 rows = 3 people + 3 events + 0 rejected" in result.stdout
    assert sorted(loads) == ["ann", "ben"]
    assert "left as they were" in result.stderr
    assert "`ben`;" in result.stderr
    assert profile(sendgate, "ben")["attributes"]["given_name"] == "Ben"


def test_an_import_that_was_stopped_is_begun_again(shop, sendgate, monkeypatch) -> None:
    """What was written stays, and in the end everything is there once; unsubscribes come before addresses."""
    (shop / "sendgate.db").unlink()
    monkeypatch.setattr("sendgate.audience.importing._AT_ONCE", 2)
    record, calls = SqliteStore.record, []

    def dies(self, happenings):
        calls.append(happenings)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return record(self, happenings)

    with monkeypatch.context() as patched:
        patched.setattr(SqliteStore, "record", dies)
        result = sendgate("import", "--people", "people.csv", "--events", "events.csv")
    assert result.exit_code == 130
    assert "the same command again writes the rest. Send nothing before it has" in result.stderr
    with House(shop / "sendgate.yaml") as house:
        assert not any(person.known for person in house.store.people())
    result = sendgate("import", "--people", "people.csv", "--events", "events.csv")
    assert "people: 6 written\nevents: 1 new, 2 there already" in result.stdout


def test_a_store_that_fails_stops_the_import(shop, sendgate, monkeypatch) -> None:
    """With the reason, and status 2."""

    def fails(self, people):
        raise StoreError("the disk is full")

    monkeypatch.setattr(SqliteStore, "remember", fails)
    result = sendgate("import", "--people", "people.csv")
    assert (result.exit_code, result.stderr) == (2, "sendgate: the disk is full\n")


def test_many_are_written_in_parts(shop, sendgate, monkeypatch) -> None:
    """However many there are, no transaction and no list is longer than a part."""
    monkeypatch.setattr("sendgate.audience.importing._AT_ONCE", 7)
    monkeypatch.setattr("sendgate.audience.streams._AT_ONCE", 3)
    (shop / "many.csv").write_text("person,email\n" + "".join(f"q{n},q{n}@x.example\n" for n in range(50)))
    (shop / "much.csv").write_text(
        "person,kind,at\n" + "".join(f"q{n % 50},viewed,2026-01-{1 + n % 28:02}\n" for n in range(300))
    )
    result = sendgate("import", "--people", "many.csv", "--events", "much.csv")
    assert "people: 50 written\nevents: 300 new" in result.stdout


# Back to files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_what_is_exported_and_imported_again_is_the_same(shop, sendgate, form) -> None:
    """People, events and what was sent; a new store gives the same decisions."""
    (shop / "odd.csv").write_text(
        "person,email,phone,given_name,note,Note 2,at,attributes\n"
        'odd,odd@x.example,+4915112345678,"Zoë\n""Z""",12.50,"a,b",home,few\n'
    )
    (shop / "odds.csv").write_text(
        "person,kind,at,category,price,discount,id\nodd,purchased,2026-01-02T03:04:05.678901Z,a/b,9.90,1.5,e\n"
    )
    sendgate("import", "--people", "odd.csv", "--events", "odds.csv")
    sendgate("send", "hello", "--audience", "audience.csv")
    everybody = [f"p{n}" for n in range(6)] + ["odd"]
    before = {who: profile(sendgate, who) for who in everybody}
    decided = _dry_run(shop, sendgate, "again", form)
    (shop / "sendgate.db").unlink()
    result = sendgate("import", "--people", f"out-{form}/people.{form}", "--events", f"out-{form}/events.{form}")
    assert result.exit_code == 0, result.stderr
    for who in everybody:
        there = profile(sendgate, who)
        assert there["attributes"] == before[who]["attributes"]
        sent = [m["key"] for m in before[who]["messages"] if m["state"] == "sent"]
        assert [e for e in there["events"] if e["id"] not in sent] == before[who]["events"]
        assert [e["id"] for e in there["events"] if e["kind"] == "sent"] == sent
    assert _dry_run(shop, sendgate, "again", f"{form}", folder="back") == decided
    again = json.loads(sendgate("send", "hello", "--audience", "audience.csv", "--json").stdout)
    assert (again["sent"], again["reasons"][0]["reason"]) == (0, "duplicate.already_sent")


def _dry_run(shop, sendgate, campaign: str, form: str, folder: str = "out") -> str:
    assert sendgate("export", f"{folder}-{form}", "--format", form).exit_code == 0
    files = [f"--{name}={folder}-{form}/{name}.{form}" for name in ("people", "events")]
    result = sendgate(
        "dry-run", campaign, "--audience", "audience.csv", *files, "--now", "2027-01-01", "--out", "d.csv", files=False
    )
    assert result.exit_code == 0, result.stderr
    return (shop / "d.csv").read_text()


def test_a_spreadsheet_runs_nothing_of_an_export(shop, sendgate) -> None:
    """In CSV a text that looks like a formula gets an apostrophe, phone numbers stay, and it is said."""
    (shop / "evil.csv").write_text("person,phone,given_name\nevil,+4915112345678,=HYPERLINK()\n")
    sendgate("import", "--people", "evil.csv")
    result = sendgate("export", "out", "--format", "csv")
    assert "evil,,+4915112345678,'=HYPERLINK()" in (shop / "out" / "people.csv").read_text()
    assert "text that a spreadsheet would run as a formula, which has an apostrophe in front: 1." in result.stderr
    sendgate("export", "exact", "--format", "jsonl")
    assert '"=HYPERLINK()"' in (shop / "exact" / "people.jsonl").read_text()


def test_an_export_writes_over_nothing(shop, sendgate) -> None:
    """A second one into the same folder is refused."""
    assert sendgate("export", "out").exit_code == 0
    before = (shop / "out" / "people.parquet").read_bytes()
    result = sendgate("export", "out")
    assert result.exit_code == 2
    assert "is there already: nothing was written" in result.stderr
    assert (shop / "out" / "people.parquet").read_bytes() == before


def test_an_empty_store_gives_empty_files(shop, sendgate) -> None:
    """Which can be read again."""
    (shop / "sendgate.db").unlink()
    assert "0 people and 0 events" in sendgate("export", "out", "--format", "csv").stdout
    assert (shop / "out" / "people.csv").read_text() == "person\n"


def test_who_is_known_by_events_only_is_in_no_list_of_people(shop, sendgate) -> None:
    """An export and an import make nobody known who was not."""
    (shop / "stranger.csv").write_text("person,kind,at\nstranger,viewed,2026-01-01\n")
    sendgate("import", "--events", "stranger.csv")
    sendgate("export", "out", "--format", "csv")
    assert "stranger" not in (shop / "out" / "people.csv").read_text()
    assert "stranger,viewed" in (shop / "out" / "events.csv").read_text()


def test_attributes_that_differ_in_case_are_one_column(shop, sendgate) -> None:
    """Because no file may name a column twice."""
    for name in ("colour", "Colour"):
        (shop / "c.csv").write_text(f"person,{name}\n{name},red\n")
        sendgate("import", "--people", "c.csv")
    sendgate("export", "out", "--format", "csv")
    text = (shop / "out" / "people.csv").read_text()
    assert text.splitlines()[0].lower().count("colour") == 1
    assert text.count("red") == 2


# A dry run over the store -----------------------------------------------------------------------------------------


def test_a_dry_run_over_the_store_is_one_over_its_files(shop, sendgate) -> None:
    """What was sent counts, as it would in a real run."""
    sendgate("send", "hello", "--audience", "audience.csv")
    words = ("--audience", "audience.csv", "--now", "2027-01-01")
    result = sendgate("dry-run", "hello", "--from-store", *words, "--out", "stored.csv", files=False)
    assert result.exit_code == 0, result.stderr
    sendgate("export", "out")
    files = [f"--{name}=out/{name}.parquet" for name in ("people", "events")]
    sendgate("dry-run", "hello", *files, *words, "--out", "files.csv", files=False)
    assert (shop / "stored.csv").read_text() == (shop / "files.csv").read_text()
    assert (shop / "stored.csv").read_text().count("duplicate.already_sent") == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give --people and --events, or --from-store"),
        (["--people", "people.csv"], "give --people and --events, or --from-store"),
        (["--from-store", "--events", "events.csv"], "give --people and --events, or --from-store"),
        (["--from-store", "--facts", "facts.parquet"], "--facts keeps what was computed from files"),
        (["--from-store", "--policy", "elsewhere.yaml"], "the store knows nobody: bring people and events in"),
    ],
)
def test_a_dry_run_needs_files_or_the_store(shop, sendgate, words, said) -> None:
    """Not both, not half, and not an empty store."""
    policy = (shop / "sendgate.yaml").read_text()
    (shop / "elsewhere.yaml").write_text(policy + "store: sqlite:///other.db\n")
    result = sendgate("dry-run", "hello", "--audience", "audience.csv", *words, files=False)
    assert result.exit_code == 2
    assert said in result.stderr
