"""What stands in a YAML file, with the place of every key and value.

Nothing is interpreted here: a scalar is text until somebody asks for a number. So ``mode: off``, ``brand: no``,
``from: 21:00`` and ``product: 00123`` mean what they say, and not what YAML 1.1 makes of them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from msgspec import Struct

_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 15
"""Digits that a float keeps; what is longer is an identifier."""
_FLAGS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class Place(NamedTuple):
    """Where something stands in a file, 1-based; zeros mean the file as a whole."""

    line: int = 0
    column: int = 0


class Plain(str):
    """Text that stands in the file without quotes, so that it may mean a number or a flag."""

    __slots__ = ()

    def meant(self) -> str | float | bool:
        """Read it by the core rules of YAML 1.2; a number with leading zeros or too many digits stays text."""
        if self in _FLAGS:
            return _FLAGS[self]
        if _NUMBER.fullmatch(self) and len(self) <= _LONGEST_NUMBER:
            return float(self)
        return str(self)


class Node(Struct, frozen=True):
    """A value with its place. ``key`` is the place of the key that leads to it, or its own in a list."""

    content: str | dict[str, Node] | list[Node] | None
    place: Place = Place()
    key: Place = Place()
    broken: bool = False
    """It was refused and reported already; what follows from that is not."""

    @property
    def entries(self) -> dict[str, Node]:
        """The entries of a mapping; of anything else, none."""
        return self.content if isinstance(self.content, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The items of a list; of anything else, none."""
        return self.content if isinstance(self.content, list) else []

    @property
    def text(self) -> str:
        """The trimmed text of a scalar; of anything else, empty."""
        return str(self.content).strip() if isinstance(self.content, str) else ""

    def __getitem__(self, key: str) -> Node:
        """Give the value of a key; where there is none, an empty node at the place of the mapping."""
        return self.entries.get(key) or Node(None, self.place, self.key)

    @property
    def meant(self) -> str | float | bool:
        """The text of a scalar or, where it stands without quotes, the number or flag that it may be."""
        return self.content.meant() if isinstance(self.content, Plain) else self.text

    def data(self) -> object:
        """Give plain dicts, lists, trimmed texts and None."""
        if isinstance(self.content, dict):
            return {key: node.data() for key, node in self.content.items()}
        if isinstance(self.content, list):
            return [node.data() for node in self.content]
        return None if self.content is None else self.text
