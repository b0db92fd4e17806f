"""Reading lists and event files, rejecting bad rows with their line, and writing decisions.

Nothing columnar is imported before a run is opened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sendgate.audience.progress import Progress, quietly
from sendgate.errors import MissingExtraError

if TYPE_CHECKING:
    from sendgate.audience.run import Run


@contextmanager
def open_run(  # noqa: PLR0913  one argument for each option of the command line
    *,
    now: float,
    audience: Path | None = None,
    people: Sequence[Path] = (),
    events: Sequence[Path] = (),
    attributes: Collection[str] | None = None,
    memory_limit: str = "",
    progress: Progress = quietly,
) -> Iterator[Run]:
    """Read all files and give their tables, for as long as the ``with`` block lasts.

    ``now`` is the decision time in epoch seconds of every row that has no ``at`` of its own. ``attributes`` names the
    attributes of people that are needed; None reads all. ``memory_limit`` is DuckDB's (``3GB``).
    Raises InputError, before any row is read where possible, when a file is not what it claims to be;
    MissingExtraError when the tables' libraries are not installed.
    """
    try:
        from sendgate.audience.run import Files, opened  # noqa: PLC0415  imports duckdb and narwhals
    except ModuleNotFoundError as error:
        if error.name not in {"duckdb", "narwhals"}:
            raise
        raise MissingExtraError("reading audiences", "audience") from error
    with opened(Files(audience, people, events), now, attributes, memory_limit, progress) as run:
        yield run
