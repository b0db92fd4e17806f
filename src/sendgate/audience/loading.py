"""One file from path to relation: rows accepted, rows rejected with their line, and the account of both."""

from __future__ import annotations

from typing import NamedTuple

from sendgate.audience.account import KEPT, FileAccount, Rejection
from sendgate.audience.place import Place
from sendgate.audience.sources import Projection, Source, understood


class Loaded(NamedTuple):
    """A file as a relation."""

    name: str
    """Of the relation: ``row_no``, what the projection gave, ``rejected`` (null in good rows)."""
    source: Source
    account: FileAccount
    good: str
    """The condition for a good row."""


def load(source: Source, place: Place, name: str, role: str, projection: Projection) -> Loaded:
    """Make a relation of a file and count its rows. Raises InputError where the file turns out to be broken."""
    account = FileAccount(str(source.path), role)
    place.progress(f"reading {source.path}")
    faulty = source.load(name, projection)
    account.reject(source.rejections, source.rejected)
    with understood(source.path):
        account.accepted = place.number(f"select count(*) from {name}")
        rejected = faulty and place.number(f"select count(rejected) from {name}")
        loaded = Loaded(name, source, account, "rejected is null" if rejected else "true")
        if rejected:
            reject(loaded, place, f"select row_no, rejected as reason from {name} where rejected is not null")
    return loaded


def reject(loaded: Loaded, place: Place, query: str) -> None:
    """Account for rows, accepted until now, that a query finds fault with: ``row_no`` and ``reason``."""
    count = place.number(f"select count(*) from ({query})")
    first = place.run(f"select row_no, reason from ({query}) order by row_no limit {KEPT}")
    loaded.account.accepted -= count
    file, line_of = loaded.account.file, loaded.source.line_of
    loaded.account.reject([Rejection(file, line_of(row), reason) for row, reason in first], count)
