"""Facts of one person as they would be after some more messages, told from the facts as they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.facts.after import Sends
from sendgate.facts.afterwards import Moved, Sent
from sendgate.facts.kinds import Count, CountSince, Earliest, Events, Latest, NthLatest, Visible
from sendgate.facts.profile import Subject, compile_fact
from sendgate.model.events import Event
from sendgate.model.people import Profile

HERO = Event("sent", 0.0, brand="harbor", channel="email", campaign="c", creative="hero", purpose="promotional")
KIDS = HERO._replace(brand="kids", campaign="k", creative="bear")
SENDS = Sends(((HERO, HERO._replace(creative="other")), (KIDS,)))

ALL, OF_KIDS, HEROES = Events(("sent",)), Events(("sent",), brands=("kids",)), Events(("sent",), creative="hero")
OPENED = Events(("opened",))
FACTS = [
    Count(ALL), Count(ALL, 60.0), Count(OF_KIDS, 60.0), Count(HEROES), CountSince(ALL, since=OPENED),
    CountSince(HEROES, 60.0, since=OPENED), Latest(ALL), Latest(OF_KIDS, 60.0), Earliest(ALL, 60.0), Earliest(HEROES),
    NthLatest(ALL, 60.0, n=1), NthLatest(ALL, 60.0, n=3), NthLatest(OF_KIDS, n=2),
    Visible(Count(ALL), Count(OF_KIDS)),
    Visible(CountSince(ALL, since=OPENED), CountSince(OF_KIDS, since=OPENED)),
]  # fmt: skip
times = st.integers(0, 100).map(float)
kinds = st.sampled_from(["sent", "opened", "sharing_granted", "sharing_withdrawn"])
events = st.builds(HERO._replace, kind=kinds, at=times, brand=st.sampled_from(["harbor", "kids"]))
messages = st.builds(Sent, times.map(lambda at: at + 100.0), st.just(0), st.sampled_from([0, 1])) | st.builds(
    Sent, times.map(lambda at: at + 100.0), st.just(1), st.just(0)
)


def _sorted(*happened: Event) -> tuple[Event, ...]:
    return tuple(sorted(happened, key=lambda event: event.at))


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.key)
@given(log=st.lists(events, max_size=8), sent=st.lists(messages, max_size=3), wait=times)
def test_messages_change_a_fact_as_events_would(fact, log, sent, wait) -> None:
    """What is told from the facts as they are, is what counting the events with the messages among them gives."""
    now = max([100.0, *(message.at for message in sent)]) + wait
    needed = sorted(SENDS.needs([fact]), key=lambda need: need.key)
    profile = Profile("ann", {}, _sorted(*log))
    known = [compile_fact(need)(Subject(profile, now)) for need in needed]
    left = [SENDS.messages[message.entry][message.offer]._replace(at=message.at) for message in sent]
    expected = compile_fact(fact)(Subject(replace(profile, events=_sorted(*log, *left)), now))
    moved = Moved(SENDS, [fact], needed.index)
    assert [told(known, moved.moments(sent, now)) for told in moved.told] == [expected]
