"""Mistakes within one template file: words, attributes, filters and tests that do not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.tests import TESTS

from sendgate.errors import Mistake
from sendgate.model.enumerating import backticked
from sendgate.policy.suggestions import suggest
from sendgate.rendering.filters import FILTERS
from sendgate.rendering.vocabulary import TOP_LEVEL, WORDS

_BUILT_IN = frozenset({"loop", "self", "super", "caller", "varargs", "kwargs", "range", "namespace"})
_OPEN = {"person": frozenset({"given_name", "tier", "…"}), "data": frozenset({"…"})}
"""Words whose parts are whatever a family's files, or who asks for a message, give them; some of them."""
_OPEN_ATTRIBUTE = re.compile(r"<[a-zA-Z][^<>]*\s[\w:-]+\s*=\s*\Z")
"""HTML that ends in an attribute whose value is still to come, without a quote before it."""


def declared_names(tree: nodes.Template) -> set[str]:
    """Name what a template itself gives a name to: variables, parameters, macros and imports."""
    names = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    names |= {macro.name for macro in tree.find_all(nodes.Macro)}
    names |= {import_.target for import_ in tree.find_all(nodes.Import)}
    for import_ in tree.find_all(nodes.FromImport):
        names |= {name if isinstance(name, str) else name[1] for name in import_.names}
    return names


def language_mistakes(tree: nodes.Template, file: str, declared: set[str]) -> Iterator[Mistake]:
    """Find the mistakes of one file; ``declared`` are the names that it and its relatives give."""
    yield from _unknown_filters(tree, file)
    yield from _unknown_words(tree, file, declared)
    yield from _unknown_attributes(tree, file, declared)
    yield from _printed_whole(tree, file, declared)
    for output in tree.find_all(nodes.Output):
        for before, value in zip(output.nodes, output.nodes[1:], strict=False):
            if isinstance(before, nodes.TemplateData) and _OPEN_ATTRIBUTE.search(before.data):
                message = "a value in an HTML attribute without quotes"
                yield Mistake(file, message, value.lineno, help='write name="{{ … }}"')


def _unknown_filters(tree: nodes.Template, file: str) -> Iterator[Mistake]:
    for node in tree.find_all(nodes.Filter):
        if node.name not in FILTERS:
            known = node.name in JINJA_FILTERS
            hint = "Jinja has it, the sandbox does not offer it" if known else suggest(node.name, sorted(FILTERS))
            yield Mistake(file, f"unknown filter `{node.name}`", node.lineno, help=hint)
    for test in tree.find_all(nodes.Test):
        if test.name not in TESTS:
            yield Mistake(file, f"unknown test `{test.name}`", test.lineno, help=suggest(test.name, sorted(TESTS)))


def _unknown_words(tree: nodes.Template, file: str, declared: set[str]) -> Iterator[Mistake]:
    known = TOP_LEVEL | _BUILT_IN | declared
    for node in tree.find_all(nodes.Name):
        if node.ctx == "load" and node.name not in known:
            hint = suggest(node.name, sorted(TOP_LEVEL | declared))
            yield Mistake(file, f"unknown word `{node.name}`", node.lineno, help=hint)


def _unknown_attributes(tree: nodes.Template, file: str, declared: set[str]) -> Iterator[Mistake]:
    known = {word: names for word, names in WORDS.items() if word not in declared}
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        match node:
            case nodes.Getattr(node=nodes.Name(name=word), attr=name) if word in known and name not in known[word]:
                yield _unknown_attribute(file, node.lineno, word, name)
            case nodes.Getitem(node=nodes.Name(name=word), arg=nodes.Const(value=str(name))) if (
                word in known and name not in known[word]
            ):
                yield _unknown_attribute(file, node.lineno, word, name)


def _printed_whole(tree: nodes.Template, file: str, declared: set[str]) -> Iterator[Mistake]:
    """Find words that have parts, and are printed without naming one: no message with them can be written."""
    parts = {word: names for word, names in {**WORDS, **_OPEN}.items() if word not in declared}
    for output in tree.find_all(nodes.Output):
        for value in output.nodes:
            if isinstance(value, nodes.Name) and value.name in parts:
                written = backticked((f"{value.name}.{part}" for part in sorted(parts[value.name])), 3)
                yield Mistake(file, f"prints `{value.name}` itself", value.lineno, help=f"say what of it: {written}")


def _unknown_attribute(file: str, line: int, word: str, name: str) -> Mistake:
    return Mistake(file, f"unknown attribute `{word}.{name}`", line, help=suggest(name, sorted(WORDS[word])))
