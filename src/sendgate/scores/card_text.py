"""A scorecard as the text of a JSON file. Mistakes with their place are told by ``policy.card_file``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from sendgate.scores.scorecard import Scorecard

_CARDS = Path(__file__).with_name("cards")

PUBLISHED = "published-rates"
"""The card of the risk for whoever has no own history."""

EVIDENCE = "evidence"
"""The card of relevance for whoever has no own history."""

SHIPPED = (PUBLISHED, EVIDENCE)
"""The cards that come with sendgate."""

_WIDTH = 120


def shipped_path(name: str) -> Path:
    """Give the file of a shipped card."""
    return _CARDS / f"{name}.json"


@cache
def shipped(name: str) -> Scorecard:
    """Give one of SHIPPED."""
    return parsed(shipped_path(name).read_bytes())


def parsed(text: bytes) -> Scorecard:
    """Read a card; raise ``msgspec.DecodeError`` (of which ``ValidationError`` is one) with the first mistake."""
    return msgspec.json.decode(text, type=Scorecard)


def written(card: Scorecard) -> bytes:
    """Write a card, a line for each bin, so that it reads like a table and two cards can be compared line by line."""
    return (_laid_out(_whole(msgspec.to_builtins(card)), 0) + "\n").encode()


def _whole(value: object) -> object:
    """Write whole numbers as people do: 7, not 7.0."""
    if isinstance(value, dict):
        return {key: _whole(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _laid_out(value: object, depth: int) -> str:
    flat = msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
    if not isinstance(value, dict | list | tuple) or (len(flat) + 2 * depth <= _WIDTH and _simple(value)):
        return flat
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict):
        lines = (f'{inner}"{key}": {_laid_out(part, depth + 1)}' for key, part in value.items())
        return "{\n" + ",\n".join(lines) + f"\n{outer}}}"
    return "[\n" + ",\n".join(inner + _laid_out(part, depth + 1) for part in value) + f"\n{outer}]"


def _simple(value: object) -> bool:
    """Tell whether a value has no parts of its own that are lists of lists or mappings."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return not any(isinstance(part, dict | list | tuple) for part in parts)
