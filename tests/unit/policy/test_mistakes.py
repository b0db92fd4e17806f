from __future__ import annotations

from typing import Annotated, Literal

import pytest
from msgspec import Meta

from sendgate.model.settings import Settings as Base
from sendgate.policy.reading import read
from sendgate.policy.review import Review
from sendgate.policy.yaml_reader import parse_document


class Inner(Base):
    size: Annotated[int, Meta(gt=0)]
    colour: Literal["red", "green"] = "red"


class Settings(Base):
    """Settings as a third party may declare them."""

    paths: tuple[str, ...] | Literal["all"] = ()
    inner: Inner | float | None = None
    inners: tuple[Inner | str, ...] = ()
    pairs: dict[str, tuple[int, str]] | None = None
    name: Annotated[str, Meta(pattern="^[a-z]+$")] = ""
    code: Annotated[str, Meta(max_length=5)] = ""
    step: Annotated[float, Meta(multiple_of=0.5, lt=10)] = 0.0


def said(text: str) -> list[str]:
    """Give what is said of settings that are wrong."""
    review = Review("a.yaml")
    assert read(parse_document(text, review), Settings, review) is None
    return [str(mistake) for mistake in review.mistakes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("paths: al", "1:8: `paths` must be a list or `all`, not `al` (did you mean `all`?)"),
        ("paths: {a: b}", "1:8: `paths` must be a list or `all`, not a mapping"),
        ("paths: [a, [b]]", "1:12: entry 2 of `paths` must be text, not a list"),
        ("inner: {size: x}", "1:15: `size` must be a whole number, greater than 0, not `x`"),
        ("inner: {size: 0}", "1:15: `size` must be a whole number, greater than 0, not `0`"),
        ("inner: {sise: 1}", "1:9: unknown key `sise` (did you mean `size`?)"),
        ("inner: [1]", "1:8: `inner` must be a mapping or a number, not a list"),
        ("inner: x", "1:8: `inner` must be a mapping or a number, not `x`"),
        ("inner: {size: 1, colour: rde}", "1:26: `colour` must be `green` or `red`, not `rde` (did you mean `red`?)"),
        ("inners: [a, {size: 0}]", "1:20: `size` must be a whole number, greater than 0, not `0`"),
        ("inners: [{}]", "1:10: `size` is missing"),
        ("pairs: {a: [x, b]}", "1:13: entry 1 of `a` must be a whole number, not `x`"),
        ("pairs: {a: [2.5, b]}", "1:13: entry 1 of `a` must be a whole number, not `2.5`"),
        ("pairs: {a: [1, [b]]}", "1:16: entry 2 of `a` must be text, not a list"),
        ("pairs: {a: [1]}", "1:12: `a` must be a list of 2, not a list"),
        ("name: Abc", "1:7: `name` cannot be `Abc`: expected text like ^[a-z]+$"),
        ("code: abcdefgh", "1:7: `code` must be text of at most 5, not `abcdefgh`"),
        ("step: 0.7", "1:7: `step` must be a number, less than 10, a multiple of 0.5, not `0.7`"),
        ("step: 10", "1:7: `step` must be a number, less than 10, a multiple of 0.5, not `10`"),
    ],
)  # fmt: skip
def test_one_mistake_is_said_once_in_our_words(text, expected):
    """However many alternatives a setting has, a wrong value is one mistake, at the place of what is wrong."""
    assert said(text) == [f"a.yaml:{expected}"]


def test_long_values_are_cut():
    """A message stays readable whatever the user wrote."""
    (message,) = said("inner: " + "x" * 5000)
    assert len(message) < 150


def test_mistakes_that_follow_from_a_refused_value_are_not_said():
    """What the reader refused already is not judged again."""
    assert said("inner: !!int 5\nstep: x") == [
        "a.yaml:1:8: tag `!!int` is not allowed (write a plain value)",
        "a.yaml:2:7: `step` must be a number, less than 10, a multiple of 0.5, not `x`",
    ]
