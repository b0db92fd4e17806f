"""The mistakes of templates that anybody would run into, found before somebody is written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from jinja2 import FileSystemLoader, TemplateNotFound, TemplateSyntaxError, nodes

from sendgate.errors import Mistake
from sendgate.model.campaigns import Channel
from sendgate.policy.suggestions import suggest
from sendgate.rendering.budget import budgeted
from sendgate.rendering.language import declared_names, language_mistakes
from sendgate.rendering.message import NEEDED, PARTS
from sendgate.rendering.sandbox import Sandbox
from sendgate.rendering.sources import Naming, named, namings, read


def template_mistakes(templates: Path, names: Iterable[str], channel: Channel) -> list[Mistake]:
    """Check the templates of a channel, with the layouts, includes and macros that they use; each file once.

    Finds what is not Jinja, unknown filters, tests, words and attributes, missing files and blocks, blocks that no
    layout has a place for, and values in HTML attributes without quotes. Order: as named, within a file by line.
    """
    sandbox = Sandbox(FileSystemLoader(templates), autoescape=True)
    found: dict[Mistake, None] = {}
    for name in names:
        with budgeted():
            found.update(dict.fromkeys(_Inspection(sandbox, templates, channel).of(name)))
    return list(found)


class _Inspection:
    """One template with everything that it uses."""

    def __init__(self, sandbox: Sandbox, folder: Path, channel: Channel) -> None:
        self._sandbox, self._folder, self._channel = sandbox, folder, channel
        self._trees: dict[str, nodes.Template] = {}
        self._layouts: list[str] = []
        """The template and what it extends, the youngest first."""
        self._mistakes: list[Mistake] = []

    def of(self, name: str) -> list[Mistake]:
        """List the mistakes."""
        self._read(name, None, by="")
        readable = not self._mistakes
        declared = set().union(*map(declared_names, self._trees.values()))
        for file, tree in self._trees.items():
            wrong = sorted(language_mistakes(tree, self._path(file), declared), key=lambda mistake: mistake.line)
            self._mistakes += wrong or self._compiled(file)
        if readable:  # or else a block may be in the file that is missing
            self._mistakes += [*self._missing_parts(name), *self._homeless_blocks()]
        return self._mistakes

    def _path(self, name: str) -> str:
        return str(self._folder / name)

    def _read(self, name: str, naming: Naming | None, by: str) -> None:
        """Read a file and all that it names."""
        if name in self._trees:
            return
        try:
            tree = self._trees[name] = read(self._sandbox, name)
        except TemplateNotFound:
            place = (self._path(by), naming.lineno) if naming else (self._path(name), 0)
            self._note(place[0], f"there is no template `{name}`", place[1], suggest(name, self._files()))
        except (TemplateSyntaxError, UnicodeDecodeError, RecursionError, OSError) as error:
            self._note(self._path(name), _reason(error), getattr(error, "lineno", 0))
        else:
            if naming is None or isinstance(naming, nodes.Extends):
                self._layouts.append(name)
            for other in namings(tree):
                self._follow(name, other)

    def _follow(self, name: str, naming: Naming) -> None:
        target = named(naming)
        if target in self._layouts and isinstance(naming, nodes.Extends):
            self._note(self._path(name), f"`{target}` extends itself", naming.lineno)
        elif target and not (isinstance(naming, nodes.Include) and naming.ignore_missing):
            self._read(target, naming, by=name)
        elif not target:
            self._note(self._path(name), "the name of a template is calculated", naming.lineno, "write it out")

    def _note(self, file: str, message: str, line: int = 0, hint: str = "") -> None:
        self._mistakes.append(Mistake(file, message, line, help=hint))

    def _files(self) -> list[str]:
        return self._sandbox.list_templates() if self._folder.is_dir() else []

    def _compiled(self, name: str) -> Iterator[Mistake]:
        """Compile, for what only that shows."""
        try:
            self._sandbox.get_template(name)
        except (TemplateSyntaxError, SyntaxError, RecursionError, MemoryError) as error:
            yield Mistake(self._path(name), _reason(error), getattr(error, "lineno", 0) or 0)

    def _blocks(self, names: Iterable[str]) -> dict[str, tuple[str, nodes.Block]]:
        return {block.name: (name, block) for name in names for block in self._trees[name].find_all(nodes.Block)}

    def _missing_parts(self, name: str) -> Iterator[Mistake]:
        blocks = self._blocks(self._layouts)
        for group in NEEDED[self._channel]:
            if blocks.keys().isdisjoint(group):
                wanted = " or ".join(f"`{part}`" for part in group)
                message = f"no block {wanted}, which a message by {self._channel} needs"
                hint = "" if len(self._layouts) > 1 else "or extend a layout that has it"
                yield Mistake(self._path(name), message, help=hint)

    def _homeless_blocks(self) -> Iterator[Mistake]:
        """Find blocks that are never rendered: no part has that name, and no layout a place for it."""
        places = {*PARTS[self._channel], *(part for parts in PARTS.values() for part in parts)}
        for name in reversed(self._layouts):
            for block in self._trees[name].find_all(nodes.Block):
                if block.name not in places and block in self._trees[name].body:
                    hint = suggest(block.name, places)
                    yield Mistake(self._path(name), f"block `{block.name}` has no place", block.lineno, help=hint)
            places |= self._blocks([name]).keys()
        for name in self._trees.keys() - set(self._layouts):
            for _, block in self._blocks([name]).values():
                message = f"block `{block.name}` in a file that is included: it would not be rendered"
                yield Mistake(self._path(name), message, block.lineno)


def _reason(error: BaseException) -> str:
    match error:
        case TemplateSyntaxError():
            return (error.message or "not a template").rstrip(".")
        case UnicodeDecodeError():
            return "not UTF-8 text"
        case RecursionError() | MemoryError():
            return "nested too deeply"
        case OSError():
            return f"cannot be read: {error.strerror or error}"
    return str(error)
