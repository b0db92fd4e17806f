"""Facts over tables where what several of them need is shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pytest

from sendgate.audience.duck import DuckEngine
from sendgate.audience.place import connected
from sendgate.facts.kinds import (
    Count,
    CountSince,
    Earliest,
    Events,
    Evidence,
    Fact,
    InterestElsewhere,
    Latest,
    NthLatest,
    Visible,
    Weight,
)
from sendgate.facts.profile import Subject, compile_fact
from sendgate.facts.readings import Reach, reading_of
from sendgate.facts.sharing import visible
from sendgate.facts.tables import facts_and_more, with_facts
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


def _told(engine: DuckEngine, frame: nw.LazyFrame[Any], facts: Sequence[Fact]) -> list[tuple[Any, ...]]:
    return sorted(engine.fetch(frame.select("row", *(fact.key for fact in facts))))


def test_a_long_list_that_only_an_anchor_has_is_listed() -> None:
    """What is counted since an answer on one of many goods needs the list of these goods, whoever else asks for it."""
    many = Assortment(tuple(f"aisle-{place}" for place in range(20)))
    fact = CountSince(Events(("sent",)), since=Events(("clicked",), inside=many))
    events = [Event("sent", NOW - 30), Event("clicked", NOW - 20, category="aisle-7/shelf"), Event("sent", NOW - 10)]
    with connected("1GB", lambda _: None) as place:
        engine = DuckEngine(place)
        frame = with_facts(tables_of(engine, [Row(Profile.of("p", events=events), NOW)], NOW), [fact])
        told = engine.fetch(frame.select(fact.key))
        del frame
    assert told == [(1.0,)]


def test_each_kind_of_event_has_a_window_of_its_own() -> None:
    """A year of openings does not bring along a year of looks: what is read of a kind is as long as its own window."""
    asked = [
        Count(Events(("opened",)), 365.0),
        Count(Events(("viewed", "carted")), 14.0),
        Count(Events(("carted",)), 30.0),
    ]
    reach = Reach.of(map(reading_of, asked))
    assert reach.lately == (
        (14.0, frozenset({"viewed"})),
        (30.0, frozenset({"carted"})),
        (365.0, frozenset({"opened"})),
    )


@pytest.mark.parametrize("now", [NOW, None])
def test_facts_for_later_are_found_for_some_rows(now: float | None) -> None:
    """They are the same as if everybody had been asked, also where rows have times of their own."""
    looks, sent = Events(("viewed",), inside=Assortment(("home",))), Events(("sent",))
    first, later = [Count(sent)], [visible(Count(looks), "harbor", FAMILY), visible(Earliest(looks), "harbor", FAMILY)]
    events = [Event("viewed", NOW - age, brand, category="home/bed") for age, brand in ((50, "harbor"), (20, "lumen"))]
    people = [Profile.of("a", events=events), Profile.of("b", events=[*events, Event("sharing_withdrawn", NOW - 99)])]
    rows = [Row(profile, NOW - back) for back in (0, 30) for profile in (*people, Profile.of("c"))]
    rows = rows if now is None else rows[:3]
    with connected("1GB", lambda _: None) as place:
        engine = DuckEngine(place)
        tables = tables_of(engine, rows, now)
        everybody = {row: rest for row, *rest in _told(engine, with_facts(tables, [*first, *later]), later)}
        with facts_and_more(tables, first, later) as (frame, more):
            assert later[0].key not in frame.collect_schema().names()
            some = engine.keep(frame.select("row").filter(nw.col("row") % 2 == 1))
            told = _told(engine, more(some), later)
            del frame, more, some
    assert told == [(row, *everybody[row]) for row in everybody if row % 2]
    assert len(told) == len(rows) // 2


def test_what_is_asked_for_now_is_not_left_for_later() -> None:
    """A fact that both the gates and the words need, or since which something is counted, is there at once."""
    looks = Latest(Events(("viewed",)))
    since = CountSince(Events(("sent",)), since=Events(("viewed",)))
    both = Count(Events(("viewed",), inside=Assortment(("home",))), 90.0)
    events = [Event("viewed", NOW - 20, category="home"), Event("sent", NOW - 10)]
    with connected("1GB", lambda _: None) as place:
        engine = DuckEngine(place)
        tables = tables_of(engine, [Row(Profile.of("p", events=events), NOW)], NOW)
        with facts_and_more(tables, [both, since], [both, looks]) as (frame, more):
            now = engine.fetch(frame.select(both.key, since.key))
            told = engine.fetch(more(engine.keep(frame.select("row"))).select(both.key, looks.key))
            del frame, more
    assert (now, told) == ([(1.0, 1.0)], [(1.0, NOW - 20)])


def test_interest_elsewhere_does_not_fade() -> None:
    """Both regimes take the plain weight, also where a sign has a half-life."""
    fact = InterestElsewhere((Weight("viewed", 2.0, 10.0),), outside=Assortment(("home",)))
    profile = Profile.of("p", events=[Event("viewed", NOW - age, category="food") for age in (10, 20)])
    with connected("1GB", lambda _: None) as place:
        engine = DuckEngine(place)
        frame = with_facts(tables_of(engine, [Row(profile, NOW)], NOW), [fact])
        told = engine.fetch(frame.select(fact.key))
        del frame
    assert told == [(4.0,)] == [(compile_fact(fact)(Subject(profile, NOW)),)]


def test_what_has_no_category_is_outside_of_an_empty_path() -> None:
    """Where a gate lists an empty path, purchases without a category count in both regimes."""
    fact = Latest(Events(("purchased",), outside=Assortment.of(["", "food"])))
    profile = Profile.of("p", events=[Event("purchased", NOW - 10, product="duvet")])
    with connected("1GB", lambda _: None) as place:
        engine = DuckEngine(place)
        frame = with_facts(tables_of(engine, [Row(profile, NOW)], NOW), [fact])
        told = engine.fetch(frame.select(fact.key))
        del frame
    assert told == [(NOW - 10,)] == [(compile_fact(fact)(Subject(profile, NOW)),)]
