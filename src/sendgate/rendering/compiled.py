"""Templates that were compiled before: checking one compiles it, and so do all that render it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from jinja2 import BytecodeCache

if TYPE_CHECKING:
    from types import CodeType

    from jinja2.bccache import Bucket

_MOST = 500
"""Templates that are kept: a container lives for hours, and its templates change."""


class Compiled(BytecodeCache):
    """Keeps the code of templates for as long as the process lives, by their name and all that stands in them.

    The folder does not matter: what is compiled knows its name and its lines, and looks others up when it runs.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Give the name, wherever the file lies."""
        return name

    def load_bytecode(self, bucket: Bucket) -> None:
        """Find the code of a template, if it was compiled."""
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template; Jinja asks for this after it found none."""
        if bucket.code is not None:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[bucket.key, bucket.checksum] = bucket.code


COMPILED: Mapping[bool, Compiled] = MappingProxyType({True: Compiled(), False: Compiled()})
"""By whether values are escaped: that is compiled in."""
