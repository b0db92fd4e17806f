"""Reading YAML, but only as much of it as a settings file needs.

Tags, anchors, aliases and merge keys are refused: with aliases, 324 bytes can grow to half a million values. What is
refused is noted, and reading goes on where it can.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from sendgate.errors import in_words
from sendgate.policy.document import Node, Place, Plain
from sendgate.policy.review import Review
from sendgate.policy.suggestions import suggest_file

LARGEST = 4 * 1024 * 1024
"""Bytes in a file. Long lists of products have files of their own."""
DEEPEST = 20
"""Levels of nesting."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TEXT_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})


class _Stop(Exception):  # noqa: N818  it ends the reading of a file; the mistake is noted
    pass


def read_document(path: Path, review: Review) -> Node | None:
    """Read a file whose top level is a mapping. What is wrong is noted; None where nothing can be made of it."""
    text = _read_text(path, review)
    return None if text is None else parse_document(text, review)


def parse_document(text: str, review: Review) -> Node | None:
    """Do the same with the text of a file."""
    try:
        root = _Parser(text, review).document()
    except _Stop:
        return None
    except yaml.MarkedYAMLError as error:
        _note_syntax(error, text, review)
        return None
    except yaml.reader.ReaderError as error:
        review.mistake(f"the character U+{_code(error):04X} is not allowed", _place_at(text, error.position))
        return None
    if root is None or root.content is None:
        review.mistake("the file is empty")
        return None
    if not isinstance(root.content, dict):
        if not root.broken:
            review.mistake("the file must be a mapping of keys to values", root.place, hint="such as `name: …`")
        return None
    return root


def _read_text(path: Path, review: Review) -> str | None:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        review.mistake("no such file", hint=suggest_file(path, (".yaml", ".yml")))
        return None
    except OSError as error:
        review.mistake(f"cannot be read: {in_words(error)}")
        return None
    if len(raw) > LARGEST:
        review.mistake(f"the file is larger than {LARGEST // 1024**2} MB", hint="long lists go into files of their own")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        review.mistake("the file is not UTF-8", _place_at(before, len(before)), hint="save it as UTF-8")
        return None


class _Parser:
    """Builds nodes from the events of PyYAML, whose own composer would follow aliases."""

    def __init__(self, text: str, review: Review) -> None:
        self._events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=_LOADER))
        self._review = review
        self._aliases: set[str | None] = set()

    def document(self) -> Node | None:
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events), 1)
        next(self._events)  # the end of the document
        more = next(self._events)
        if not isinstance(more, yaml.StreamEndEvent):
            self._review.mistake("a second document begins here", _place(more), hint="one file holds one document")
        return root

    def _node(self, event: yaml.Event, depth: int, key: Place | None = None) -> Node:
        place = _place(event)
        refused = self._refused(event, place)
        if depth > DEEPEST:
            self._review.mistake(f"values are nested deeper than {DEEPEST} levels", place)
            raise _Stop
        content: str | dict[str, Node] | list[Node] | None = None
        if isinstance(event, yaml.ScalarEvent):
            content = _scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            content = self._mapping(depth)
        elif isinstance(event, yaml.SequenceStartEvent):
            content = self._sequence(depth)
        return Node(content, place, key or place, broken=refused)

    def _refused(self, event: yaml.Event, place: Place) -> bool:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._aliases:  # a bomb has thousands
                self._review.mistake(f"alias `*{event.anchor}` is not supported", place, hint="write the value out")
            self._aliases.add(event.anchor)
            return True
        if anchor := getattr(event, "anchor", None):
            self._review.mistake(f"anchor `&{anchor}` is not supported", place, hint="leave it out")
        tag = getattr(event, "tag", None)
        if tag is None or (tag in _TEXT_TAGS and isinstance(event, yaml.ScalarEvent)):
            return False
        shown = tag.replace("tag:yaml.org,2002:", "!!")
        self._review.mistake(f"tag `{shown}` is not allowed", place, hint="write a plain value")
        return True

    def _sequence(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return items

    def _mapping(self, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1, key.place)
            if name := self._key(key, entries):
                entries[name] = value
        return entries

    def _key(self, key: Node, entries: dict[str, Node]) -> str:
        """Give a usable key; or note why it is not, and give the empty text."""
        if key.broken:
            return ""
        name = key.text
        if not name:
            self._review.mistake("a key must be text", key.place)
        elif name == "<<" and isinstance(key.content, Plain):
            self._review.mistake("merge key `<<` is not supported", key.place, hint="write the values out")
        elif name in entries:
            first = entries[name].key.line
            self._review.mistake(f"`{name}` is given twice", key.place, hint=f"first on line {first}")
        else:
            return name
        return ""


def _scalar(event: yaml.ScalarEvent) -> str | None:
    text: str = event.value
    if event.tag is not None or event.style in {"'", '"', "|", ">"}:
        return text
    return None if text in _NULL else Plain(text)


def _place(event: yaml.Event) -> Place:
    mark: Any = event.start_mark  # None only for events that are made by hand
    return Place(mark.line + 1, mark.column + 1)


def _place_at(text: str, position: int) -> Place:
    before = text[:position]
    return Place(before.count("\n") + 1, position - before.rfind("\n"))


def _code(error: yaml.reader.ReaderError) -> int:
    """Give the code of a refused character; the C reader gives the number, the Python one the character."""
    return error.character if isinstance(error.character, int) else ord(error.character)


def _note_syntax(error: yaml.MarkedYAMLError, text: str, review: Review) -> None:
    """Say what the parser stumbled over, and where."""
    mark = error.problem_mark or error.context_mark
    if mark is None:  # never seen, and not worth a crash
        review.mistake("this is not YAML")
        return
    place = Place(mark.line + 1, mark.column + 1)
    line = [*text.splitlines(), ""][mark.line]
    problem = (error.problem or "it cannot be read").replace("'", "`")
    if "\t" in line[: mark.column + 1]:
        review.mistake("a tab cannot indent, nor stand before a value", place, hint="use spaces")
    elif "cannot start any token" in problem:
        review.mistake(f"a value cannot begin with {line[mark.column]}", place, hint="put the value in quotes")
    else:
        review.mistake(f"this is not YAML: {problem}", place, hint=_hint(error))


def _hint(error: yaml.MarkedYAMLError) -> str:
    if "mapping values" in (error.problem or ""):
        return "check the indentation, and put text that contains a colon in quotes"
    if error.context and error.context_mark:
        return f"{error.context} that begins on line {error.context_mark.line + 1}"
    return ""
