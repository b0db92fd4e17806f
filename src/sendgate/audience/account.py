"""The account of what was read: rows in = accepted + rejected, for every file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sendgate.audience.columns import misspelt
from sendgate.model.campaigns import Purpose
from sendgate.model.enumerating import backticked, first_of
from sendgate.model.events import KINDS
from sendgate.model.zones import zone_meant

KEPT = 1000
"""How many rejections are kept, for each file, to be shown; all are counted."""


class Rejection(NamedTuple):
    """A row that was not used."""

    file: str
    line: int
    """The physical line on which the row begins; in Parquet the number of the row. Both start at 1."""
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass
class FileAccount:
    """What became of the rows of one file."""

    file: str
    role: str
    """``people``, ``events`` or ``audience``."""
    accepted: int = 0
    rejected: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    """The first ``KEPT`` of them, by line."""

    @property
    def rows_in(self) -> int:
        """How many rows the file has."""
        return self.accepted + self.rejected

    def reject(self, rejections: Iterable[Rejection], count: int) -> None:
        """Add rejected rows: all are counted, the first are kept."""
        self.rejected += count
        self.rejections = sorted([*self.rejections, *rejections], key=lambda rejection: rejection.line)[:KEPT]


@dataclass
class Account:
    """What was read, what was not, and what is worth a warning."""

    files: list[FileAccount] = field(default_factory=list)
    repeated_ids: int = 0
    """Events that were read and do not count, because an earlier one has the same id."""
    unknown_kinds: dict[str, int] = field(default_factory=dict)
    """Event kinds that no gate reads, with the number of events, most frequent first."""
    unknown_channels: dict[str, int] = field(default_factory=dict)
    """Channels of messages that no campaign has, with the number of events, most frequent first."""
    unknown_bounces: dict[str, int] = field(default_factory=dict)
    """Details of bounces that do not tell whether it was for good, with the number of events, most frequent first."""
    unknown_purposes: dict[str, int] = field(default_factory=dict)
    """Purposes of ``sent`` events that no campaign has, with the number of events, most frequent first."""
    brands: dict[str, int] = field(default_factory=dict)
    """All that events name, with the number of events, most frequent first: a family knows which are its own."""
    unknown_columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By file: columns that were not read."""
    near_columns: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """By people file: attributes that are spelt almost like a column with a meaning that the file lacks, with it."""
    invalid: dict[str, int] = field(default_factory=dict)
    """By people column (``email``, ``phone``, ``timezone``): people whose value cannot be read and is now unknown."""
    unknown_zones: dict[str, int] = field(default_factory=dict)
    """Timezones that do not exist, with the number of people, most frequent first; they are in ``invalid`` too."""
    unknown_persons: int = 0
    """Persons in the audience whom neither people nor events know: decided with an empty profile."""
    unknown_events: int = 0
    """Events of persons who are in no people file, where there are such files: they count like all others."""
    repeated_rows: int = 0
    """Audience rows that mean a person who stands earlier in the audience, at the same decision time."""

    added: list[str] = field(default_factory=list)
    """What whoever uses the rows has to add, a sentence each."""

    def of(self, role: str) -> tuple[FileAccount, ...]:
        """Give the files of one role."""
        return tuple(file for file in self.files if file.role == role)

    @property
    def rejected(self) -> int:
        """How many rows of all files were rejected."""
        return sum(file.rejected for file in self.files)

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """The rejections that were kept, file by file."""
        return tuple(rejection for file in self.files for rejection in file.rejections)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know although every row was read, a sentence each."""
        return tuple(
            [
                f"{file}: columns that are not read: {backticked(names, _SHOWN)}"
                for file, names in self.unknown_columns.items()
            ]
            + [
                f"{file}: columns that are read as attributes like any other: {backticked(near, _SHOWN)}{_rather(near)}"
                for file, near in self.near_columns.items()
            ]
            + self.strange_kinds
            + self._strange_values
            + [f"repeated event ids, which count once: {self.repeated_ids}"] * bool(self.repeated_ids)
            + [f"people whose {name} is not valid, taken as unknown: {n}" for name, n in self._addresses.items() if n]
            + self._strange_zones
            + [f"persons in the audience whom no file knows: {self.unknown_persons}"] * bool(self.unknown_persons)
            + [f"events of persons whom no people file knows: {self.unknown_events}"] * bool(self.unknown_events)
            + [f"audience rows that repeat a person: {self.repeated_rows}"] * bool(self.repeated_rows)
            + self.added
        )

    @property
    def _strange_values(self) -> list[str]:
        """Name what events say and nothing reads, a sentence each."""
        purposes = f"messages whose purpose is none of {backticked(tuple(Purpose), _SHOWN)}, and counts as none"
        bounces = {detail or "no detail": number for detail, number in self.unknown_bounces.items()}
        told = {
            "events of messages on channels that no campaign has": self.unknown_channels,
            purposes: self.unknown_purposes,
            "bounces that are neither `permanent` nor `transient`, and count for nothing": bounces,
        }
        return [f"{words}: {counts_of(counts)}" for words, counts in told.items() if counts]

    @property
    def _addresses(self) -> dict[str, int]:
        """What is not valid and is not shown either, since it is somebody's."""
        return {name: number for name, number in self.invalid.items() if name != "timezone"}

    @property
    def _strange_zones(self) -> list[str]:
        """Name the timezones that do not exist: a whole country may be written to at night for want of a letter."""
        if not self.unknown_zones:
            return []
        shown = list(self.unknown_zones)[:_SHOWN]
        meant = {name: near for name in shown if (near := zone_meant(name))}
        return [
            f"people whose timezone does not exist, taken as unknown: {counts_of(self.unknown_zones)}{_rather(meant)}"
        ]

    @property
    def strange_kinds(self) -> list[str]:
        """Name the kinds that no gate reads, in a sentence, if there are any: mostly they are spelt otherwise."""
        meant = _rather(misspelt(self.unknown_kinds, KINDS))
        return [f"kinds that no gate reads: {counts_of(self.unknown_kinds)}{meant}"] * bool(self.unknown_kinds)


_SHOWN = 10


def _rather(meant: Mapping[str, str]) -> str:
    """Ask whether something else was meant; ``meant`` has it by what was written."""
    return f"; did you mean {backticked(dict.fromkeys(meant.values()), _SHOWN)}?" if meant else ""


def counts_of(counts: Mapping[str, int]) -> str:
    """List names with their counts, the first of many."""
    return first_of((f"`{name}` ({count})" for name, count in counts.items()), _SHOWN)
