"""The files that come with sendgate: templates to use as they are, and the family that ``sendgate init`` starts from.

A wheel carries them inside the package. In a checkout they lie at the top, where people look for them.
"""

from __future__ import annotations

from pathlib import Path

_INSIDE = Path(__file__).parent / "_data"
_CHECKOUT = Path(__file__).parents[2]


def _folder(inside: str, checkout: str) -> Path:
    return _INSIDE / inside if _INSIDE.is_dir() else _CHECKOUT / checkout


TEMPLATES = _folder("templates", "templates")
"""The folder of Jinja templates, one layout for the family."""

SAMPLE_FAMILY = _folder("sample", "examples/sample_family")
"""The folder of a working family: policy, campaigns, templates, people, events and an audience."""

SAMPLE_NOW = "2026-03-04T17:00:00Z"
"""The time up to which the sample family's events reach, and at which its dry runs tell something."""
