"""Working out for one person what rules say that are written once.

For tables, rules are asked with columns in place of facts; for one person with cells, once for a campaign under a
policy. An operator or a helper of ``facts.arithmetic`` that meets a cell notes a line on its sheet and gives the cell
for the result. The lines make one function, so that what is left for each person is straight Python, and what several
rules share is worked out once. Names in its source are numbered, and constants are handed to it: nothing that anybody
wrote is ever read as source.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from functools import wraps
from typing import Any, NamedTuple, NoReturn, ParamSpec

Row = tuple[Any, ...]
"""The values of all cells and constants of a sheet for one person."""

Values = ParamSpec("Values")

_NAME = re.compile(r"v([0-9]+)")
_TOOLS = {"bisect_right": bisect_right, "exp": math.exp, "floor": math.floor}
"""What a source may call beside Python's own functions."""


class _Line(NamedTuple):
    """How a line is worked out, and its place."""

    source: str
    place: int


class Sheet:
    """Facts, constants, and lines that combine them, each with its place in the row."""

    def __init__(self) -> None:
        self._facts: dict[Hashable, int] = {}
        self._constants: dict[tuple[type, Hashable], int] = {}
        self._lines: dict[str, _Line] = {}

    def fact(self, fact: Hashable) -> Cell:
        """Give the cell of a fact; equal facts are one."""
        return Cell(self, self._facts.setdefault(fact, len(self)))

    def line(self, form: str, *operands: Any) -> Cell:
        """Note a line such as ``{} + {}``; equal lines are one."""
        text = form.format(*self._names(operands))
        return self._noted(text, text)

    def call(self, function: Callable[..., Any], values: Sequence[Any], form: str) -> Cell:
        """Note a call of a function, and a ``form`` that is worked out in its place because calls take long."""
        called, *names = self._names([function, *values])
        text = ", ".join(names)
        return self._noted(f"{called}({text})", form.format(*names, all=text))

    def _names(self, operands: Sequence[Any]) -> list[str]:
        return [f"v{self.place(operand)}" for operand in operands]

    def _noted(self, text: str, source: str) -> Cell:
        return Cell(self, self._lines.setdefault(text, _Line(source, len(self))).place)

    def place(self, value: Any) -> int:
        """Give the place of a cell, or make one for a constant."""
        if isinstance(value, Cell):
            return value.place
        return self._constants.setdefault((value.__class__, value), len(self))

    def __len__(self) -> int:
        return len(self._facts) + len(self._constants) + len(self._lines)

    @property
    def facts(self) -> Sequence[Any]:
        """The facts, in the order in which the function takes their values."""
        return tuple(self._facts)

    def written(self, describe: Callable[[Any], str]) -> str:
        """Write down what is worked out, the same in every process. ``describe`` names a fact."""
        facts = [f"v{place} is {describe(fact)}" for fact, place in self._facts.items()]
        named = {place: getattr(value, "__qualname__", repr(value)) for (_, value), place in self._constants.items()}
        constants = [f"v{place} is {name}" for place, name in named.items()]
        return "\n".join([*facts, *constants, *(f"v{line.place} = {text}" for text, line in self._lines.items())])

    def function(self) -> Callable[[Sequence[Any]], Row]:
        """Make the function from the values of the facts to the row."""
        facts = "".join(f"v{place}, " for place in self._facts.values())
        return self._made(facts, [*self._lines.values()], "".join(f"v{place}, " for place in range(len(self))))

    def answering(self, wanted: Sequence[int]) -> tuple[Sequence[Any], Callable[[Sequence[Any]], Row]]:
        """Make the function to the values of some places alone, and say which facts it takes; the rest is left out."""
        needed = set(wanted)
        for text, line in reversed(self._lines.items()):
            if line.place in needed:
                needed |= {int(name) for name in _NAME.findall(text)}
        facts = {fact: place for fact, place in self._facts.items() if place in needed}
        taken = "".join(f"v{place}, " for place in facts.values())
        lines = [line for line in self._lines.values() if line.place in needed]
        return tuple(facts), self._made(taken, lines, "".join(f"v{place}, " for place in wanted))

    def _made(self, taken: str, lines: Sequence[_Line], given: str) -> Callable[[Sequence[Any]], Row]:
        names: dict[str, Any] = _TOOLS | {f"v{place}": value for (_, value), place in self._constants.items()}
        written = (f"v{line.place} = {line.source}" for line in lines)
        source = "\n    ".join(["def work_out(facts):", f"[{taken}] = facts", *written, f"return ({given})"])
        exec(source, names)  # noqa: S102  it holds numbered names and signs, and nothing else
        function: Callable[[Sequence[Any]], Row] = names["work_out"]
        return function


_NO_TEXT = 'a value is not yet known: write `say("{n:message}", n=value)`, not an f-string or `str`'


class UnknownYetError(TypeError):
    """A rule wants to know a value before anybody stands there, or does what a number or a column cannot do."""


class Cell:
    """A value that is worked out when somebody stands there."""

    __slots__ = ("place", "sheet")
    __hash__ = None  # type: ignore[assignment]  # `==` gives a cell

    def __init__(self, sheet: Sheet, place: int) -> None:
        self.sheet = sheet
        self.place = place

    def __neg__(self) -> Cell:
        return self.sheet.line("-{}", self)

    def __bool__(self) -> NoReturn:
        """Refuse: rules are asked before anybody stands there."""
        raise UnknownYetError(
            "a condition is not yet true or false: write `&`, `|`, `not_` and `when`, not `and` or `if`"
        )

    def __str__(self) -> NoReturn:
        """Refuse: what is not yet known has no text."""
        raise UnknownYetError(_NO_TEXT)

    def __format__(self, _spec: str) -> NoReturn:
        """Refuse, as ``str`` does: it is in an f-string."""
        raise UnknownYetError(_NO_TEXT)

    def __abs__(self) -> NoReturn:
        """Refuse: a column has no such operator."""
        raise UnknownYetError("a column has no absolute value: write `greatest(value, -value)`, not `abs`")

    def __invert__(self) -> NoReturn:
        """Refuse: of Python's own ``True`` it gives -2."""
        raise UnknownYetError("a condition is not turned round by `~`: write `not_(condition)`")


def lifted(form: str) -> Callable[[Callable[Values, Any]], Callable[Values, Any]]:
    """Let a function of values take cells as well; then it is noted that it is to be called, or what does the same.

    In ``form``, Python for that, the values are ``{0}`` and so on, and ``{all}`` all of them.
    """

    def take_cells(function: Callable[Values, Any]) -> Callable[Values, Any]:
        @wraps(function)
        def lift(*values: Values.args, **named: Values.kwargs) -> Any:
            for value in values:
                if value.__class__ is Cell:
                    return value.sheet.call(function, values, form)
            return function(*values, **named)

        return lift

    return take_cells


def _operator(form: str) -> Callable[..., Cell]:
    return lambda cell, *other: cell.sheet.line(form, cell, *other)


def _reflected(form: str) -> Callable[..., Cell]:
    return lambda cell, other: cell.sheet.line(form, other, cell)


for _name, _sign in {"lt": "<", "le": "<=", "eq": "==", "ne": "!=", "ge": ">=", "gt": ">"}.items():
    setattr(Cell, f"__{_name}__", _operator(f"{{}} {_sign} {{}}"))
for _name, _sign in {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "and": "&", "or": "|"}.items():
    setattr(Cell, f"__{_name}__", _operator(f"{{}} {_sign} {{}}"))
    setattr(Cell, f"__r{_name}__", _reflected(f"{{}} {_sign} {{}}"))
