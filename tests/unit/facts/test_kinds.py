"""Facts are values with names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sendgate.facts.kinds import Count, Events, Evidence, Fact, Latest, Listed, Now, NthLatest, Visible, Weight
from sendgate.facts.profile import Subject, compile_fact
from sendgate.facts.sharing import visible
from sendgate.model.campaigns import Brand, Channel, Family
from sendgate.model.categories import Assortment
from sendgate.model.events import Event
from sendgate.model.people import Profile

GOODS = Assortment.of(["home"])


def test_equal_definitions_have_one_name() -> None:
    """The order in which goods are listed does not make another fact."""
    one = Count(Events(("viewed",), inside=Assortment.of(["b", "a"], ["x"])), 60.0)
    two = Count(Events(("viewed",), inside=Assortment.of(["a", "b", "a"], ["x"])), 60.0)
    assert one == two
    assert one.key == two.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Count(Events(("sent",)), 7 * 86_400), Count(Events(("sent",)), 7 * 86_400.0)),
        (NthLatest(Events(("sent",)), n=2), NthLatest(Events(("sent",)), n=2.0)),  # type: ignore[arg-type]
        (Count(Events(("sent",), channels=(Channel.EMAIL, ""))), Count(Events(("sent",), channels=("email", "")))),
        (Evidence((Weight("viewed", 1),), GOODS), Evidence((Weight("viewed", 1.0),), GOODS)),
        (Visible(Count(Events(("sent",)), 60), Now()), Visible(Count(Events(("sent",)), 60.0), Now())),
        (Listed(3), Listed(3.0)),
    ],
    ids=["seconds", "a whole number", "a channel", "a weight", "inside", "a number of the campaign"],
)
def test_numbers_and_texts_of_another_class_make_no_other_fact(one: Fact, other: Fact) -> None:
    """What is equal has one name: of equal facts one is computed, and all who asked read its column."""
    assert one == other
    assert (one.key, hash(one)) == (other.key, hash(other))


def test_another_definition_has_another_name() -> None:
    """A window, a brand or the kind of fact tells facts apart."""
    facts = [
        Count(Events(("sent",))),
        Count(Events(("sent",)), 60.0),
        Count(Events(("sent",), brands=("harbor",))),
        Latest(Events(("sent",))),
    ]
    assert len({fact.key for fact in facts}) == len(facts)


def test_names_are_the_same_in_every_process() -> None:
    """A file of kept facts is read by another process, with another hash seed."""
    code = "from sendgate.facts.kinds import Count, Events; print(Count(Events(('sent', 'viewed')), 60.0).key)"
    keys = {
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(keys) == 1


class Unheard(Fact):
    """A kind of fact that nobody evaluates."""


def test_a_kind_without_an_evaluation_is_refused() -> None:
    """A fact of a new kind says that it cannot be evaluated, instead of being unknown for everybody."""
    with pytest.raises(TypeError, match="no evaluation over a profile for Unheard"):
        compile_fact(Unheard())
    with pytest.raises(TypeError, match="does not read events of brands"):
        visible(Unheard(), "harbor", Family("Harbor"))


FAMILY = Family(
    "Harbor", {key: Brand(key, shares_profile=key != "lumen") for key in ("harbor", "harbor-kids", "lumen")}
)


def _seen(fact: Fact, *events: Event) -> float | str:
    return compile_fact(visible(fact, "harbor", FAMILY))(Subject(Profile.of("p", events=events), 100.0))


def test_what_widens_a_selection_is_narrowed_as_well() -> None:
    """A second selection tells no more of a private brand than the first."""
    answers = Count(Events(("clicked",), also=Events(("opened",))))
    assert _seen(answers, Event("opened", 50, "lumen")) == 0
    assert _seen(answers, Event("opened", 50, "harbor-kids")) == 1
    assert _seen(answers, Event("opened", 50, "harbor-kids"), Event("sharing_withdrawn", 60)) == 0


def test_what_a_gate_says_of_brands_still_holds() -> None:
    """A fact about some brands, or about all but some, is never widened to others."""
    withdrawn = Event("sharing_withdrawn", 60)
    ours, theirs = Event("purchased", 50, "harbor"), Event("purchased", 50, "harbor-kids")
    of_kids = Count(Events(("purchased",), brands=("harbor-kids", "lumen")))
    assert _seen(of_kids, ours, theirs, Event("purchased", 50, "lumen")) == 1
    assert _seen(of_kids, ours, theirs, withdrawn) == 0
    elsewhere = Count(Events(("purchased",), not_brands=("harbor",)))
    assert _seen(elsewhere, ours, theirs) == 1
    assert _seen(elsewhere, ours, theirs, withdrawn) == 0
    lately = Evidence((Weight("purchased", 2.0),), Assortment.of(["home"]), brands=("harbor-kids",))
    assert _seen(lately, *(event._replace(category="home") for event in (ours, theirs))) == pytest.approx(2)


def test_a_view_that_says_nothing_of_brands_keeps_its_name() -> None:
    """A file of kept facts stays readable."""
    assert visible(Count(Events(("sent",))), "harbor", FAMILY).key == "visible_count_sent_b93858fc5f2c"
