"""Templates as trees: a template with its layouts, and what they include."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateAssertionError

Naming = nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport
"""A statement that speaks of another template."""


@dataclass
class Lineage:
    """A template and its layouts, the youngest first."""

    names: list[str] = field(default_factory=list)
    trees: list[nodes.Template] = field(default_factory=list)

    @property
    def blocks(self) -> dict[str, list[nodes.Block]]:
        """All definitions of each block, the youngest first."""
        found: dict[str, list[nodes.Block]] = {}
        for tree in self.trees:
            for block in tree.find_all(nodes.Block):
                found.setdefault(block.name, []).append(block)
        return found


def read(environment: Environment, name: str) -> nodes.Template:
    """Read and parse a template; raises TemplateError or OSError."""
    if environment.loader is None:
        raise TypeError("an environment without a loader has no templates")
    source, filename, _ = environment.loader.get_source(environment, name)
    return environment.parse(source, name, filename)


def lineage(environment: Environment, name: str) -> Lineage:
    """Read a template and the layouts that it extends; raises TemplateError or OSError."""
    family = Lineage()
    while name:
        family.names.append(name)
        family.trees.append(read(environment, name))
        extends = family.trees[-1].find(nodes.Extends)
        name = named(extends) if extends else ""
        if name in family.names:
            raise TemplateAssertionError(f"`{name}` extends itself", extends.lineno if extends else 0, name)
    return family


def namings(tree: nodes.Template) -> Iterator[Naming]:
    """Find the statements that speak of other templates."""
    for kind in (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport):
        yield from tree.find_all(kind)  # type: ignore[misc]  # each is one of the four


def named(node: Naming) -> str:
    """Give the name of the template that a statement speaks of; empty where it is not written out."""
    return str(node.template.value) if isinstance(node.template, nodes.Const) else ""


def used_by(environment: Environment, name: str) -> frozenset[str]:
    """Name a template and all that it uses, however far away; raises TemplateError or OSError."""
    found, waiting = set[str](), [name]
    while waiting:
        name = waiting.pop()
        if name and name not in found:
            found.add(name)
            waiting += map(named, namings(read(environment, name)))
    return frozenset(found)
