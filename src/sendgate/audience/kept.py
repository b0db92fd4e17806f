"""Facts kept in a Parquet file, so that another policy can be tried without reading people and events again.

The file has ``row``, ``person``, ``known``, a column for each fact under ``Fact.key``, and the audience's own columns.
Its metadata says what the facts were computed from, and gives the account of those files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sendgate.audience import output, results
from sendgate.audience.account import Account, FileAccount, Rejection
from sendgate.audience.duck import DuckEngine
from sendgate.audience.formats import Format, check_parquet, format_of
from sendgate.audience.place import Place, connected
from sendgate.audience.progress import Progress, quietly
from sendgate.audience.sources import understood
from sendgate.audience.sql import file_literal, identifier, literal
from sendgate.errors import InputError, in_words

if TYPE_CHECKING:
    import narwhals as nw

_KEY = "sendgate"
"""Of the metadata."""
_LAYOUT = 1
"""Of the file; it rises when an older file can no longer be read."""
_ROW = ("row", "person", "known")
_OWN = "own."
"""Prefix of the audience's own columns."""


@dataclass(frozen=True)
class Origin:
    """What facts were computed from. Equal origins give equal facts."""

    now: float
    """Epoch seconds, of every row that has no time of its own."""
    files: Mapping[str, tuple[int, int]]
    """By role and absolute path: size and time of the last change (nanoseconds)."""
    made_by: str
    """The version of sendgate: another one may compute a fact differently."""

    @classmethod
    def of(cls, now: float, audience: Path, people: Sequence[Path], events: Sequence[Path]) -> Origin:
        """Look at the files, without reading them. Raises InputError where one is not there."""
        named = [("audience", audience), *(("people", p) for p in people), *(("events", p) for p in events)]
        return cls(now, {f"{role}: {path.resolve()}": _state(path) for role, path in named}, version("sendgate"))

    def differs(self, other: Origin) -> str:
        """Say in what another origin differs, or give the empty text."""
        if other.made_by != self.made_by:
            return f"they were computed by sendgate {self.made_by}, this is {other.made_by}"
        if other.files.keys() != self.files.keys():
            odd = min(other.files.keys() ^ self.files.keys())
            return f"they were computed from other files: `{odd}` is in one list only"
        changed = [name for name, state in self.files.items() if other.files[name] != state]
        if changed:
            return f"`{changed[0]}` has changed since"
        return "they hold for another time" if other.now != self.now else ""


def _state(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {in_words(error)}") from error
    return found.st_size, found.st_mtime_ns


@dataclass(frozen=True)
class Kept:
    """A file of kept facts, as its metadata tells it."""

    path: Path
    origin: Origin
    columns: tuple[str, ...]
    account: Account

    @classmethod
    def read(cls, path: Path) -> Kept | None:
        """Read the metadata; None where there is no such file yet. Raises InputError where it is something else."""
        if format_of(path).format is not Format.PARQUET:
            raise InputError(f"`{path}` cannot keep facts: expected a name that ends in .parquet")
        if not path.exists():
            return None
        check_parquet(path)
        name = file_literal(path)
        with connected("", quietly) as place, understood(path):
            query = f"select decode(value) from parquet_kv_metadata({name}) where decode(key) = {literal(_KEY)}"
            metadata = place.run(query)
            columns = [str(row[0]) for row in place.run(f"describe from read_parquet({name})")]
        told = json.loads(metadata[0][0]) if metadata else {}
        foreign = InputError(f"`{path}` is not a file of facts that this version of sendgate has kept")
        if told.get("layout") != _LAYOUT:
            raise foreign
        try:
            return cls(path, _origin(told["origin"]), tuple(columns), _account(told["account"]))
        except (KeyError, TypeError, ValueError):
            raise foreign from None

    @property
    def keys(self) -> frozenset[str]:
        """The facts in the file, by ``Fact.key``."""
        return frozenset(name for name in self.columns if name not in _ROW and not name.startswith(_OWN))

    def facts(self, engine: DuckEngine) -> nw.LazyFrame[Any]:
        """Give the facts as a frame like that of ``facts.tables.with_facts``."""
        listed = ", ".join(identifier(name) for name in (*_ROW, *sorted(self.keys)))
        return engine.query(f"select {listed} from read_parquet({file_literal(self.path)})")


def _origin(told: dict[str, Any]) -> Origin:
    files = {name: (size, changed) for name, (size, changed) in told["files"].items()}
    return Origin(told["now"], files, told["made_by"])


def _account(told: dict[str, Any]) -> Account:
    files = [
        FileAccount(**{**file, "rejections": [Rejection(*rejection) for rejection in file["rejections"]]})
        for file in told["files"]
    ]
    columns = {file: tuple(names) for file, names in told["unknown_columns"].items()}
    return Account(**{**told, "files": files, "unknown_columns": columns})


class KeptRun:
    """Kept facts in place of a run: what was read then, as far as deciding and writing need it."""

    def __init__(self, place: Place, kept: Kept) -> None:
        self._place = place
        self._own = {name.removeprefix(_OWN): name for name in kept.columns if name.startswith(_OWN)}
        self.account = kept.account
        self.own_times = any(name.strip().casefold() == "at" for name in self._own)
        self.engine = DuckEngine(place)
        self.facts = kept.facts(self.engine)
        listed = "".join(f", {identifier(name)} as own_{at}" for at, name in enumerate(self._own.values()))
        source = f"read_parquet({file_literal(kept.path)})"
        place.run(f'create view audience as select "row" as row_no{listed} from {source}')

    def write(self, decisions: nw.LazyFrame[Any], out: Path, columns: output.Columns = output.DECISION) -> None:
        """Write decisions as ``Run.write`` does."""
        output.write(self._place, decisions, self._columns, out, columns)

    def results(self, column: str) -> nw.LazyFrame[Any]:
        """Give what really came of the rows as ``Run.results`` does."""
        return self.engine.frame(results.results(self._place, self._columns, column))

    @property
    def _columns(self) -> Mapping[str, str]:
        return {name: f"own_{at}" for at, name in enumerate(self._own)}


@contextmanager
def open_kept(kept: Kept, *, memory_limit: str = "", progress: Progress = quietly) -> Iterator[KeptRun]:
    """Open kept facts for as long as the ``with`` block lasts. No other file is read."""
    with connected(memory_limit, progress) as place, understood(kept.path):
        yield KeptRun(place, kept)


def keep(  # noqa: PLR0913, PLR0917  what is written, and where
    place: Place, facts: nw.LazyFrame[Any], own: Mapping[str, str], account: Account, origin: Origin, path: Path
) -> None:
    """Write facts (``row``, ``person``, ``known``, and a column for each) with the audience's own columns.

    ``own`` names those columns in the relation ``audience``. The file appears whole or not at all. Raises InputError
    where it cannot be written.
    """
    told = {"layout": _LAYOUT, "origin": asdict(origin), "account": asdict(account)}
    listed = "".join(f", a.{column} as {identifier(_OWN + name)}" for name, column in own.items())
    query = f'select f.*{listed} from facts_to_keep f join audience a on a.row_no = f."row"'
    facts.to_native().create_view("facts_to_keep", replace=True)
    try:
        options = f"format parquet, compression zstd, kv_metadata {{{_KEY}: {literal(json.dumps(told))}}}"
        output.copy(place, query, path, options)
    finally:
        place.run("drop view if exists facts_to_keep")
