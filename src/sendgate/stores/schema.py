"""The tables of a relational store. What SQLite and PostgreSQL call differently stands in braces."""

from __future__ import annotations

from sendgate.model.ledger import UNFINISHED

OPEN = ", ".join(f"'{state}'" for state in sorted(UNFINISHED))
"""The unfinished states, as SQL lists them; an index that names them is used only by a query that does too."""

# Columns of a primary key come first, in its order: `quick_check` of SQLite 3.40 takes others for damage.
_VERSIONS = (
    """
    CREATE TABLE people (
        person {text} PRIMARY KEY, version BIGINT NOT NULL, permission BIGINT NOT NULL, known INTEGER NOT NULL,
        attributes {text} NOT NULL
    ){clustered};
    CREATE TABLE addresses (
        kind {text} NOT NULL, address {text} NOT NULL, person {text} NOT NULL, PRIMARY KEY (kind, address, person)
    ){clustered};
    CREATE INDEX addresses_of ON addresses (person);
    CREATE TABLE events (
        person {text} NOT NULL, id {text} NOT NULL, kind {text} NOT NULL, at DOUBLE PRECISION NOT NULL,
        brand {text} NOT NULL, channel {text} NOT NULL, campaign {text} NOT NULL, creative {text} NOT NULL,
        purpose {text} NOT NULL, category {text} NOT NULL, product {text} NOT NULL, price DOUBLE PRECISION NOT NULL,
        discount DOUBLE PRECISION NOT NULL, detail {text} NOT NULL, PRIMARY KEY (person, id)
    ){clustered};
    CREATE TABLE entries (
        key {text} PRIMARY KEY, person {text} NOT NULL, campaign {text} NOT NULL, run {text} NOT NULL,
        channel {text} NOT NULL, state {text} NOT NULL, at DOUBLE PRECISION NOT NULL,
        changed DOUBLE PRECISION NOT NULL, asked DOUBLE PRECISION NOT NULL, due DOUBLE PRECISION NOT NULL,
        token {text} NOT NULL, permission BIGINT NOT NULL, brand {text} NOT NULL, purpose {text} NOT NULL,
        offer {text} NOT NULL, category {text} NOT NULL, product {text} NOT NULL, creative {text} NOT NULL,
        gate {text} NOT NULL, reason {text} NOT NULL, detail {text} NOT NULL, message_id {text} NOT NULL,
        payload_hash {text} NOT NULL, body_hash {text} NOT NULL, data {text} NOT NULL
    );
    CREATE INDEX entries_of ON entries (person);
    CREATE INDEX entries_due ON entries (due) WHERE state IN ({open});
    CREATE TABLE forgotten (hash {text} PRIMARY KEY){clustered}
    """,
)
"""What each version of the schema adds to the one before. A version that was released is never changed."""

VERSION = len(_VERSIONS)
"""The version that this program reads and writes."""


def statements(since: int, text: str, clustered: str = "") -> list[str]:
    """List what brings a database from a version to this one.

    ``text`` is the type of text that is ordered by code point. ``clustered`` follows tables whose rows are to lie
    in the order of their key, so that what belongs to one person is read in one go.
    """
    words = {"text": text, "clustered": clustered, "open": OPEN}
    return [statement.strip() for version in _VERSIONS[since:] for statement in version.format(**words).split(";")]
