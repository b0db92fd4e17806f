"""Reading settings as they are declared."""

from __future__ import annotations

from typing import TypeVar

from msgspec import ValidationError

from sendgate.model.settings import Settings
from sendgate.policy.document import Node
from sendgate.policy.review import Review

Made = TypeVar("Made", bound=Settings)


def read(node: Node, kind: type[Made], review: Review, subject: str = "the file") -> Made | None:
    """Make settings of what somebody wrote, or note everything that is wrong with it and give None."""
    try:
        return kind.of(node.data())
    except ValidationError:
        from sendgate.policy.mistakes import note_mistakes  # noqa: PLC0415  only where something is wrong

        note_mistakes(node, kind, review, subject)
        return None
