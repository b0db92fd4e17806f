"""One person, out of the same tables as everybody."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendgate.audience import open_run
from sendgate.errors import InputError, UnknownPersonError
from sendgate.model.events import Event

_PEOPLE = "person,email,phone,age\np1,Ann@x.example,+15552345678,12\np2,s@x.example,,\np3,s@x.example,,\n"
_EVENTS = (
    "person,kind,at,category,price,id\n"
    "p1,viewed,2026-02-02,a / b,,1\np9,sent,2026-02-01,,,2\np1,purchased,2026-02-01,,12.50,3\np1,sent,2026-02-01,,,3\n"
    "late,sent,2027-01-01,,,4\n"
)


@pytest.mark.parametrize("who", ["p1", " p1 ", "ann@X.example", "+1 555 234 5678"])
def test_a_person_is_found_by_id_or_address(folder, who):
    """Events come in order of time, each id once."""
    with folder.open(people=_PEOPLE, events=_EVENTS) as run:
        profile = run.profile(who)
    assert profile.person == "p1"
    assert profile.attributes == {"email": "ann@x.example", "phone": "+15552345678", "age": "12"}
    assert profile.events == (
        Event("purchased", 1769904000.0, price=12.5, id="3"),
        Event("viewed", 1769990400.0, category="a/b", id="1"),
    )


def test_a_person_of_events_alone_is_known_from_then_on(folder):
    """What happens later than the decision makes nobody known."""
    with folder.open(people=_PEOPLE, events=_EVENTS) as run:
        assert (run.profile("p9").known, run.profile("late").known, run.profile("p2").known) == (True, False, True)


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ("nobody", "person `nobody` is in none of the files"),
        ("x@y.example", "person `x@y.example` is in none of the files"),
        ("person-0001", "person `person-0001` is in none of the files: did you mean `person-001`?"),
        ("'; drop table people; --", "is in none of the files"),
    ],
)
def test_one_whom_no_file_knows_is_an_error(folder, who, message):
    """The nearest id is suggested."""
    with folder.open(people=_PEOPLE + "person-001,,,\n", events=_EVENTS) as run:
        with pytest.raises(UnknownPersonError) as caught:
            run.profile(who)
        assert message in str(caught.value)
        assert run.profile("p1").known


def test_an_address_of_several_people_is_an_input_error(folder):
    """They are named, so that one can be chosen; nobody here is unknown."""
    with folder.open(people=_PEOPLE) as run, pytest.raises(InputError) as caught:
        run.profile("S@x.example")
    assert str(caught.value) == "`S@x.example` belongs to several people: `p2`, `p3`"
    assert not isinstance(caught.value, UnknownPersonError)


_TEXT = st.text("ab @.x/é+1-", max_size=8)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(["p1", "p2"]), _TEXT, _TEXT, _TEXT), min_size=1, max_size=4),
    st.lists(st.tuples(st.sampled_from(["p1", "p2"]), _TEXT, st.sampled_from(["", "1.5", "0", "-1"])), max_size=6),
)
def test_a_profile_says_what_the_tables_say(tmp_path_factory, people, events):
    """Explaining one person starts from the same values as deciding about everybody."""
    import csv

    folder = tmp_path_factory.mktemp("same")
    for name, header, rows in (
        ("p.csv", ["person", "email", "phone", "tier"], people),
        ("a.csv", ["person"], [["p1"], ["p2"]]),
        ("e.csv", ["person", "category", "price", "kind", "at"], [[*row, "viewed", "2026-02-01"] for row in events]),
    ):
        with (folder / name).open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
    with open_run(now=2e9, audience=folder / "a.csv", people=[folder / "p.csv"], events=[folder / "e.csv"]) as run:
        tables = run.tables
        names = ["person", "known", "person.email", "person.phone", "person.tier"]
        for person, known, *values in run.engine.fetch(tables.rows.select(*names)):
            if not known:
                continue
            profile = run.profile(person)
            assert [profile[name] for name in ("email", "phone", "tier")] == values
            happened = run.engine.fetch(tables.events.select("person", "kind", "at", "category", "price", "discount"))
            mine = sorted(row[1:] for row in happened if row[0] == person)
            assert sorted((e.kind, e.at, e.category, e.price, e.discount) for e in profile.events) == mine
