"""What is found wrong, or foolish, in one file."""

from __future__ import annotations

from sendgate.errors import Mistake
from sendgate.policy.document import Place

_NOWHERE = Place()


class Review:
    """Collects the mistakes and warnings of one file, in the order in which they are found."""

    def __init__(self, file: str) -> None:
        self.file = file
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
