"""The audience: who is meant by a row, at what time, and what is known of them."""

import pytest

from sendgate.errors import InputError
from sendgate.model.times import parse_time

_PEOPLE = (
    "person,email,phone,tier\n"
    "p1,ann@x.example,+15552345678,gold\n"
    "p2,shared@x.example,,silver\n"
    "p3,Shared@X.example,,member\n"
)


def _read(folder, rows_of, audience, **options):
    with folder.open(audience=audience, **{"people": _PEOPLE, **options}) as run:
        rows = rows_of(run.tables.rows)
        (file,) = run.account.of("audience")
        assert file.rows_in == file.accepted + file.rejected
        assert file.accepted == len(rows)
        return rows, [(rejection.line, rejection.reason) for rejection in file.rejections], run.account


def test_a_person_is_meant_by_id(folder, rows_of, now):
    """Attributes come along; one whom nobody knows is a person all the same."""
    rows, _, account = _read(folder, rows_of, "note,person\na, p1 \nb,stranger\n")
    assert [(row["row"], row["person"], row["at"], row["known"], row["person.tier"]) for row in rows] == [
        (0, "p1", now, True, "gold"),
        (1, "stranger", now, False, ""),
    ]
    assert account.warnings == ("persons in the audience whom no file knows: 1",)


@pytest.mark.parametrize(
    ("column", "written", "address"),
    [("email", " ANN@x.example", "ann@x.example"), ("phone", "+1 (555) 234-5678", "+15552345678")],
)
def test_a_person_is_meant_by_address(folder, rows_of, column, written, address):
    """Addresses are compared in their normal form."""
    ((row),), _, _ = _read(folder, rows_of, f"{column}\n{written}\n")
    assert (row["person"], row["known"], row["person.tier"], row[f"person.{column}"]) == ("p1", True, "gold", address)


def test_an_address_that_nobody_has_is_a_person_with_this_address(folder, rows_of):
    """The id is the normalised address, so two spellings are one person."""
    rows, _, account = _read(folder, rows_of, "email\nNew@X.example\nnew@x.example\n")
    assert [(row["person"], row["known"], row["person.email"], row["earlier"]) for row in rows] == [
        ("new@x.example", False, "new@x.example", 0.0),
        ("new@x.example", False, "new@x.example", 1.0),
    ]
    assert (account.unknown_persons, account.repeated_rows) == (1, 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('email\n""\n', "`email` is empty"),
        ("email\nann@@x\n", "`email` is not an email address: `ann@@x`"),
        ("email\nshared@x.example\n", "`email` belongs to 2 people: `shared@x.example`"),
        ("phone\n0151 23456789\n", "`phone` is not an international phone number: `0151 23456789`"),
        ("person,at\n,\n", "`person` is empty"),
        ("person,at\np1,soon\n", "`at` is not an ISO 8601 time such as 2026-03-04T09:12: `soon`"),
        ("person,at\np1,0001-01-01\n", "`at` is not in the years 1970 to 2199: `0001-01-01`"),
        ("person,at\np1\n", "1 field where the header has 2"),
    ],
)  # fmt: skip
def test_a_row_that_means_nobody_is_rejected(folder, rows_of, content, reason):
    """Nobody guesses who was meant, or when."""
    assert _read(folder, rows_of, content)[:2] == ([], [(2, reason)])


def test_of_several_identities_the_person_holds(folder, rows_of):
    """Then the email address, then the phone number; the others pass through."""
    rows, _, _ = _read(folder, rows_of, "phone,email,person\n+15552345678,new@x.example,p2\n")
    assert [row["person"] for row in rows] == ["p2"]
    rows, _, _ = _read(folder, rows_of, "phone,email\n+15552345678,new@x.example\n")
    assert [row["person"] for row in rows] == ["new@x.example"]


def test_a_row_may_have_a_time_of_its_own(folder, rows_of, now):
    """Without one the time of the run holds; the same person at another time is not a repetition."""
    content = "person,at\np1,2026-01-01\np1,\np1,2026-01-01T01:00+01:00\np1,2026-01-02\n"
    rows, _, _ = _read(folder, rows_of, content)
    first, second = parse_time("2026-01-01"), parse_time("2026-01-02")
    assert [(row["at"], row["earlier"]) for row in rows] == [(first, 0.0), (now, 0.0), (first, 1.0), (second, 0.0)]


def test_the_time_of_all_rows_is_told_where_it_is_one(folder, now):
    """Rows with times of their own have none in common."""
    with folder.open(audience="person\np1\n") as run:
        assert run.tables.now == now
    with folder.open(audience="person,at\np1,\n") as run:
        assert run.tables.now is None


def test_a_person_without_a_row_in_people_is_known_by_earlier_events(folder, rows_of):
    """A replay of last March knows nobody by what happened in April."""
    events = "person,kind,at\nx,sent,2026-03-10\nx,sent,2026-02-10\n"
    rows, _, account = _read(folder, rows_of, "person,at\nx,2026-02-09\nx,2026-02-11\ny,2026-02-11\n", events=events)
    assert [row["known"] for row in rows] == [False, True, False]
    assert account.unknown_persons == 2


def test_events_of_persons_in_no_people_file_are_counted(folder, rows_of):
    """An id that is written in another way here than there shows in the account; without people there is no telling."""
    events = "person,kind,at\nx,sent,2026-02-10\np1,sent,2026-02-10\nP1,sent,2026-02-11\n,sent,2026-02-11\n"
    _, _, account = _read(folder, rows_of, "person\np1\n", events=events)
    assert account.unknown_events == 2
    assert "events of persons whom no people file knows: 2" in account.warnings
    with folder.open(audience="person\np1\n", events=events) as run:
        assert run.account.unknown_events == 0


def test_rejected_rows_leave_a_gap_in_the_numbers(folder, rows_of):
    """The order of the audience is kept, whatever its format."""
    path = folder.parquet("a.parquet", "select unnest(['p1', '', 'p2', null, 'p1']) as person")
    rows, rejected, _ = _read(folder, rows_of, path)
    assert [(row["row"], row["earlier"]) for row in rows] == [(0, 0.0), (2, 0.0), (4, 1.0)]
    assert rejected == [(2, "`person` is empty"), (4, "`person` is empty")]


def test_without_people_and_events_everybody_is_unknown(folder, rows_of):
    """The audience alone is enough to run."""
    rows, _, _ = _read(folder, rows_of, "person\np1\n", people=None)
    assert [row["known"] for row in rows] == [False]


def test_a_header_alone_is_an_empty_audience(folder, rows_of):
    """There is nothing to decide, and nothing wrong."""
    assert _read(folder, rows_of, "person\n")[:2] == ([], [])


def test_a_time_column_of_numbers_is_an_input_error(folder):
    """Seconds or milliseconds: nobody guesses."""
    path = folder.parquet("a.parquet", "select 'p1' as person, 1772323200 as \"at\"")
    with pytest.raises(InputError, match="column `at` is of type INTEGER"), folder.open(audience=path):
        pass
