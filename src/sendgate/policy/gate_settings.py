"""The section ``gates:`` of a policy. Every gate validates its own settings."""

from __future__ import annotations

from pydantic import ValidationError

from sendgate.catalog import gate_classes
from sendgate.gate import Gate
from sendgate.policy.document import Node
from sendgate.policy.review import Review
from sendgate.policy.suggestions import suggest
from sendgate.policy.translation import note_errors

_SHORT = {
    "off": {"mode": "off"}, "no": {"mode": "off"}, "false": {"mode": "off"},
    "on": {}, "yes": {}, "true": {},
    "observe": {"mode": "observe"}, "enforce": {"mode": "enforce"},
}  # fmt: skip
"""What may stand in place of a gate's settings; nothing at all means the defaults."""

SHORT_FORMS = ("off", "on", "observe", "enforce")


def read_gates(root: Node, review: Review) -> tuple[Gate, ...]:
    """Give all gates in the order of the catalog; those that are wrong are noted and left out."""
    section = root["gates"]
    classes = gate_classes()
    for name, node in section.entries.items():
        if name not in classes:
            review.mistake(f"unknown gate `{name}`", node.key, hint=suggest(name, classes))
    gates = (_gate(kind, root, section[name], review) for name, kind in classes.items())
    return tuple(gate for gate in gates if gate is not None)


def _gate(kind: type[Gate], root: Node, node: Node, review: Review) -> Gate | None:
    settings = node.data()
    if node.broken:
        return None
    if settings is None:
        settings = {}
    elif isinstance(settings, str):
        settings = _SHORT.get(node.text.casefold(), settings)
        if isinstance(settings, str):
            hint = f"{suggest(settings, SHORT_FORMS)}; or a mapping of its settings"
            review.mistake(f"gate `{kind.name}` cannot be `{settings}`", node.place, hint=hint)
            return None
    try:
        return kind.model_validate(settings)
    except ValidationError as error:
        if kind.name in root["gates"].entries:
            note_errors(error, root, review, ("gates", kind.name))
        else:
            missing = " and ".join(f"`{found['loc'][-1]}`" for found in error.errors() if found["loc"])
            message = f"gate `{kind.name}` has no defaults for {missing}"
            review.mistake(message, root["gates"].key, hint="set it there")
        return None
