from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from sendgate.policy.review import Review
from sendgate.policy.translation import note_errors
from sendgate.policy.yaml_reader import parse_document


class Inner(BaseModel, extra="forbid"):
    size: Annotated[int, Field(gt=0)]
    colour: Literal["red", "green"] = "red"


class Settings(BaseModel, extra="forbid"):
    """Settings as a third party may declare them."""

    paths: tuple[str, ...] | Literal["all"] = ()
    inner: Inner | float | None = None
    inners: list[Inner | str] = []
    pairs: dict[str, tuple[int, int]] = {}
    name: Annotated[str, Field(pattern="^[a-z]+$", max_length=5)] = ""
    step: Annotated[float, Field(multiple_of=0.5, lt=10)] = 0.0


def said(text: str) -> list[str]:
    """Give what is said of settings that are wrong."""
    review = Review("a.yaml", Settings.model_json_schema)
    root = parse_document(text, review)
    with pytest.raises(ValidationError) as error:
        Settings.model_validate(root.data())
    note_errors(error.value, root, review)
    return [str(mistake) for mistake in review.mistakes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("paths: al", "1:8: `paths` must be a list or `all`, not `al` (did you mean `all`?)"),
        ("paths: {a: b}", "1:8: `paths` must be a list or `all`, not a mapping"),
        ("paths: [a, [b]]", "1:12: entry 2 of `paths` must be text, not a list"),
        ("inner: {size: x}", "1:15: `size` must be a whole number, not `x`"),
        ("inner: {size: 0}", "1:15: `size` must be greater than 0, not `0`"),
        ("inner: {sise: 1}", "1:9: unknown key `sise` (did you mean `size`?)"),
        ("inner: [1]", "1:8: `inner` must be a mapping or a number, not a list"),
        ("inner: x", "1:8: `inner` must be a mapping or a number, not `x`"),
        ("inner: {size: 1, colour: rde}", "1:26: `colour` must be `red` or `green`, not `rde` (did you mean `red`?)"),
        ("inners: [a, {size: 0}]", "1:20: `size` must be greater than 0, not `0`"),
        ("inners: [{}]", "1:10: `size` is missing"),
        ("pairs: {a: [1, b]}", "1:16: entry 2 of `a` must be a whole number, not `b`"),
        ("pairs: {a: [1, 2.5]}", "1:16: entry 2 of `a` must be a whole number, not `2.5`"),
        ("name: Abc", "1:7: `name`: string should match pattern '^[a-z]+$'"),
        ("name: abcdefgh", "1:7: `name` must be text of at most 5 characters, not `abcdefgh`"),
        ("step: 0.7", "1:7: `step` must be a multiple of 0.5, not `0.7`"),
        ("step: 10", "1:7: `step` must be less than 10, not `10`"),
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
        "a.yaml:2:7: `step` must be a number, not `x`",
    ]
