"""The colours of pages can be read, and told apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pytest

from sendgate.report import palette

CSS = (Path(palette.__file__).parent / "pages" / "page.css.j2").read_text(encoding="utf-8")
PALETTES = pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
OUTCOMES = ("send", "defer", "drop")

# Machado, Oliveira and Fernandes 2009, severity 1: how linear RGB looks to who lacks one kind of cone.
DEFICIENCIES = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}

Colour = tuple[float, float, float]


def linear(colour: str) -> Colour:
    """Read #rrggbb as linear RGB."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """Compute the contrast ratio of WCAG 2."""
    light, dark = sorted((0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in map(linear, (one, other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def oklab(rgb: Colour) -> Colour:
    """Turn linear RGB into Oklab, where distances are what people see (Ottosson 2020)."""
    red, green, blue = (max(0.0, part) for part in rgb)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def seen(colour: str, deficiency: str) -> Colour:
    """Give a colour in Oklab as somebody sees it."""
    rgb = linear(colour)
    matrix = DEFICIENCIES[deficiency]
    red, green, blue = (sum(weight * part for weight, part in zip(row, rgb, strict=True)) for row in matrix)
    return oklab((red, green, blue))


@PALETTES
@pytest.mark.parametrize("text", ["ink", "soft", "muted", "accent", "alone"])
@pytest.mark.parametrize("ground", ["paper", "card"])
def test_text_can_be_read(colours: Mapping[str, str], text: str, ground: str) -> None:
    """Every colour of text has the contrast of WCAG AA on every ground."""
    assert contrast(colours[text], colours[ground]) >= 4.5


@PALETTES
@pytest.mark.parametrize(("text", "ground"), [("on-accent", "accent"), ("on-accent", "send"), ("ink", "wash"),
                                              ("muted", "wash")])  # fmt: skip
def test_text_on_colour_can_be_read(colours: Mapping[str, str], text: str, ground: str) -> None:
    """So have the words in chips, on a choice in the list, and at the foot of a shaded drawing."""
    assert contrast(colours[text], colours[ground]) >= 4.5


@PALETTES
@pytest.mark.parametrize("step", ["heat1", "heat2", "heat3", "heat4"])
def test_numbers_in_a_calendar_can_be_read(colours: Mapping[str, str], step: str) -> None:
    """In the colour that the style gives them on every step."""
    assert f".calendar .{step} {{ background: var(--{step}); color: var(--on-{step}); }}" in CSS
    assert contrast(colours[f"on-{step}"], colours[step]) >= 4.5


@PALETTES
@pytest.mark.parametrize("mark", ["send", "defer", "drop", "alone", "accent", "heat4"])
def test_drawings_stand_out(colours: Mapping[str, str], mark: str) -> None:
    """What is drawn has the contrast that WCAG asks of graphics."""
    assert contrast(colours[mark], colours["card"]) >= 3


@PALETTES
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_outcomes_are_told_apart_by_everybody(colours: Mapping[str, str], deficiency: str) -> None:
    """Whoever lacks one kind of cone still sees three colours, beside the pattern and the words."""
    for one, other in combinations(OUTCOMES, 2):
        pair = zip(seen(colours[one], deficiency), seen(colours[other], deficiency), strict=True)
        distance = sum((a - b) ** 2 for a, b in pair) ** 0.5
        assert distance > 0.08, (one, other)


@PALETTES
def test_the_calendar_grows_stronger_step_by_step(colours: Mapping[str, str]) -> None:
    """More messages stand out more from the ground, on white and on black."""
    steps = [contrast(colours[name], colours["card"]) for name in ("wash", "heat1", "heat2", "heat3", "heat4")]
    assert steps == sorted(steps)


def test_the_style_uses_colours_of_the_palette_only() -> None:
    """Every variable that is used is defined, by day and by night."""
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", CSS)) - {"serif", "sans"}
    assert used
    assert used <= set(palette.LIGHT)
    assert set(palette.LIGHT) == set(palette.DARK)
