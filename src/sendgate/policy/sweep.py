"""The values that one setting is tried in: ``0.5:4:0.25``, ``1d:14d:1d`` or ``off,observe,enforce``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from sendgate.errors import ConfigurationError, Mistake
from sendgate.policy.overrides import Override, takes

MOST = 200
"""Values in one run; more is a typing error, or a picture that nobody can read."""

_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)\s*([smhdw]?)")
_PARTS = 3


def sweep(path: str, values: str) -> tuple[Override, ...]:
    """Give an override for each value of a setting.

    A range is ``from:to:step``, both ends included, of numbers or of durations in one unit; whatever has a comma is a
    list, and a time of day stands for itself. Raises ConfigurationError where it is neither, or no file has such a key.
    """
    told = f"{path} {values}"
    try:
        texts = list(dict.fromkeys(_range(values.split(":")) if _is_range(path, values) else _listed(values)))
    except ValueError as error:
        hint = "such as 0.5:4:0.25, 1d:14d:1d or off,observe,enforce"
        raise ConfigurationError([Mistake(told, str(error), help=hint, in_file=False)]) from None
    return tuple(Override.of(path, text, f"{path}={text}") for text in texts)


def told_once(mistakes: Iterable[Mistake], path: str) -> list[Mistake]:
    """Tell what is wrong with the setting itself once, and not again for every value."""
    found = list(mistakes)
    times = Counter((mistake.message, mistake.help) for mistake in found)
    once = (replace(one, file=path) if times[one.message, one.help] > 1 else one for one in found)
    return list(dict.fromkeys(once))


def _is_range(path: str, values: str) -> bool:
    return ":" in values and "," not in values and not takes(path.split("."), values.strip())


def _listed(values: str) -> Iterator[str]:
    for text in values.split(","):
        if not text.strip():
            raise ValueError("expected values: one is empty")
        yield text.strip()


def _range(parts: Sequence[str]) -> Iterator[str]:
    matches = [_NUMBER.fullmatch(part.strip()) for part in parts]
    if len(parts) != _PARTS or None in matches:
        raise ValueError("expected a range of numbers or durations, from:to:step")
    units = {match[2] for match in matches if match}
    if len(units) > 1:
        raise ValueError("a range has one unit, the same for its ends and its step")
    start, stop, step = (Decimal(match[1]) for match in matches if match)
    if step == 0 or (stop - start) / step < 0:
        raise ValueError(f"steps of {step} never lead from {start} to {stop}")
    count = int((stop - start) / step) + 1
    if count > MOST:
        raise ValueError(f"{count} values are too many: at most {MOST}")
    return (f"{start + place * step}{next(iter(units))}" for place in range(count))
