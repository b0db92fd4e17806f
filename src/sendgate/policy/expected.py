"""What a declaration asks for, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import inspect as declared

from sendgate.policy.suggestions import alternatives

_OMITTED = 1e12
"""Limits that nobody reaches are not spoken of."""

_PLAIN: Mapping[type, str] = {
    declared.BoolType: "true or false",
    declared.DictType: "a mapping",
    declared.FloatType: "a number",
    declared.IntType: "a whole number",
    declared.ListType: "a list",
    declared.StrType: "text",
    declared.StructType: "a mapping",
    declared.TupleType: "a list",
    declared.VarTupleType: "a list",
}

_LIMITS: Mapping[str, str] = {
    "gt": ", greater than {:g}",
    "ge": ", at least {:g}",
    "lt": ", less than {:g}",
    "le": ", at most {:g}",
    "multiple_of": ", a multiple of {:g}",
    "min_length": " of {} or more",
    "max_length": " of at most {}",
}


class Expected:
    """What values are right, from msgspec's description of a type."""

    def __init__(self, kind: declared.Type) -> None:
        self.choices: list[str] = []
        """The values, where only some are right."""
        self.pattern = ""
        """What a text must look like."""
        self.words = alternatives(list(self._said(kind)))

    def _said(self, kind: Any, schema: Mapping[str, Any] | None = None) -> Iterator[str]:
        if isinstance(kind, declared.Metadata):
            yield from self._said(kind.type, kind.extra_json_schema)
        elif isinstance(kind, declared.UnionType):
            for option in kind.types:
                yield from self._said(option)
        elif isinstance(kind, declared.EnumType | declared.LiteralType):
            values = [str(value) for value in (kind.cls if isinstance(kind, declared.EnumType) else kind.values)]
            self.choices += values
            yield from (f"`{value}`" for value in values)
        elif type(kind) in _PLAIN:
            self.pattern = self.pattern or _pattern(kind, schema or {})
            yield _PLAIN[type(kind)] + "".join(_limits(kind))


def _limits(kind: Any) -> Iterator[str]:
    if isinstance(kind, declared.TupleType):
        yield f" of {len(kind.item_types)}"
    for name, words in _LIMITS.items():
        limit = getattr(kind, name, None)
        if limit is not None and abs(limit) < _OMITTED and not (isinstance(kind, declared.StrType) and limit == 1):
            yield words.format(limit)


def _pattern(kind: Any, schema: Mapping[str, Any]) -> str:
    """Say what a text must look like."""
    pattern = getattr(kind, "pattern", None)
    if not pattern:
        return ""
    examples = [str(example) for example in schema.get("examples", ())]
    return f"{schema.get('title', f'text like {pattern}')}{', such as ' + alternatives(examples) if examples else ''}"
