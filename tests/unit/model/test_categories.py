"""Category paths and assortments."""

from __future__ import annotations

import pytest

from sendgate.model.categories import Assortment, lies_in, lineage, normalise


@pytest.mark.parametrize(
    ("path", "categories", "answer"),
    [
        ("home/bedding", {"home"}, True),
        ("home/bedding", {"home/bedding"}, True),
        ("home/bedding", {"home/bed"}, False),
        ("home", {"home/bedding"}, False),
        ("homework", {"home"}, False),
        ("", {"home"}, False),
        ("home", set(), False),
    ],
)
def test_a_category_lies_in_another_on_whole_segments(path: str, categories: set[str], *, answer: bool) -> None:
    """`home/bed` is not above `home/bedding`, and nothing lies in nothing."""
    assert lies_in(path, frozenset(categories)) is answer


def test_lineage() -> None:
    """A path knows itself and everything above."""
    assert lineage("a/b/c") == ("a", "a/b", "a/b/c")
    assert lineage("") == ()


@pytest.mark.parametrize("text", ["home/bedding", "/home//bedding/", " home / bedding ", "home/ bedding"])
def test_paths_are_written_in_one_way(text: str) -> None:
    """Slashes and blanks at the edges do not make another category."""
    assert normalise(text) == "home/bedding"


def test_an_assortment_holds_by_category_or_product() -> None:
    """An event is in it by either; an event that says nothing is in none."""
    goods = Assortment.of(["home/bedding"], ["lamp"])
    assert goods.holds("home/bedding/duvets", "")
    assert goods.holds("garden", "lamp")
    assert not goods.holds("garden", "rake")
    assert not goods.holds("", "")
    assert Assortment.of().empty


def test_nothing_is_in_an_empty_path() -> None:
    """A list with empty names speaks of what else it names: an event that says nothing is in no goods."""
    assert Assortment.of(["", "home"], [""]) == Assortment.of(["home"])
    assert Assortment.of([""], [""]).empty
