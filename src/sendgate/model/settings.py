"""How settings are declared: as fields with a type, limits and a description.

The same declaration reads what people write, finds their mistakes (``policy.mistakes``) and makes the JSON Schema that
editors complete and check with. Durations and times of day stay texts, as they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self

from msgspec import Meta, Struct, convert

from sendgate.model.times import DURATION, parse_duration

Checks = Mapping[str, Callable[[Any], None]]

_MOST = 1e12
"""Every number has a limit, which keeps "infinite" and "not a number" out."""


def _check_duration(text: str) -> None:
    """Say what is wrong with a duration."""
    if parse_duration(text) == 0:
        raise ValueError("expected a time longer than none")


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of settings. Each field is declared as ``Annotated[type, Meta(description=...)] = default``.

    What takes more than a type to check stands in ``checks``; what concerns several fields, in ``__post_init__``.
    Both raise ValueError.
    """

    checks: ClassVar[Checks] = {}
    """Functions that refuse values, by field."""

    @classmethod
    def of(cls, data: object) -> Self:
        """Make them of what stands in a file; raise ``msgspec.ValidationError`` with the first mistake."""
        return convert(data, cls, strict=False)

    def __post_init__(self) -> None:
        """Check what is given."""
        for key, check in self.checks.items():
            if getattr(self, key) is not None:
                check(getattr(self, key))


Text = Annotated[str, Meta(min_length=1)]
Number = Annotated[float, Meta(ge=-_MOST, le=_MOST)]
NotNegative = Annotated[float, Meta(ge=0, le=_MOST)]
Positive = Annotated[float, Meta(gt=0, le=_MOST)]
Share = Annotated[float, Meta(ge=0, le=1)]
Probability = Annotated[float, Meta(gt=0, le=1)]

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", title="three capital letters", examples=["EUR", "USD"])]

CategoryPath = Annotated[str, Meta(pattern=r"[^\s/]", title="a category path", examples=["home/bedding"])]
"""A path such as ``home/bedding``; see ``model.categories``."""

Duration = Annotated[
    str,
    Meta(
        pattern=rf"^(?=\s*[0-9.]*[1-9]){DURATION}$",
        title="a number and a unit",
        examples=["90m", "12h", "7d", "2w"],
        extra={"why": _check_duration},
    ),
]
"""A duration such as ``7d``, longer than nothing; see ``seconds``."""

TimeOfDay = Annotated[
    str,
    Meta(pattern=r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$", title="a time of day", examples=["21:00"]),
]
"""A local time such as ``21:00``; see ``minutes``."""

seconds = lru_cache(maxsize=1024)(parse_duration)
"""Turn a duration into seconds."""


def minutes(time_of_day: str) -> int:
    """Turn a time of day into minutes after midnight."""
    hours, _, rest = time_of_day.partition(":")
    return int(hours) * 60 + int(rest)
