"""What really came of the rows of an audience: a column of yes and no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sendgate.audience.place import Place
from sendgate.audience.sql import identifier, literal, plain_text
from sendgate.errors import InputError
from sendgate.policy.suggestions import suggest

if TYPE_CHECKING:
    from typing import Any

    import duckdb

_MEANINGS = {"1": 1.0, "true": 1.0, "0": 0.0, "false": 0.0, "": -1.0}


def results(place: Place, own: Mapping[str, str], column: str) -> duckdb.DuckDBPyRelation:
    """Give ``row`` and ``result`` of every row: 1, 0, or -1 where the column is empty.

    ``own`` names the audience's columns in the relation ``audience``. Raises InputError where there is no such column,
    or it holds anything but 0, 1, true, false and nothing.
    """
    if column not in own:
        raise InputError(f"the audience has no column `{column}`: {suggest(column, own) or 'it has none of its own'}")
    kinds: dict[str, Any] = {row[0]: row[1] for row in place.run("describe audience")}
    text = f"lower({plain_text(own[column], kinds[own[column]])})"
    cases = " ".join(f"when {literal(word)} then {meaning}::double" for word, meaning in _MEANINGS.items())
    query = f"select row_no, {text} as word, case {text} {cases} end as result from audience"
    odd = place.run(f"select count(*), min(word) from ({query}) where result is null")[0]
    if odd[0]:
        raise InputError(
            f"`{column}` holds `{odd[1]}`" + (f", and {odd[0] - 1:,} more such rows" if odd[0] > 1 else "")
            + ": expected 0, 1, true or false"
        )  # fmt: skip
    return place.con.sql(f"select row_no as {identifier('row')}, result from ({query})")
