"""Addresses and time zones in tables: the plain ones by SQL, the odd ones once each by the functions of the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sendgate.audience.place import Place
from sendgate.audience.sql import matches
from sendgate.model.addresses import EMAIL_AS_IS, PHONE_AS_IS, normalise_email, normalise_phone, region_of
from sendgate.model.zones import zone_named

_AT_ONCE = 50_000


class Clean(NamedTuple):
    """How to read a column: empty where it is empty or not valid."""

    value: str
    """An expression over the relation."""
    join: str
    """What it needs the relation to be joined with."""
    odd: str
    """The table that is joined: values that SQL could not be sure of, and ``clean``, empty where one is not valid."""


def emails(place: Place, relation: str, column: str) -> Clean:
    """Read email addresses. ``column`` may not be ambiguous in the joined relation."""
    return _clean(
        place, relation, (column, "''"), (matches(column, EMAIL_AS_IS), f"lower({column})"),
        lambda text, _: normalise_email(text),
    )  # fmt: skip


def phones(place: Place, relation: str, column: str, locale: str = "''") -> Clean:
    """Read phone numbers; the country in the locale says how to read a national number."""
    return _clean(
        place, relation, (column, locale), (matches(column, PHONE_AS_IS), column),
        lambda text, context: normalise_phone(text, region_of(context)),
    )  # fmt: skip


def zones(place: Place, relation: str, column: str) -> Clean:
    """Read names of time zones."""
    return _clean(place, relation, (column, "''"), ("false", column), lambda text, _: zone_named(text))


def _clean(
    place: Place,
    relation: str,
    written: tuple[str, str],
    plain: tuple[str, str],
    normalise: Callable[[str, str], str],
) -> Clean:
    (column, context), (is_plain, as_is) = written, plain
    odd = place.new_name("odd")
    place.run(f"create table {odd} (raw varchar, context varchar, clean varchar)")
    cursor = place.con.cursor()  # the connection itself is busy inserting meanwhile
    try:
        cursor.execute(f"select distinct {column}, {context} from {relation} where {column} <> '' and not {is_plain}")
        while rows := cursor.fetchmany(_AT_ONCE):
            texts, contexts = map(list, zip(*rows, strict=True))
            clean = [_or_empty(normalise, text, context) for text, context in rows]
            place.run(f"insert into {odd} select unnest(?), unnest(?), unnest(?)", [texts, contexts, clean])
    finally:
        cursor.close()
    return Clean(
        f"case when {is_plain} then {as_is} else coalesce({odd}.clean, '') end",
        f"left join {odd} on {odd}.raw = {column} and {odd}.context = {context}",
        odd,
    )


def _or_empty(normalise: Callable[[str, str], str], text: str, context: str) -> str:
    try:
        return normalise(text, context)
    except ValueError:
        return ""
