"""Facts over tables where what several of them need is shared."""

from __future__ import annotations

import pytest

from sendgate.audience.duck import DuckEngine
from sendgate.audience.place import connected
from sendgate.facts.kinds import Count, CountSince, Earliest, Events, Evidence, Latest, NthLatest, Visible, Weight
from sendgate.facts.profile import Subject, compile_fact
from sendgate.facts.readings import reading_of
from sendgate.facts.sharing import visible
from sendgate.facts.tables import with_facts
from sendgate.model.campaigns import Family
from sendgate.model.categories import Assortment
from sendgate.model.events import Event
from sendgate.model.people import Profile
from tests.regimes import Row, tables_of

NOW = 1_772_625_600.0
FAMILY = Family("Harbor")


def test_what_is_asked_for_twice_is_told_once_for_everybody_and_for_those_who_withdrew() -> None:
    """A view may rest on a fact that is also asked for by itself; both get the value of the other regime."""
    opened = Latest(Events(("opened",), brands=("harbor",)))
    streak = visible(CountSince(Events(("sent",)), since=Events(("opened",))), "harbor", FAMILY)
    facts = [opened, streak, Count(Events(("sent",))), visible(Latest(Events(("opened",))), "harbor", FAMILY)]
    log = [Event("opened", NOW - 50, "harbor"), Event("opened", NOW - 10, "lumen")]
    log += [Event("sent", NOW - age, brand) for age, brand in ((60, "harbor"), (40, "harbor"), (20, "lumen"))]
    people = [Profile.of("open", events=log), Profile.of("shut", events=[*log, Event("sharing_withdrawn", NOW - 99)])]
    with connected("1GB", lambda _: None) as place:
        engine = DuckEngine(place)
        frame = with_facts(tables_of(engine, [Row(profile, NOW) for profile in people], NOW), facts)
        told = sorted(engine.fetch(frame.select("person", *(fact.key for fact in facts))))
        del frame
    assert told == [(p.person, *(compile_fact(fact)(Subject(p, NOW)) for fact in facts)) for p in people]
    assert [row[2] for row in told] == [0, 1]


def test_both_sides_of_a_view_read_the_same() -> None:
    """A view that would count other events of those who withdrew is a mistake of whoever wrote the gate."""
    shared, own = Count(Events(("sent",), channels=("email",))), Count(Events(("sent",), brands=("harbor",)))
    with pytest.raises(TypeError, match="but for the brands"):
        reading_of(Visible(shared, own))


def test_facts_about_messages_may_be_anchors_and_ask_for_any_time() -> None:
    """Messages are read last, but for those since which something is counted, or which are put in order."""
    sent = Events(("sent",))
    facts = [Latest(sent), CountSince(Events(("opened",)), since=sent), NthLatest(sent, 50.0, n=2), Earliest(sent)]
    events = [Event("sent", NOW - age) for age in (90, 30, 10)] + [Event("opened", NOW - age) for age in (20, 5, 1)]
    profile = Profile.of("p", events=events)
    with connected("1GB", lambda _: None) as place:
        engine = DuckEngine(place)
        frame = with_facts(tables_of(engine, [Row(profile, NOW)], NOW), facts)
        told = engine.fetch(frame.select(*(fact.key for fact in facts)))
        del frame
    assert told == [(NOW - 10, 2.0, NOW - 30, NOW - 90)]


def test_goods_that_cover_each_other_are_read() -> None:
    """`home` covers whatever is named beside it: two offers may speak of the same goods in different words."""
    signs = (Weight("viewed", 1.0), Weight("carted", 3.0))
    beside = ("home/bed", "home/bedding", "home/lamps", "home/rugs")
    facts = [Evidence(signs, Assortment.of(["home", more])) for more in beside]
    profile = Profile.of("p", events=[Event("carted", NOW - 10, category="home/bed")])
    with connected("1GB", lambda _: None) as place:
        engine = DuckEngine(place)
        frame = with_facts(tables_of(engine, [Row(profile, NOW)], NOW), facts)
        told = engine.fetch(frame.select(*(fact.key for fact in facts)))
        del frame
    assert told == [(3.0, 3.0, 3.0, 3.0)]
