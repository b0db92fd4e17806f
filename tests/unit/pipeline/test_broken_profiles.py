"""Profiles that no importer would have let in: nothing is lost, and at most one message leaves."""

from __future__ import annotations

import re
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sendgate.errors import StoreError
from sendgate.model.events import KINDS, Event
from sendgate.model.ledger import State
from sendgate.model.people import Profile
from sendgate.model.times import DAY, FOREVER, NEVER, UNKNOWN
from sendgate.ports import Happening
from sendgate.testing.stores import NOW

ODD = (
    "\x00", "\ud800", "a\r\nBcc: b", "{{ 7 }}", "+4915112345678", "0151 1", "gold", "No/Where", "nan", "-1e308",
    "x" * 9_000,
)  # fmt: skip

words = st.text(max_size=30) | st.sampled_from(ODD)
numbers = st.floats() | st.sampled_from([NEVER, FOREVER, UNKNOWN, 0.0, -1.0, NOW, NOW + DAY])
histories = st.lists(
    st.builds(
        Event, kind=st.sampled_from(sorted(KINDS)) | words, at=numbers, brand=words, channel=words, campaign=words,
        creative=words, purpose=words, category=words, product=words, price=numbers, discount=numbers, detail=words,
    ),
    max_size=5,
)  # fmt: skip
attributes = st.dictionaries(st.sampled_from(["phone", "given_name", "tier", "timezone"]) | words, words)


@pytest.mark.parametrize("examples", [50, pytest.param(100_000, marks=pytest.mark.torture)])
def test_whatever_is_known_of_somebody_nothing_is_lost(house, examples):
    """A profile that is broken in any way is refused by the store, or decided about; at most one message leaves."""
    names = count()

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), database=None)
    @given(known=attributes, events=histories)
    def hold(known, events):
        person = f"p{next(names)}"
        carried = len(house.provider.carried)
        try:
            house.store.remember([Profile(person, known)])
            house.store.record([Happening(person, e._replace(id=f"{person}-{n}")) for n, e in enumerate(events)])
        except StoreError:
            return
        entry = house.send(person).entry
        sent = house.provider.carried[carried:]
        assert entry.state in {State.SENT, State.DROPPED, State.DEFERRED}
        assert len(sent) == (entry.state is State.SENT)
        assert all(re.fullmatch(r"\+[1-9][0-9]{6,14}", parcel.recipient) for parcel in sent)

    hold()
