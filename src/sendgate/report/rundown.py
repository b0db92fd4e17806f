"""Everything that a finished dry run tells, whoever shows it: a terminal, a page, or JSON for machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sendgate.errors import Mistake
from sendgate.report.phrases import as_of
from sendgate.report.summary import Rendered, Summary

if TYPE_CHECKING:
    from sendgate.decide.plan import Plan


class FileRead(NamedTuple):
    """What became of the rows of one file."""

    file: str
    role: str
    """``people``, ``events`` or ``audience``."""
    rows: int
    rejected: int


class Rejected(NamedTuple):
    """A row that was not used."""

    place: str
    """File and line."""
    reason: str


@dataclass(frozen=True)
class Rundown:
    """What a dry run tells."""

    plan: Plan
    policy_file: str
    audience_file: str
    at: float | None
    """The decision time in epoch seconds; None: each row has its own."""
    summary: Summary
    files: Sequence[FileRead] = ()
    rejected: Sequence[Rejected] = ()
    """The first of the rejected rows of all files."""
    notes: Sequence[str] = ()
    """What is odd about the data, a sentence each."""
    warnings: Sequence[Mistake] = ()
    """Settings that are legal but foolish."""
    rendered: Rendered | None = None
    """None: no message was rendered, because nobody's profile was read."""

    @property
    def brand(self) -> str:
        """The name of the brand that speaks."""
        campaign, family = self.plan.campaign, self.plan.policy.family
        brand = family.brands.get(campaign.brand)
        return (brand.name if brand else "") or campaign.brand

    @property
    def when(self) -> str:
        """The decision time, as a sentence has it."""
        return as_of(self.at)

    @property
    def refused(self) -> int:
        """How many rows of the audience were rejected."""
        return sum(file.rejected for file in self.files if file.role == "audience")
