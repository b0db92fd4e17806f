"""JSON Lines files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sendgate.audience.columns import Column
from sendgate.audience.formats import Compression, open_text
from sendgate.audience.lines import REASONS, blocks
from sendgate.audience.place import Place
from sendgate.audience.records import Batch
from sendgate.audience.sources import Projection, selection, understood
from sendgate.audience.sql import literal
from sendgate.audience.text_source import TextSource
from sendgate.errors import InputError

_INSTEAD = "Write each of its objects on a line of its own, without the brackets and the commas between them"
_WHOLE_LINE = "columns = {'line': 'VARCHAR'}, delim = '\x1f', quote = '', escape = ''"
_ARRAY = re.compile(rb"\s*\[\s*(?:[\[{\]]|$)")
"""How a file that is one JSON array begins: a bracket, and in it an object, another array, or nothing."""
_OBJECTS = re.compile(rb"(?:[ \t]*+\{[^\n\r\0\x1f\xfe\xff]*+\n)*+")


def _with_validity(relation: str) -> str:
    return f"select line, json_valid(line) and not contains(line, '\\u0000') from {relation}"


class JsonSource(TextSource):
    """A JSON Lines file: an object a line. Its columns are the keys of all lines together."""

    def __init__(self, path: Path, compression: Compression, place: Place) -> None:
        super().__init__(path, compression, place)
        self._lines = place.new_name("lines")
        self._place.run(f"create table {self._lines} (line varchar, valid boolean)")
        with open_text(path, compression) as stream:
            self._copy(self._lines, self._objects(blocks(stream)), _with_validity, _WHOLE_LINE)
        if not self._log.rows + self._log.rejected:
            raise InputError(f"`{path}` is empty: expected a JSON object on each line")
        self._written = self._keys()
        if not (self._written or self._place.number(f"select count(*) from {self._lines} where valid")):
            raise InputError(f"`{path}` is not JSON Lines, as its name says: none of its lines is a JSON object")
        self.columns = [Column(key.strip(), f"v[{at}]") for at, key in enumerate(self._written, start=1)]

    def _keys(self) -> list[str]:
        """List the keys in order of their first appearance."""
        keys = self._place.run(
            f"select key from (select unnest(json_keys(line)) as key, rowid as row_no, "
            f"generate_subscripts(json_keys(line), 1) as nth from {self._lines} where valid) "
            "group by key order by min(row_no), min(nth)"
        )
        return [key for (key,) in keys]

    def _objects(self, parts: Iterator[bytes]) -> Iterator[Batch]:
        for block in parts:
            before, at = self._log.rows, 0
            good: list[bytes] = []
            while at < len(block):
                end = _OBJECTS.match(block, at).end()  # type: ignore[union-attr]  # it matches nothing at least
                good.append(block[at:end])
                rows = block.count(b"\n", at, end)
                self._log.accept(rows, rows)
                at = self._pass_over(block, end)
            yield Batch(b"".join(good), self._log.rows - before, multiline=False)

    def _pass_over(self, block: bytes, at: int) -> int:
        """Reject the line that begins here, unless it is blank; give the start of the next."""
        if at == len(block):
            return at
        end = block.index(b"\n", at)
        line = block[at:end]
        if not self._log.rows + self._log.rejected and _ARRAY.match(line):
            raise InputError(f"`{self.path}` is not JSON Lines, as its name says: it is a JSON array. {_INSTEAD}")
        if line.strip():
            self._log.reject(REASONS.get(line) or "the line is not a JSON object")
        else:
            self._log.skip()
        return end + 1

    def load(self, name: str, projection: Projection) -> bool:
        """See Source."""
        keys = (key.replace("~", "~0").replace("/", "~1") for key in self._written)
        pointers = ", ".join(literal(f"/{key}") for key in keys)
        values = f"json_extract_string(line, [{pointers}])" if self.columns else "[]"
        relation = f"(select valid, case when valid then {values} end as v from {self._lines})"
        reason = f"case when not valid then 'the line is not valid JSON' else {projection.reason} end"
        select = selection(projection, relation, {"valid": "valid"}, reason)
        with understood(self.path):
            self._place.run(f"create table {name}_rows as {select}")
        self._place.run(f"create view {name} as select rowid as row_no, * from {name}_rows")
        self._place.run(f"drop table {self._lines}")
        return True
