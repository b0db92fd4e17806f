"""Settings given on the command line, such as ``gates.frequency.caps.0.limit=2``, as changes of a document.

A changed document goes through the same loader as a file, so that mistakes look alike; what was set carries a place of
its own, from which the mistake is told to be in the setting and not in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from msgspec import structs, to_builtins

from sendgate.catalog import classes_for, gate_classes
from sendgate.errors import ConfigurationError, Mistake
from sendgate.model.settings import Settings
from sendgate.policy.campaign_file import CampaignFile
from sendgate.policy.document import Node, Place
from sendgate.policy.gate_settings import SHORT
from sendgate.policy.policy_file import PolicyFile
from sendgate.policy.review import Review
from sendgate.policy.suggestions import nearest, suggest
from sendgate.policy.yaml_reader import parse_document

POLICY_KEYS = tuple(field.encode_name for field in structs.fields(PolicyFile))
CAMPAIGN_KEYS = tuple(field.encode_name for field in structs.fields(CampaignFile))


@dataclass(frozen=True)
class Override:
    """One setting with the value that it is to have."""

    path: tuple[str, ...]
    """Keys, and positions in lists counted from 0."""
    text: str
    """The value as YAML."""
    told: str
    """How a mistake names it, in place of a file."""

    @classmethod
    def parse(cls, written: str) -> Override:
        """Read ``path=value``. Raises ConfigurationError where it is not that, or no file has such a key."""
        told = f"--set {written}"
        path, equals, text = written.partition("=")
        if not equals or not path.strip():
            raise ConfigurationError([_typed(told, "expected a setting and a value", "such as a.b=2")])
        return cls.of(path.strip(), text.strip(), told)

    @classmethod
    def of(cls, path: str, text: str, told: str) -> Override:
        """Make one of a path with dots. Raises ConfigurationError where no file has such a key."""
        steps = tuple(path.split("."))
        if steps[0] not in {*POLICY_KEYS, *CAMPAIGN_KEYS}:
            message = f"unknown key `{steps[0]}`: a setting begins at the top of the policy or of the campaign"
            raise ConfigurationError([_typed(told, message, _meant(steps[0]))])
        return cls(steps, text, told)

    @property
    def of_policy(self) -> bool:
        """Whether it is a setting of the policy; else it is one of the campaign."""
        return self.path[0] in POLICY_KEYS


def _typed(told: str, message: str, hint: str) -> Mistake:
    return Mistake(told, message, help=hint, in_file=False)


def _meant(key: str) -> str:
    if gate := nearest(key, gate_classes()):
        return f"did you mean `gates.{gate}`?"
    return suggest(key, [*POLICY_KEYS, *CAMPAIGN_KEYS])


def parse_all(written: Iterable[str]) -> tuple[Override, ...]:
    """Read settings as ``Override.parse`` does; raise ConfigurationError with the mistakes of all."""
    made: list[Override] = []
    mistakes: list[Mistake] = []
    for text in written:
        try:
            made.append(Override.parse(text))
        except ConfigurationError as error:
            mistakes += error.mistakes
    first: dict[tuple[str, ...], Override] = {}
    for override in made:
        if first.setdefault(override.path, override) is not override:
            mistakes.append(_typed(override.told, "this is set twice", f"first by {first[override.path].told}"))
    if mistakes:
        raise ConfigurationError(mistakes)
    return tuple(made)


def changed(root: Node, overrides: Sequence[Override], review: Review) -> Node:
    """Give a document with the settings in it; what cannot be set is noted and left out."""
    for number, override in enumerate(overrides, start=1):
        place = Place(-number)  # no line of the file: ``attributed`` knows what it means
        try:
            root = _with(root, override.path, _value(override, place, review), place)
        except LookupError as error:
            if not _note_misspelt(override.path, place, review):
                review.mistake(str(error.args[0]), place)
    return root


def _note_misspelt(path: Sequence[str], place: Place, review: Review) -> bool:
    """Note the first step that nothing is called by; a way may not exist because it is misspelt."""
    schema = _schema(path)
    for end, step in enumerate(path):
        known = [key for part in _parts_at(schema, path[:end]) for key in part.get("properties", {})]
        if known and not step.isdigit() and step not in known:
            kind = "gate" if tuple(path[:end]) == ("gates",) else "key"
            review.mistake(f"unknown {kind} `{step}`", place, hint=suggest(step, dict.fromkeys(known)))
            return True
    return False


def takes(path: Sequence[str], text: str) -> bool:
    """Tell whether a setting is a text of such a form, for example a time of day."""
    patterns = (part.get("pattern") for part in _parts_at(_schema(path), path))
    return any(re.search(pattern, text) for pattern in patterns if pattern)


def _schema(path: Sequence[str]) -> dict[str, Any]:
    from sendgate.policy.schema import campaign_schema, policy_schema  # noqa: PLC0415  rarely asked, slow to make

    return policy_schema() if path[0] in POLICY_KEYS else campaign_schema()


def _parts_at(schema: dict[str, Any], path: Sequence[str]) -> list[dict[str, Any]]:
    """List what a JSON Schema says of the value at a path, one part for each way in which it may be written."""
    here = list(_unfolded(schema, schema))
    for step in path:
        below = (part.get("items") if step.isdigit() else part.get("properties", {}).get(step) for part in here)
        here = [leaf for found in below if isinstance(found, dict) for leaf in _unfolded(found, schema)]
    return here


def _unfolded(schema: dict[str, Any], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Follow references and alternatives."""
    if "$ref" in schema:
        yield from _unfolded(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    for option in schema.get("anyOf", ()):
        yield from _unfolded(option, root)
    yield schema


def attributed(notes: Iterable[Mistake], overrides: Sequence[Override]) -> list[Mistake]:
    """Name the setting where a mistake or warning is in one."""
    return [
        _set_by(overrides[-note.line - 1].told, note) if note.line < 0 else note
        for note in sorted(notes, key=lambda note: -min(note.line, 0))
    ]


def caused(mistakes: Iterable[Mistake], overrides: Sequence[Override], every: Sequence[Override]) -> list[Mistake]:
    """Name the setting for each mistake of a document that is right without any: one of its own, or all together.

    ``every`` has those of other documents too: what a campaign names may be gone from the policy.
    """
    together = ", ".join(override.told for override in every)
    return [_set_by(together, mistake) if mistake.line > 0 else mistake for mistake in attributed(mistakes, overrides)]


def _set_by(told: str, note: Mistake) -> Mistake:
    return replace(note, file=told, line=0, column=0, in_file=False)


def value_at(root: Node, path: Sequence[str]) -> tuple[str, bool]:
    """Give the value that a right document has at a path as YAML, of a gate its mode, and whether it is the default.

    Empty where there is none, neither in the document nor by default.
    """
    kind: type[Settings]
    if path[0] == "gates" and len(path) > 1:
        name = path[1]
        path, own, kind = path[2:] or ("mode",), _settings(root["gates"][name]), classes_for([name]).classes[name]
    else:
        own, kind = root.data(), PolicyFile if path[0] in POLICY_KEYS else CampaignFile
    written = _below(own, path)
    if written is not None:
        return _yaml(written), False
    return _yaml(_below(to_builtins(kind.of(own)), path)), True


def _settings(gate: Node) -> object:
    mode = SHORT.get(gate.text.casefold())
    return {"mode": mode} if mode else gate.data() or {}


def _below(data: Any, path: Sequence[str]) -> Any:
    for step in path:
        if isinstance(data, list):
            data = data[int(step)] if step.isdigit() and int(step) < len(data) else None
        else:
            data = data.get(step) if isinstance(data, dict) else None
    return data


def _yaml(value: Any) -> str:
    """Write a value as it may stand in a file, on one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_yaml(below)}' for key, below in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_yaml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _value(override: Override, place: Place, review: Review) -> Node:
    read = Review(override.told)
    root = parse_document(f"value: {override.text}", read)
    for mistake in read.mistakes:
        review.mistake(mistake.message, place, hint=mistake.help)
    return _placed(root["value"] if root else Node(None, broken=True), place)


def _placed(node: Node, place: Place) -> Node:
    """Let a value and all below it stand at one place."""
    content = node.content
    if isinstance(content, dict):
        content = {key: _placed(below, place) for key, below in content.items()}
    elif isinstance(content, list):
        content = [_placed(below, place) for below in content]
    return Node(content, place, place, broken=node.broken)


def _with(node: Node, path: Sequence[str], value: Node, place: Place, above: str = "") -> Node:
    """Give a node with a value further down. Raises LookupError, with the sentence, where the way does not exist."""
    if not path:
        return value
    step, *rest = path
    if isinstance(node.content, list):
        return structs.replace(node, content=_listed(node.content, step, rest, value, place, above))
    if node.content is None and step.isdigit():
        raise LookupError(f"`{above}` has no entry {step}: it is empty")
    entries = _entries(node, above)
    below = entries.get(step) or Node(None, place, place)
    if above == "gates" and not rest:
        value = _in_mode(below, value)
    return structs.replace(node, content={**entries, step: _with(below, rest, value, place, step)})


def _in_mode(gate: Node, value: Node) -> Node:
    """Let a mode alone change nothing but the mode of a gate that has settings; anything else replaces them."""
    mode = SHORT.get(value.text.casefold())
    if mode is None or not gate.entries:
        return value
    return structs.replace(gate, content={**gate.entries, "mode": Node(mode, value.place, value.key)})


def _entries(node: Node, above: str) -> dict[str, Node]:
    if isinstance(node.content, str):
        mode = SHORT.get(node.text.casefold()) if above in gate_classes() else None
        if mode is None:
            raise LookupError(f"`{above}` is `{node.text}`: nothing lies below it")
        return {"mode": Node(mode, node.place, node.key)}
    return node.entries


def _listed(  # noqa: PLR0913, PLR0917  a step down, with what is known of it
    items: list[Node], step: str, rest: Sequence[str], value: Node, place: Place, above: str
) -> list[Node]:
    """Change an entry; a whole new one may follow the last."""
    there = f"`{above}` has {len(items)} {'entry' if len(items) == 1 else 'entries'}, counted from 0"
    if not step.isdigit():
        raise LookupError(f"`{above}` is a list, and `{step}` is not a position in it: {there}")
    at = int(step)
    if at == len(items) and not rest:
        return [*items, value]
    if at >= len(items):
        raise LookupError(f"`{above}` has no entry {at}: {there}")
    return [*items[:at], _with(items[at], rest, value, place, f"{above}.{at}"), *items[at + 1 :]]
