"""The colours of every page: those of the mail layout, and a few that mean something.

Outcomes are told apart by lightness as well as by hue, and everywhere by a word or a pattern beside the colour.
``pages/page.css`` uses the names as variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "paper": "#f3efe8",
        "card": "#fffdf9",
        "ink": "#23201c",
        "soft": "#3b362f",  # running text
        "muted": "#6f675e",  # what may be skipped
        "rule": "#e2dbd0",
        "accent": "#1f4e4a",
        "on-accent": "#ffffff",
        "send": "#1f4e4a",
        "defer": "#b07a12",
        "drop": "#8d8478",
        "alone": "#b0492b",
        "wash": "#efe8de",  # the empty part of a bar
        "heat1": "#f0dfb6",
        "heat2": "#dfbd72",
        "heat3": "#c4933a",
        "heat4": "#8f6410",
        "on-heat1": "#23201c",  # numbers in a cell of a calendar
        "on-heat2": "#23201c",
        "on-heat3": "#23201c",
        "on-heat4": "#fffdf9",
    }
)
"""By day."""

DARK: Mapping[str, str] = MappingProxyType(
    {
        "paper": "#161412",
        "card": "#211e1b",
        "ink": "#f1ece4",
        "soft": "#ddd6cb",
        "muted": "#a89f94",
        "rule": "#3f3932",
        "accent": "#8fc7bf",
        "on-accent": "#161412",
        "send": "#8fc7bf",
        "defer": "#dba53e",
        "drop": "#857c71",
        "alone": "#f0a98f",
        "wash": "#332e29",
        "heat1": "#4a3a1a",
        "heat2": "#7a5c1f",
        "heat3": "#b3852e",
        "heat4": "#e9bd62",
        "on-heat1": "#f1ece4",
        "on-heat2": "#f1ece4",
        "on-heat3": "#161412",
        "on-heat4": "#161412",
    }
)
"""By night."""


def variables(colours: Mapping[str, str]) -> str:
    """Write a palette as custom properties of CSS."""
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())
