"""Settings as somebody else would declare them."""

from __future__ import annotations

from typing import Annotated, ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Meta, ValidationError

from sendgate.model.settings import (
    Checks,
    Duration,
    NotNegative,
    Number,
    Positive,
    Settings,
    TimeOfDay,
    minutes,
    seconds,
)
from sendgate.model.times import parse_duration


def _even(value: int) -> None:
    if value % 2:
        raise ValueError("expected an even number")


class Tempo(Settings):
    checks: ClassVar[Checks] = {"beats": _even}

    beats: int = 4
    swing: NotNegative = 0
    speed: Positive = 1
    shift: Number | None = None
    lasts: Annotated[Duration, Meta(description="how long")] = "2h"
    at: TimeOfDay = "8:00"


def test_settings_are_made_of_texts():
    """A settings file holds texts; numbers are read from them."""
    tempo = Tempo.of({"beats": "6", "swing": "0.5", "lasts": " 1.5d ", "at": "21:05"})
    assert (tempo.beats, tempo.swing, seconds(tempo.lasts), minutes(tempo.at)) == (6, 0.5, 129_600.0, 1265)


@pytest.mark.parametrize("key", ["swing", "speed", "shift"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e13", "x", ""])
def test_numbers_are_finite(key, value):
    """Infinite and not-a-number would compare oddly in a condition."""
    with pytest.raises(ValidationError):
        Tempo.of({key: value})


@pytest.mark.parametrize(
    "data", [{"beats": 5}, {"beats": "four"}, {"speed": 0}, {"swing": -1}, {"beat": 4}, [], "fast", None]
)
def test_wrong_settings_are_refused(data):
    """By their type, their limits, a check, or because nobody knows the key."""
    with pytest.raises(ValidationError):
        Tempo.of(data)


def test_checks_hold_in_code_too():
    """Whoever makes settings in a program is told as well."""
    with pytest.raises(ValueError, match="an even number"):
        Tempo(beats=3)


@pytest.mark.parametrize(
    "text", ["7", "0d", "0.0h", "-1d", "1 month", "1e3d", "9999999999d", "d", "1.d", "٣d", "9999999d"]
)
def test_other_texts_are_no_durations(text):
    """A duration has a unit, and lasts."""
    with pytest.raises(ValidationError):
        Tempo.of({"lasts": text})


@example("1\x1fh")
@given(st.text("019.smhdw \t\n\N{NO-BREAK SPACE}\x1f\N{ARABIC-INDIC DIGIT THREE}", max_size=14))
def test_a_duration_that_is_accepted_can_be_read(text):
    """What the declaration lets through is a number of seconds to whoever reads it, and nothing else is but zero."""
    try:
        lasts = parse_duration(text)
    except ValueError:
        lasts = 0
    if lasts:
        assert seconds(Tempo.of({"lasts": text}).lasts) == lasts
    else:
        with pytest.raises(ValidationError):
            Tempo.of({"lasts": text})


@pytest.mark.parametrize("text", ["24:00", "8", "8:60", "8:5", "-1:00", "08:00:00", "noon"])
def test_other_texts_are_no_times_of_day(text):
    """Hours and minutes, as a clock shows them."""
    with pytest.raises(ValidationError):
        Tempo.of({"at": text})


def test_settings_do_not_change():
    """A policy is read once and shared."""
    with pytest.raises(AttributeError):
        Tempo().beats = 8
