"""What the table regime asks of an engine beyond Narwhals, and the columns that it relies on.

``rows``, one for each decision: ``row`` (whole number, audience order), ``person`` (text), ``at`` (decision time, epoch
seconds as a double), ``earlier`` (1.0 where the same person at the same time stands earlier in the audience, else 0.0),
``known`` (flag), and each attribute of the person as text under ``PERSON + name``, empty where unknown.

``events``: ``person``, ``kind``, ``at`` (double), ``brand``, ``channel``, ``campaign``, ``creative``, ``purpose``,
``category``, ``product``, ``detail`` (text, empty where unknown), ``price`` (double, UNKNOWN where unknown),
``discount`` (double). Repeated ids are gone. There is no null in either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import narwhals as nw

PERSON = "person."
"""Prefix of the columns that hold a person's attributes: ``person.tier``."""


class Engine(Protocol):
    """The few things that differ between DuckDB, Spark and others, and that Narwhals does not cover."""

    def fetch(self, frame: nw.LazyFrame[Any]) -> list[tuple[Any, ...]]:
        """Bring a small result into memory, a tuple a row."""

    def table(self, columns: Mapping[str, Sequence[float] | Sequence[str]]) -> nw.LazyFrame[Any]:
        """Make a small table of numbers (doubles) and texts."""

    def keep(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Compute a frame once, because several queries read it."""

    def briefly(self, frame: nw.LazyFrame[Any]) -> AbstractContextManager[nw.LazyFrame[Any]]:
        """Compute a frame once, and give up what was computed at the end of the ``with`` block."""

    def place(self) -> str:
        """Give a name for a place to ``put`` frames in, one after the other."""

    def put(self, frame: nw.LazyFrame[Any], place: str) -> nw.LazyFrame[Any]:
        """Compute a frame in a place.

        What was there, of the same columns, is replaced, and frames that were made of it now give what follows from
        this one: a query that is asked again and again is built once. The frame may itself read the place.
        """

    def numbered(self, frame: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
        """Add a number that no other row has, in any order: Narwhals would sort for it."""

    def beside(
        self, frame: nw.LazyFrame[Any], tables: Sequence[nw.LazyFrame[Any]], *keys: str, shared: bool = False
    ) -> nw.LazyFrame[Any]:
        """Add the columns of tables to the rows that have the same ``keys``; null where one of them has none.

        With ``shared`` only rows remain that all of them have. All at once: by Narwhals each would be five queries of
        its own, made of the whole one before.
        """

    def scratch(self) -> Engine:
        """Give an engine like this one for frames that are kept for a while."""

    def clear(self) -> None:
        """Drop the frames that this engine has kept; nothing may read them any more."""

    def with_hash_share(self, frame: nw.LazyFrame[Any], column: str, salt: str) -> nw.LazyFrame[Any]:
        """Add ``facts.kinds.HashShare`` of the column ``person``."""

    def with_moment_texts(self, frame: nw.LazyFrame[Any], texts: Mapping[str, str]) -> nw.LazyFrame[Any]:
        """Add columns with ``facts.sentence.moment_text`` of others (epoch seconds), all at once."""


@dataclass(frozen=True)
class Tables:
    """Everybody: the audience with its people, and what happened to them."""

    engine: Engine
    rows: nw.LazyFrame[Any]
    events: nw.LazyFrame[Any]
    now: float | None
    """The decision time of all rows; None where rows have times of their own."""
    strictly: bool = False
    """Events at the very moment of a decision are not seen: one of them is the message that is decided about."""
