"""What happens to a template between reading and compiling: bounds where Jinja has no hook for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from jinja2 import nodes, pass_eval_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import TemplateAssertionError
from jinja2.runtime import Undefined, markup_join, str_join
from jinja2.visitor import NodeTransformer

from sendgate.rendering.budget import RefusedError, budget
from sendgate.rendering.filters import written


class CreativeCompiler(CodeGenerator):
    """Compiles a template whose top level says nothing by itself: its blocks are parts, and are asked for by name."""

    def visit_Block(self, node: nodes.Block, frame: Frame) -> None:
        """Leave a block out of the top level; inside of another block it stays where it is."""
        if not frame.toplevel:
            super().visit_Block(node, frame)


def _turns(items: Any) -> Any:
    """Pay for all turns of a loop before the first one."""
    if isinstance(items, Undefined):
        iter(items)  # raises
    if not hasattr(items, "__len__"):
        raise RefusedError("loops over something that is no list")
    budget().turns(items)
    return items


def _made(items: Any) -> Any:
    """Pay for a list with variables in it: lists of lists double with every line."""
    budget().weigh(items)
    return items


def _read(value: Any) -> Any:
    """Pay for what a comparison or a slice looks through: a text may be long, and a loop does it often."""
    budget().read(value)
    return value


@pass_eval_context
def _concatenated(eval_ctx: nodes.EvalContext, values: Any) -> str:
    pieces = [written(value) for value in values]
    return markup_join(pieces) if eval_ctx.autoescape else str_join(pieces)


BOUNDS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "turns of a loop": _turns,
        "items of a list": _made,
        "texts joined by ~": _concatenated,
        "what is looked through": _read,
    }
)
"""Filters that the rewriting puts in. Their names cannot be written in a template."""


class _Bounding(NodeTransformer):
    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        node.iter = _through("turns of a loop", node.iter)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        values = nodes.Tuple(node.nodes, "load", lineno=node.lineno, environment=node.environment)
        return _through("texts joined by ~", values)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        left = node.expr
        for operand in node.ops:
            right = operand.expr
            if not _constant(right) and (operand.op in {"in", "notin"} or not _constant(left)):
                operand.expr = _through("what is looked through", right)
            left = right
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _through("what is looked through", node.node)
        return node

    def _container(self, node: nodes.Expr) -> nodes.Node:
        self.generic_visit(node)
        return node if _constant(node) else _through("items of a list", node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        return self._container(node) if node.ctx == "load" else node

    visit_List = visit_Dict = _container


def _through(name: str, node: nodes.Node) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno, environment=node.environment)


def _constant(node: nodes.Expr) -> bool:
    try:
        node.as_const()
    except nodes.Impossible:
        return False
    return True


def bounded(tree: nodes.Template, name: str | None, filename: str | None) -> nodes.Template:
    """Put the bounds into a template; raise TemplateAssertionError for what is not offered at all."""
    for loop in tree.find_all(nodes.For):
        if loop.recursive:
            raise TemplateAssertionError("recursive loops are not offered", loop.lineno, name, filename)
    for switch in tree.find_all(nodes.ScopedEvalContextModifier):
        message = "`autoescape` cannot be switched: HTML is always escaped, text never"
        raise TemplateAssertionError(message, switch.lineno, name, filename)
    _Bounding().visit(tree)
    return tree
