"""Every mistake in settings, with its place.

msgspec says what is wrong first, and stops. So a value that is wrong is looked into: whichever parts are wrong by
themselves are the mistakes; where none is, the value itself is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from msgspec import Meta, Struct, ValidationError, convert, structs
from msgspec.inspect import type_info

from sendgate.policy.document import Node
from sendgate.policy.expected import Expected
from sendgate.policy.review import Review
from sendgate.policy.suggestions import nearest, suggest

_LONGEST = 60


class _Part(NamedTuple):
    """A value, or a part of one, with how it is declared."""

    node: Node
    kind: Any
    subject: str
    """What to call it."""
    check: Callable[[Any], None] | None = None


def note_mistakes(node: Node, kind: Any, review: Review, subject: str) -> None:
    """Note everything that is wrong with a value."""
    _note_mistakes(_Part(node, kind, subject), review)


def _note_mistakes(part: _Part, review: Review) -> bool:
    """Note what is wrong with a value; tell whether anything is."""
    node = part.node
    if node.broken:
        return True
    part = part._replace(kind=_shaped(part.kind, node.content))
    wrong = isinstance(node.content, dict) and _is_settings(part.kind) and _note_keys(node, part.kind, review)
    for below in _parts(part):
        wrong = _note_mistakes(below, review) or wrong
    return wrong or _is_wrong_itself(part, review)


def _is_wrong_itself(part: _Part, review: Review) -> bool:
    try:
        made = convert(part.node.data(), part.kind, strict=False)
        if part.check and made is not None:
            part.check(made)
    except ValidationError as error:
        _note(part, error, review)
        return True
    except ValueError as why:
        _refuse(part, str(why), review)
        return True
    return False


def _shaped(kind: Any, content: object) -> Any:
    """Of alternatives, choose the one that has the shape of the value."""
    bare = _bare(kind)
    if get_origin(bare) not in {Union, UnionType} or not isinstance(content, dict | list):
        return kind
    same = [option for option in get_args(bare) if _is_mapping(_bare(option)) == isinstance(content, dict)]
    return next((option for option in same if _is_mapping(_bare(option)) or _is_list(_bare(option))), kind)


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _is_settings(kind: Any) -> bool:
    bare = _bare(kind)
    return isinstance(bare, type) and issubclass(bare, Struct)


def _is_mapping(bare: Any) -> bool:
    return _is_settings(bare) or get_origin(bare) is dict


def _is_list(bare: Any) -> bool:
    return get_origin(bare) in {list, tuple}


def _fields(kind: Any) -> Mapping[str, structs.FieldInfo]:
    return {field.encode_name: field for field in structs.fields(_bare(kind))}


def _parts(part: _Part) -> Iterator[_Part]:
    """List the parts of a value that are declared by themselves."""
    bare, content = _bare(part.kind), part.node.content
    if isinstance(content, dict) and _is_settings(bare):
        for key, field in _fields(bare).items():
            if key in content:
                yield _Part(content[key], field.type, f"`{key}`", getattr(bare, "checks", {}).get(field.name))
    elif isinstance(content, dict) and get_origin(bare) is dict:
        yield from (_Part(node, get_args(bare)[1], f"`{key}`") for key, node in content.items())
    elif isinstance(content, list) and _is_list(bare):
        kinds = repeat(get_args(bare)[0]) if get_origin(bare) is list or ... in get_args(bare) else get_args(bare)
        for place, (node, kind) in enumerate(zip(content, kinds, strict=False), start=1):
            yield _Part(node, kind, f"entry {place} of {part.subject}")


_POINT = "a comma parts two keys here: a decimal number has a point"


def _note_keys(node: Node, kind: Any, review: Review) -> bool:
    """Note keys that are unknown, and those that are missing unless one is misspelt."""
    fields = _fields(kind)
    unknown = [key for key in node.entries if key not in fields]
    meant = {nearest(key, fields) for key in unknown}
    missing = [key for key, field in fields.items() if field.required and key not in node.entries.keys() | meant]
    for key in unknown:
        hint = _POINT if key.isdecimal() and node[key].content is None else suggest(key, fields)
        review.mistake(f"unknown key `{key}`", node[key].key, hint=hint)
    for key in missing:
        review.mistake(f"`{key}` is missing", node.key, hint=_description(fields[key].type))
    return bool(unknown or missing)


def _note(part: _Part, error: ValidationError, review: Review) -> None:
    expected, node = Expected(type_info(part.kind)), part.node
    if error.__cause__ is not None:
        _refuse(part, str(error.__cause__), review)
    elif expected.pattern and isinstance(node.content, str):
        _refuse(part, _why(part.kind, node.content) or f"expected {expected.pattern}", review)
    else:
        near = nearest(node.text, expected.choices) if node.text else ""
        hint = f"did you mean `{near}`?" if near else _extra(part.kind).get("help", "")
        review.mistake(f"{part.subject} must be {expected.words}, not {_got(node)}", node.place, hint=hint)


def _refuse(part: _Part, why: str, review: Review) -> None:
    got = f" cannot be {_got(part.node)}" if isinstance(part.node.content, str) else ""
    review.mistake(f"{part.subject}{got}: {why}", part.node.place)


def _description(kind: Any) -> str:
    """Give the description of a setting."""
    return next(filter(None, (meta.description for meta in _metas(kind))), "")


def _extra(kind: Any) -> dict[str, Any]:
    """Give what a declaration has for whoever made a mistake: ``help``, and ``why`` a text is wrong (a function)."""
    return {key: value for meta in _metas(kind) for key, value in (meta.extra or {}).items()}


def _metas(kind: Any) -> list[Meta]:
    return [meta for meta in get_args(kind)[1:] if isinstance(meta, Meta)] if get_origin(kind) is Annotated else []


def _why(kind: Any, text: str) -> str:
    """Say what is wrong with a text, where the one who reads it can tell."""
    try:
        _extra(kind).get("why", str)(text)
    except ValueError as why:
        return str(why)
    return ""


def _got(node: Node) -> str:
    if isinstance(node.content, str) and node.content:
        text = node.content if len(node.content) <= _LONGEST else node.content[:_LONGEST] + "…"
        return f"`{text}`"
    if isinstance(node.content, dict):
        return "a mapping" if node.content else "an empty mapping"
    if isinstance(node.content, list):
        return "a list" if node.content else "an empty list"
    return "empty"
