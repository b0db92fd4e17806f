"""What pydantic found wrong, in our own words, at its place in the file, each mistake once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sendgate.policy.document import Node, Steps, trace
from sendgate.policy.review import Review, Schema
from sendgate.policy.suggestions import alternatives, nearest, suggest

if TYPE_CHECKING:
    from pydantic import ValidationError

_PHRASES = {
    "bool": "true or false",
    "dict": "a mapping",
    "finite_number": "a finite number",
    "float": "a number",
    "greater_than": "greater than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "int": "a whole number",
    "is_instance_of": "a mapping",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "list": "a list",
    "mapping": "a mapping",
    "model": "a mapping",
    "multiple_of": "a multiple of {multiple_of:g}",
    "none": "empty",
    "set": "a list",
    "string": "text",
    "string_too_long": "text of at most {max_length} characters",
    "string_too_short": "text of at least {min_length} characters",
    "tuple": "a list",
}
"""What was expected, by the kind of error, or by what stands before ``_type``, ``_parsing`` and the like."""

_LENGTHS = {
    "too_long": "must have no more than {max_length} entries, not {actual_length}",
    "too_short": "must have {min_length} or more entries, not {actual_length}",
}

_SUFFIX = re.compile(r"_(type|parsing|from_float|required|attributes_type|parsing_size)$")
_QUOTED = re.compile(r"'([^']*)'")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class _Problem:
    """One error of pydantic with its place."""

    node: Node
    path: Steps
    fork: Steps | None
    branch: str
    kind: str
    key: str
    """The key that is unknown or missing."""
    context: Mapping[str, Any]
    message: str


def note_errors(error: ValidationError, root: Node, review: Review, prefix: Steps = ()) -> None:
    """Note every mistake that a validation found in the value at ``prefix``."""
    problems = [p for p in _one_for_each_union(_problems(error, root, prefix)) if not p.node.broken]
    misspelt = {
        (*problem.path[:-1], nearest(problem.key, keys_at(review.schema(), problem.path[:-1])))
        for problem in problems
        if problem.kind == "extra_forbidden"
    }
    for problem in problems:
        if problem.kind != "missing" or (*problem.path, problem.key) not in misspelt:
            _note(problem, review)


def _problems(error: ValidationError, root: Node, prefix: Steps) -> Iterator[_Problem]:
    for found in error.errors(include_url=False, include_input=False):
        kind, parts = found["type"], (*prefix, *found["loc"])
        key = str(parts[-1]) if parts else ""
        if kind == "missing":
            parts = parts[:-1]
        node, path, fork, branch = trace(root, parts)
        yield _Problem(node, path, fork, branch, kind, key, found.get("ctx", {}), found["msg"])


def _one_for_each_union(problems: Iterable[_Problem]) -> list[_Problem]:
    """Of a value that none of several alternatives accepts, keep what the nearest alternative says.

    Where none is nearer, join them: ``must be a list or all``.
    """
    forks: dict[Steps | None, list[_Problem]] = {}
    for problem in problems:
        forks.setdefault(problem.fork, []).append(problem)
    kept = forks.pop(None, [])
    for fork, found in forks.items():
        kept.extend(_nearest_branch(len(fork or ()), found))
    return sorted(kept, key=lambda problem: problem.node.place)


def _nearest_branch(depth: int, found: list[_Problem]) -> Sequence[_Problem]:
    deepest = max(found, key=_depth)
    if _depth(deepest) > depth or len({problem.branch for problem in found}) == 1:
        return [problem for problem in found if problem.branch == deepest.branch]
    plain = [problem for problem in found if _expected(problem)]
    context = {
        "expected": alternatives([_expected(problem) for problem in plain]),
        "choices": [choice for problem in found for choice in _choices(problem)],
    }
    first = next(iter(plain), found[0])
    return [replace(first, kind="union", context=context) if plain else first]


def _depth(problem: _Problem) -> int:
    return len(problem.path) + (problem.kind == "missing")  # the key that is not there lies one level below


def _note(problem: _Problem, review: Review) -> None:
    if problem.kind == "extra_forbidden":
        known = keys_at(review.schema(), problem.path[:-1])
        kind = "gate" if problem.path[:-1] == ("gates",) else "key"
        review.mistake(f"unknown {kind} `{problem.key}`", problem.node.key, hint=suggest(problem.key, known))
    elif problem.kind == "missing":
        hint = description(review.schema(), (*problem.path, problem.key))
        review.mistake(f"`{problem.key}` is missing", problem.node.key, hint=hint)
    else:
        review.mistake(_sentence(problem), problem.node.place, hint=_did_you_mean(problem))


def _sentence(problem: _Problem) -> str:
    subject, cause = _subject(problem.path), problem.context.get("error")
    if expected := _expected(problem):
        return f"{subject} must be {expected}, not {_got(problem.node)}"
    if problem.kind in _LENGTHS:
        return f"{subject} {_LENGTHS[problem.kind].format(**problem.context)}"
    if isinstance(cause, Exception) and isinstance(problem.node.content, str):
        return f"{subject} cannot be {_got(problem.node)}: {cause}"
    return f"{subject}: {cause or problem.message[:1].lower() + problem.message[1:]}"


def _expected(problem: _Problem) -> str:
    if problem.kind == "union":
        return str(problem.context["expected"])
    if problem.kind in {"enum", "literal_error"}:
        return alternatives([f"`{choice}`" for choice in _choices(problem)]) or str(problem.context["expected"])
    phrase = _PHRASES.get(problem.kind) or _PHRASES.get(_SUFFIX.sub("", problem.kind), "")
    return phrase.format(**problem.context)


def _choices(problem: _Problem) -> list[str]:
    return problem.context.get("choices") or _QUOTED.findall(str(problem.context.get("expected", "")))


def _did_you_mean(problem: _Problem) -> str:
    if problem.kind not in {"enum", "literal_error", "union"} or not problem.node.text:
        return ""
    hint = suggest(problem.node.text, _choices(problem))
    return hint if hint.startswith("did you") else ""  # the sentence lists the choices already


def _subject(path: Steps) -> str:
    """Name a value: by its key, or by its position in a list."""
    if path and isinstance(path[-1], int):
        return f"entry {path[-1] + 1} of {_subject(path[:-1])}"
    return f"`{path[-1]}`" if path else "the file"


def _got(node: Node) -> str:
    if isinstance(node.content, str) and node.content:
        text = node.content if len(node.content) <= _LONGEST else node.content[:_LONGEST] + "…"
        return f"`{text}`"
    if isinstance(node.content, dict):
        return "a mapping" if node.content else "an empty mapping"
    if isinstance(node.content, list):
        return "a list" if node.content else "an empty list"
    return "empty"


def keys_at(schema: Schema, path: Steps) -> list[str]:
    """List the keys that may stand in the mapping at a path."""
    return list(dict.fromkeys(key for part in _schemas_at(schema, path) for key in part.get("properties", {})))


def description(schema: Schema, path: Steps) -> str:
    """Give what the schema says of a key."""
    above = _schemas_at(schema, path[:-1])
    found = (part.get("properties", {}).get(path[-1], {}).get("description", "") for part in above)
    return next(filter(None, found), "")


def _schemas_at(schema: Schema, path: Steps) -> list[Schema]:
    here = list(_unfold(schema, schema))
    for part in path:
        below = (_below(option, part) for option in here)
        here = [leaf for found in below if found for leaf in _unfold(found, schema)]
    return here


def _below(schema: Schema, part: str | int) -> Schema | None:
    found = schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part)
    if found is None and isinstance(part, str):
        found = schema.get("additionalProperties")
    return found if isinstance(found, dict) else None


def _unfold(schema: Schema, root: Schema) -> Iterator[Schema]:
    """Follow references and alternatives."""
    if "$ref" in schema:
        yield from _unfold(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _unfold(option, root)
    yield schema
