"""People files: attributes as text, addresses normalised, the first row of a person counts."""

import pytest

from sendgate.audience import open_run
from sendgate.errors import InputError
from sendgate.model.people import COLUMNS


def _attributes(folder, people, person="p1", **options):
    with folder.open(people=people, **options) as run:
        return dict(run.profile(person).attributes), run.account


def test_every_column_is_an_attribute(folder):
    """Columns with a meaning of their own are found in any case; others keep their spelling."""
    attributes, account = _attributes(folder, "Person,EMAIL,tier,Shoe Size,rejected\np1, Ann@X.example ,gold, 42 ,no\n")
    assert attributes == {"email": "ann@x.example", "tier": "gold", "Shoe Size": "42", "rejected": "no"}
    assert account.warnings == ()


def test_a_column_that_is_almost_one_with_a_meaning_is_told(folder):
    """Nobody would have an address, or a zone, and nothing would say why; where the right one is there, it is meant."""
    _, account = _attributes(folder, "person,e-mail,Time Zone,tier,tiers,family_size\np1,a@x.example,UTC,gold,3,4\n")
    (told,) = account.warnings
    assert told.endswith(
        "people.csv: columns that are read as attributes like any other: `e-mail`, `Time Zone`;"
        " did you mean `email`, `timezone`?"
    )


def test_own_columns_are_there_even_where_no_file_has_them(folder, rows_of):
    """The tables have a column for each, empty."""
    with folder.open(people="person\np1\n", audience="person\np1\n") as run:
        (row,) = rows_of(run.tables.rows)
    assert {name: row[f"person.{name}"] for name in COLUMNS} == dict.fromkeys(COLUMNS, "")


def test_only_wanted_attributes_are_read(folder, rows_of):
    """What nobody asks for costs nothing; a wanted attribute that nobody has is empty."""
    people = "person,email,age,tier,Size\np1,a@x.example,12,gold,4\n"
    with folder.open(people=people, audience="person\np1\n", attributes={"age", "height", "size"}) as run:
        (row,) = rows_of(run.tables.rows)
    found = {name: value for name, value in row.items() if name.startswith("person.")}
    assert found == {
        "person.email": "a@x.example", "person.phone": "", "person.age": "12", "person.height": "", "person.size": "4",
    }  # fmt: skip


def test_a_misspelt_timezone_is_told_with_the_nearest(folder):
    """A whole town is written to at night for want of a letter."""
    people = "person,timezone\np1,Moon/Base\np2,Europe/Lundon\np3,Europe/Lundon\np4,Europe/Berlin\n"
    with folder.open(people=people) as run:
        (said,) = run.account.warnings
    told = "people whose timezone does not exist, taken as unknown: `Europe/Lundon` (2), `Moon/Base` (1)"
    assert said == f"{told}; did you mean `Europe/London`?"


def test_what_is_not_valid_is_unknown_and_counted(folder):
    """The person stays; nobody writes to an address that is none, or guesses the time."""
    people = (
        "person,email,phone,timezone,locale\n"
        "p1,ann@@x,abc,Mars/Olympus,\n"
        "p2,b@x.example,0151 23456789,europe/berlin,de_DE\n"
        "p3,o'b@Bücher.example,+1 555 234 5678,,\n"
        "p4,,0151 23456789,,\n"
    )
    with folder.open(people=people) as run:
        profiles = {person: dict(run.profile(person).attributes) for person in ("p1", "p2", "p3", "p4")}
        assert run.account.invalid == {"email": 1, "phone": 2, "timezone": 1}
        assert "people whose phone is not valid, taken as unknown: 2" in run.account.warnings
        assert "people whose timezone does not exist, taken as unknown: `Mars/Olympus` (1)" in run.account.warnings
        assert run.account.rejected == 0
    assert profiles == {
        "p1": {},
        "p2": {"email": "b@x.example", "phone": "+4915123456789", "timezone": "Europe/Berlin", "locale": "de_DE"},
        "p3": {"email": "o'b@xn--bcher-kva.example", "phone": "+15552345678"},
        "p4": {},
    }


def test_the_first_row_of_a_person_counts(folder, now):
    """Later ones are rejected with their line, across files."""
    first = folder.write("1.csv", "person,tier\np1,gold\n,silver\np1,silver\n")
    second = folder.parquet("2.parquet", "select unnest(['p2', 'p1']) as person, 'member' as TIER, 7.0 as age")
    with open_run(now=now, people=[first, second]) as run:
        assert run.profile("p1")["tier"] == "gold"
        assert run.profile("p2").attributes == {"tier": "member", "age": "7"}
        assert [(r.file, r.line, r.reason) for r in run.account.rejections] == [
            (str(first), 3, "`person` is empty"),
            (str(first), 4, "person `p1` stands further up already; the first row counts"),
            (str(second), 2, "person `p1` stands further up already; the first row counts"),
        ]
        assert [(file.rows_in, file.accepted, file.rejected) for file in run.account.files] == [(3, 1, 2), (2, 1, 1)]


def test_values_in_parquet_are_text_as_people_write_it(folder):
    """Whole numbers have no decimals, flags are true and false, dates are ISO 8601."""
    path = folder.parquet(
        "p.parquet",
        "select 7::bigint as person, 12.0::double as age, true as vip, date '2026-03-04' as since, 2.50 as score,"
        " null::integer as nothing, ['a'] as list",
    )
    attributes, _ = _attributes(folder, path, "7")
    assert attributes == {"age": "12", "vip": "true", "since": "2026-03-04", "score": "2.5", "list": "[a]"}


def test_mistakes_of_all_files_come_at_once(folder):
    """Nobody has to run three times to learn of three mistakes."""
    with pytest.raises(InputError) as caught, folder.open(people="name\nx\n", events="person\nx\n", audience="id\nx\n"):
        pass
    message = str(caught.value)
    assert "people.csv` has no column `person`: it has `name`" in message
    assert "events.csv` has no column `kind`, `at`: it has `person`" in message
    assert "audience.csv` has none of the columns `person`, `email`, `phone`: it has `id`" in message
