"""What a template cannot do without, read off the template itself: attributes of a person, a link to unsubscribe.

The answer is cautious: it names what certainly stops a message where it is missing, so that people can be dropped from
a list without rendering anything. What is printed only under a condition, or has a default, is not named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from jinja2 import nodes

from sendgate.model.campaigns import Channel
from sendgate.rendering.filters import ASKING
from sendgate.rendering.message import PARTS
from sendgate.rendering.sandbox import Sandbox
from sendgate.rendering.sources import Lineage, lineage, named, read

_PERSON = "person"
_LINK = "unsubscribe_url"
_Key = tuple[str, str, int]
"""What is being read: a block of some generation, a macro or a file."""

_ORDERING = frozenset({"gt", "gteq", "lt", "lteq"})


def required_values(sandbox: Sandbox, template: str, channel: Channel) -> tuple[str, ...]:
    """Name the attributes, in alphabetical order.

    Raises TemplateError or OSError where the template, its layout or what it includes cannot be read.
    """
    return tuple(sorted(_Reading(sandbox, lineage(sandbox, template), _PERSON, _attribute).parts(channel)))


def prints_way_out(sandbox: Sandbox, template: str, channel: Channel) -> bool:
    """Tell whether every message of a template has a link to unsubscribe in it; raises as ``required_values``."""
    return bool(_Reading(sandbox, lineage(sandbox, template), _LINK, _link).parts(channel))


def _attribute(node: nodes.Node | None) -> str:
    """Name the attribute of a person that an expression is; empty where it is none."""
    match node:
        case nodes.Getattr(node=nodes.Name(name="person"), attr=str(name)):
            return name
        case nodes.Getitem(node=nodes.Name(name="person"), arg=nodes.Const(value=str(name))):
            return name
    return ""


def _link(node: nodes.Node | None) -> str:
    return _LINK if isinstance(node, nodes.Name) and node.name == _LINK else ""


class _Reading:
    """Follows a template in the order in which it is rendered, looking for what some ``word`` gives."""

    def __init__(
        self, sandbox: Sandbox, family: Lineage, word: str, wanted: Callable[[nodes.Node | None], str]
    ) -> None:
        self._sandbox, self._word, self._wanted = sandbox, word, wanted
        self.lineage = family
        self._blocks = family.blocks
        self._macros = {macro.name: macro for tree in family.trees for macro in tree.find_all(nodes.Macro)}
        self._blind = any(_renames(word, tree) for tree in family.trees)
        self._open: list[_Key] = []
        """Blocks, macros and files that are being read, the innermost last."""

    def parts(self, channel: Channel) -> set[str]:
        """Read what a message of a channel consists of."""
        return set().union(*map(self.top_level, self.lineage.trees), *map(self.block, PARTS[channel]))

    def top_level(self, tree: nodes.Template) -> set[str]:
        """Read what runs before any block does."""
        return self._all(node for node in tree.body if isinstance(node, (nodes.Assign, nodes.AssignBlock)))

    def block(self, name: str, generation: int = 0) -> set[str]:
        """Read a block as the youngest template defines it, or (1, 2, …) as its layouts do."""
        definitions = self._blocks.get(name, [])
        found = definitions[generation].body if generation < len(definitions) else []
        return self._once(("block", name, generation), found)

    def _once(self, key: _Key, body: Sequence[nodes.Node]) -> set[str]:
        """Read what has a name, unless it is being read already, as it calls itself."""
        if key in self._open or self._blind:
            return set()
        self._open.append(key)
        found = self._all(body)
        self._open.pop()
        return found

    def _all(self, body: Iterable[nodes.Node]) -> set[str]:
        return set().union(*map(self._statement, body))

    def _statement(self, node: nodes.Node) -> set[str]:
        """Read a statement for what it uses in any case."""
        found: set[str] = set()
        match node:
            case nodes.Output():
                found = self._each(node.nodes)
            case nodes.If():
                found = self._asked(node.test) | self._either(node)
            case nodes.For():
                found = self._used(node.iter)
            case nodes.Assign():
                found = self._asked(node.node)
            case nodes.With() | nodes.AssignBlock() | nodes.FilterBlock() | nodes.Scope():
                found = self._all(node.body)
            case nodes.Block():
                found = self.block(node.name)
            case nodes.Include():
                found = self._included(node)
        return found

    def _either(self, node: nodes.If) -> set[str]:
        """Read what all branches use; without an `else` nothing needs to happen."""
        if not node.else_:
            return set()
        branches = [node.body, node.else_, *(branch.body for branch in node.elif_)]
        return set.intersection(*map(self._all, branches))

    def _included(self, node: nodes.Include) -> set[str]:
        name = named(node)
        if not name or node.ignore_missing or not node.with_context:
            return set()
        tree = read(self._sandbox, name)
        return set() if _renames(self._word, tree) else self._once(("file", name, 0), tree.body)

    def _each(self, expressions: Iterable[nodes.Node | None]) -> set[str]:
        return set().union(*map(self._used, expressions))

    def _used(self, node: nodes.Node | None) -> set[str]:
        """Read an expression whose value is printed or calculated with."""
        name = self._wanted(node)
        return {name} if name else self._asked(node)

    def _asked(self, node: nodes.Node | None) -> set[str]:
        """Read an expression whose value is only asked for; it may use others to find it."""
        found: set[str] = set()
        match node:
            case nodes.Filter() if node.name not in ASKING:
                found = self._used(node.node)
            case nodes.Concat():
                found = self._each(node.nodes)
            case nodes.And() | nodes.Or():  # the right side may never be reached
                found = self._asked(node.left)
            case nodes.BinExpr():
                found = self._used(node.left) | self._used(node.right)
            case nodes.Not() | nodes.CondExpr():
                found = self._asked(node.node if isinstance(node, nodes.Not) else node.test)
            case nodes.UnaryExpr():
                found = self._used(node.node)
            case nodes.Compare() if node.ops[0].op in _ORDERING:
                found = self._used(node.expr) | self._used(node.ops[0].expr)
            case nodes.Call():
                found = self._called(node)
        return found

    def _called(self, node: nodes.Call) -> set[str]:
        """Read a macro of the same file, a block, or the block of the layout."""
        match node.node:
            case nodes.Name(name="super"):
                name, generation = next((key[1:] for key in reversed(self._open) if key[0] == "block"), ("", 0))
                return self.block(name, generation + 1)
            case nodes.Name(name=name) if name in self._macros:
                return self._once(("macro", name, 0), self._macros[name].body)
            case nodes.Getattr(node=nodes.Name(name="self"), attr=name):
                return self.block(name)
            case nodes.Getattr(node=owner):  # a method of the value
                return self._used(owner)
        return set()


def _renames(word: str, tree: nodes.Template) -> bool:
    """Tell whether something else is called so anywhere, and the name proves nothing."""
    return any(name.name == word and name.ctx != "load" for name in tree.find_all(nodes.Name))
