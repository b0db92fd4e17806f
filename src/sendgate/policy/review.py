"""What is found wrong, or foolish, in one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sendgate.errors import Mistake
from sendgate.policy.document import Place

Schema = Mapping[str, Any]
"""A JSON Schema."""

_NOWHERE = Place()


class Review:
    """Collects the mistakes and warnings of one file, in the order in which they are found."""

    def __init__(self, file: str, schema: Callable[[], Schema] = dict) -> None:
        self.file = file
        self.schema = schema
        """The keys that the file may have; built only where something is wrong."""
        self.mistakes: list[Mistake] = []
        self.warnings: list[Mistake] = []

    def mistake(self, message: str, place: Place = _NOWHERE, *, hint: str = "", file: str = "") -> None:
        """Note a mistake; ``file`` where it stands in a file that this one refers to."""
        self._note(self.mistakes, Mistake(file or self.file, message, *place, hint))

    def warn(self, message: str, place: Place = _NOWHERE, *, hint: str = "", file: str = "") -> None:
        """Note something legal but foolish."""
        self._note(self.warnings, Mistake(file or self.file, message, *place, hint))

    @staticmethod
    def _note(notes: list[Mistake], note: Mistake) -> None:
        if note not in notes:
            notes.append(note)
