"""Names for events that have none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sendgate.audience.streams import with_ids
from sendgate.model.events import Event

EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from(["viewed", "sent"]),
        st.sampled_from([1.0, 2.0]),
        detail=st.sampled_from(["", "\x1f", "a"]),
        id=st.just(""),
    )
)


def ids(events, person="ann", file=0):
    """Name events of one file."""
    return [event.id for event in with_ids(person, ((file, event) for event in events))]


@given(EVENTS, st.randoms())
def test_the_order_of_rows_does_not_matter(events, random):
    """The same rows have the same names, however they are sorted."""
    other = list(events)
    random.shuffle(other)
    assert sorted(ids(events)) == sorted(ids(other))


@given(EVENTS)
def test_no_two_events_of_a_file_have_one_name(events):
    """As many names as rows, also where rows are alike."""
    assert len(set(ids(events))) == len(events)


@given(EVENTS, EVENTS)
def test_a_longer_file_keeps_the_names_of_a_shorter_one(first, more):
    """So that yesterday's rows in today's file add nothing."""
    assert set(ids(first)) <= set(ids(first + more))


def test_files_are_counted_apart():
    """An event that stands in two files is one."""
    event = Event("viewed", 1.0)
    assert len({event.id for event in with_ids("ann", [(0, event), (1, event)])}) == 1


def test_people_are_told_apart():
    """Names are unique in a file, as ids that people write are."""
    event = Event("viewed", 1.0)
    assert ids([event]) != ids([event], person="bob")


def test_an_id_stays():
    """Whoever gives one means it."""
    assert ids([Event("viewed", 1.0, id="e-1")] * 2) == ["e-1", "e-1"]
