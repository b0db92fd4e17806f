"""A dry run of many people against SQL that was written by hand for the same policy and campaign."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from benchmarks.claims import Figure
from benchmarks.population import HERE, NOW, population, sql
from benchmarks.processes import best_of, spent

FAMILY = HERE / "family"
POLICY = FAMILY / "sendgate.yaml"
STRICTER = FAMILY / "stricter.yaml"
EVENTS_EACH = 37
"""20 sends, 10 views, 5 purchases and 2 of rarer kinds on average, beside one subscription."""

COMPARED = ("person", "outcome", "gate", "reason", "detail", "until", "offer", "blocked_by")
SCORES = ("relevance", "unsubscribe_risk")
"""Compared to 1e-9, because sums differ in their last digits with the order of summation."""


def people_and_events(data: Path, people: int) -> Path:
    """Give the folder with the files."""
    return population(data, people, people, EVENTS_EACH * people)


def dry_run(policy: Path, out: str, *more: str) -> list[str]:
    """Give the command of a dry run over the files in the folder in which it is run."""
    files = ["--audience", "audience.parquet", "--people", "people.parquet", "--events", "events.parquet"]
    command = [str(Path(sys.executable).with_name("sendgate")), "dry-run", "duvets"]
    return [*command, *files, "--policy", str(policy), "--now", NOW, "--out", out, *more]


def by_hand(*parts: str) -> list[str]:
    """Give the command that runs parts of the decisions in SQL by hand, see ``by_hand/macros.sql``."""
    return sql(*(HERE / "by_hand" / f"{part}.sql" for part in ("macros", *parts)))


def decided_by_hand() -> list[str]:
    """Give the command that decides the same in SQL, and writes ``by-hand.parquet``."""
    return by_hand("facts", "decide", "evidence", "write")


def kept_by_hand() -> list[str]:
    """Give the command that keeps its facts, in ``by-hand-facts.parquet``."""
    return by_hand("facts", "keep")


def decided_again_by_hand() -> list[str]:
    """Give the command that decides of kept facts in SQL, and writes ``by-hand-again.parquet``."""
    return by_hand("kept", "decide", "write")


def differences(one: Path, other: Path, shown: int = 5) -> list[str]:
    """Compare two files of decisions row by row. Gives the number of rows that differ, and the first of them."""
    unequal = [f"a.{name} is distinct from b.{name}" for name in COMPARED]
    unequal += [f"coalesce(abs(a.{name} - b.{name}) > 1e-9, true)" for name in SCORES]
    columns = ", ".join(f"{side}.{name}" for side in "ab" for name in (*COMPARED, *SCORES))
    with duckdb.connect() as con:
        con.execute(
            f"create temp view differing as select file_row_number, {columns}"
            f" from read_parquet('{one}', file_row_number = true) a"
            f" full join read_parquet('{other}', file_row_number = true) b using (file_row_number)"
            f" where {' or '.join(unequal)}"
        )
        count = (con.execute("select count(*) from differing").fetchone() or (0,))[0]
        rows = con.execute(f"from differing order by file_row_number limit {shown}").fetchall()
    return [f"{count} rows differ between {one.name} and {other.name}", *map(str, rows)] if count else []


def agree(data: Path, people: int) -> list[str]:
    """Decide about some people in SQL, by a dry run, and under another policy from kept facts; give what differs."""
    folder = people_and_events(data, people)
    (folder / "facts.parquet").unlink(missing_ok=True)
    for command in (
        decided_by_hand(),
        kept_by_hand(),
        decided_again_by_hand(),
        dry_run(POLICY, "decided.parquet", "--facts", "facts.parquet"),
        dry_run(STRICTER, "from-facts.parquet", "--facts", "facts.parquet"),
        dry_run(STRICTER, "stricter.parquet"),
    ):
        spent(command, folder)
    return [
        *differences(folder / "decided.parquet", folder / "by-hand.parquet"),
        *differences(folder / "by-hand.parquet", folder / "by-hand-again.parquet"),
        *differences(folder / "stricter.parquet", folder / "from-facts.parquet"),
    ]


def run(data: Path, people: int, runs: int) -> list[Figure]:
    """Measure a full run against SQL, and a run from kept facts against a full one. Raises where rows differ."""
    folder = people_and_events(data, people)
    (folder / "facts.parquet").unlink(missing_ok=True)
    spent(dry_run(POLICY, "kept.parquet", "--facts", "facts.parquet"), folder)
    spent(kept_by_hand(), folder)
    commands = {
        "sql": decided_by_hand(),
        "full": dry_run(POLICY, "decided.parquet"),
        "sql again": decided_again_by_hand(),
        "again": dry_run(STRICTER, "from-facts.parquet", "--facts", "facts.parquet"),
    }
    took = best_of(runs, commands, folder)
    for decided in ("decided.parquet", "by-hand-again.parquet"):
        if found := differences(folder / decided, folder / "by-hand.parquet"):
            raise AssertionError("\n".join(found))
    sql_, full, sql_again, again = (took[name] for name in commands)
    return [
        Figure("hand-written SQL", sql_.seconds, "s"),
        Figure("hand-written SQL, peak memory", sql_.gigabytes, "GB"),
        Figure("sendgate dry-run", full.seconds, "s"),
        Figure("sendgate dry-run against the SQL", full.seconds / sql_.seconds, "x", 1.5),
        Figure("sendgate dry-run, peak memory", full.gigabytes, "GB", 4.0),
        Figure("hand-written SQL from its own kept facts", sql_again.seconds, "s"),
        Figure("hand-written SQL from kept facts against a full dry run", sql_again.seconds / full.seconds, "x"),
        Figure("from kept facts, under another policy", again.seconds, "s"),
        Figure("from kept facts against the SQL from kept facts", again.seconds / sql_again.seconds, "x"),
        Figure("from kept facts against a full run", again.seconds / full.seconds, "x", 1 / 20),
    ]
