"""The section ``gates:`` of a policy."""

from __future__ import annotations

from collections.abc import Mapping

from sendgate.catalog import classes_for, gate_classes
from sendgate.gate import Gate, misfit
from sendgate.policy.document import Node
from sendgate.policy.reading import read
from sendgate.policy.review import Review
from sendgate.policy.suggestions import suggest

SHORT = {
    "off": "off", "no": "off", "false": "off", "observe": "observe",
    "on": "enforce", "yes": "enforce", "true": "enforce", "enforce": "enforce",
}  # fmt: skip
"""Modes by what may stand in place of a gate's settings; nothing at all means the defaults."""

SHORT_FORMS = ("off", "on", "observe", "enforce")


def read_gates(root: Node, review: Review) -> tuple[Gate, ...]:
    """Give the gates in the order of the catalog: the built-in ones, and those of other packages that are named.

    What is wrong is noted and left out.
    """
    section = root["gates"]
    classes, unusable = classes_for(section.entries)
    for name, node in section.entries.items():
        if name not in classes:
            _note_missing(name, node, unusable, review)
    gates = (
        _gate(kind, section.entries[name], review) if name in section.entries else kind()
        for name, kind in classes.items()
    )
    return tuple(gate for gate in gates if gate is not None)


def _note_missing(name: str, node: Node, unusable: Mapping[str, str], review: Review) -> None:
    if why := unusable.get(name):
        review.mistake(f"gate `{name}` cannot be used: {why}", node.key)
    else:
        hints = [suggest(name, gate_classes()), *unusable.values()]  # a gate may be called other than its entry point
        review.mistake(f"unknown gate `{name}`", node.key, hint="; ".join(hints))


def _gate(kind: type[Gate], node: Node, review: Review) -> Gate | None:
    if node.broken:
        return None
    if isinstance(node.content, str):
        mode = SHORT.get(node.text.casefold())
        if mode is None:
            meant = suggest(node.text, SHORT_FORMS)
            hint = meant if meant.endswith("?") else f"{meant}; or a mapping of its settings"
            review.mistake(f"gate `{kind.name}` cannot be `{node.text}`", node.place, hint=hint)
            return None
        node = Node({"mode": Node(mode, node.place)}, node.place, node.key)
    elif node.content is None:
        node = Node({}, node.place, node.key)
    gate = read(node, kind, review, f"`{kind.name}`")
    if gate and (why := misfit(gate)):
        review.mistake(f"gate `{kind.name}` cannot be used: {why}", node.key)
        return None
    return gate
