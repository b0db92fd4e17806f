"""Facts are values with names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sendgate.facts.kinds import Count, Events, Fact, Latest
from sendgate.facts.profile import compile_fact
from sendgate.facts.sharing import visible
from sendgate.model.campaigns import Family
from sendgate.model.categories import Assortment


def test_equal_definitions_have_one_name() -> None:
    """The order in which goods are listed does not make another fact."""
    one = Count(Events(("viewed",), inside=Assortment.of(["b", "a"], ["x"])), 60.0)
    two = Count(Events(("viewed",), inside=Assortment.of(["a", "b", "a"], ["x"])), 60.0)
    assert one == two
    assert one.key == two.key


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
