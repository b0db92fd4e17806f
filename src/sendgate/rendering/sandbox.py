"""The language that is left to templates: Jinja without its ways out, and with a budget.

Everything is refused that is not known to be harmless: attributes and methods by the type of the value, filters by
their name. Loops, calls, operators, included files and all that is printed draw on the budget of the message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from operator import floordiv, sub, truediv
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from sendgate.rendering.budget import MOST_ITEMS, STEP, RefusedError, budget
from sendgate.rendering.compiled import COMPILED
from sendgate.rendering.filters import FILTERS, TESTS, printed
from sendgate.rendering.missing import Missing, Words
from sendgate.rendering.rewriting import BOUNDS, CreativeCompiler, bounded

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Template, nodes

_ATTRIBUTES: Sequence[tuple[type, frozenset[str] | None]] = (
    (str, frozenset({"upper", "lower", "title", "capitalize", "strip", "startswith", "endswith", "split"})),
    (dict, frozenset({"get", "items", "keys", "values"})),
    (date, frozenset({"year", "month", "day", "hour", "minute"})),
    (timedelta, frozenset({"days"})),
    (LoopContext, None),
    (Namespace, None),
    (TemplateModule, None),
)
"""What may be asked of a value, by its type; None: all that is public. Of other types nothing may be asked."""

_OURS = (Words, Missing)
"""They answer for themselves."""

_LARGEST_POWER = 64
_LARGEST_BITS = 256
"""Whole numbers of Python grow without end."""


def bounded_range(*args: int) -> range:
    """Count as ``range`` does, up to the most items that a list may have."""
    numbers = range(*args)
    if len(numbers) > MOST_ITEMS:
        raise RefusedError(f"a range of more than {MOST_ITEMS} numbers")
    return numbers


def _joined(pieces: Iterable[str]) -> str:
    parts = list(pieces)
    budget().spend(sum(map(len, parts)))
    return "".join(parts)


def _power(left: Any, right: Any) -> Any:
    if abs(right) > _LARGEST_POWER:
        raise RefusedError(f"a power above {_LARGEST_POWER}")
    return left**right


def _times(left: Any, right: Any) -> Any:
    for repeated, times in ((left, right), (right, left)):
        if isinstance(repeated, (str, list, tuple)):
            if len(repeated) * times > MOST_ITEMS:
                raise RefusedError(f"repeats something to more than {MOST_ITEMS} characters or items")
            budget().spend(STEP)
    return left * right


def _plus(left: Any, right: Any) -> Any:
    if isinstance(left, (str, list, tuple)):
        budget().spend(STEP + len(left) + len(right))
    return left + right


def _modulo(left: Any, right: Any) -> Any:
    if isinstance(left, str):
        raise RefusedError("formats a text with `%`: write `~` between the pieces")
    return left % right


_OPERATORS: MappingProxyType[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "+": _plus,
        "-": sub,
        "*": _times,
        "/": truediv,
        "//": floordiv,
        "**": _power,
        "%": _modulo,
    }
)


def _length_of_work(function: Any, *arguments: Any) -> int:
    """Tell how many characters a method goes through: ``strip`` looks for each of a text among those it is given."""
    owner = getattr(function, "__self__", None)
    if owner is None:
        return 0
    given = sum(len(argument) for argument in arguments if isinstance(argument, str))
    return len(owner) * (1 + given) if isinstance(owner, str) else given


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment in which no template can hang, grow, or reach beyond its words."""

    code_generator_class = CreativeCompiler
    intercepted_binops = frozenset(_OPERATORS)
    concat = staticmethod(_joined)

    def __init__(self, loader: BaseLoader, *, autoescape: bool) -> None:
        super().__init__(
            loader=loader,
            autoescape=autoescape,
            undefined=Missing,
            finalize=printed,
            auto_reload=False,  # a run renders what it began with
            cache_size=-1,
            bytecode_cache=COMPILED[autoescape],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.filters = {**FILTERS, **BOUNDS}
        self.tests = dict(TESTS)
        self.globals = {"range": bounded_range, "namespace": Namespace}
        self.binop_table = dict(_OPERATORS)

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, *args: Any, **kwargs: Any
    ) -> str:
        return super()._generate(bounded(source, name, filename), name, filename, *args, **kwargs)

    def get_template(self, *args: Any, **kwargs: Any) -> Template:
        """Load a template, at the price of a step: an included file may include itself."""
        budget().spend(STEP)
        budget().read(*args[:1])
        return super().get_template(*args, **kwargs)

    def select_template(self, *args: Any, **kwargs: Any) -> Template:
        """Load the first template of a list that there is, at the price of a step for each."""
        budget().spend(STEP)
        budget().weigh(args[0])
        return super().select_template(*args, **kwargs)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look up ``obj.attribute``."""
        return self._word(obj, attribute) if isinstance(obj, _OURS) else super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Look up ``obj[argument]``."""
        budget().read(argument)
        return self._word(obj, argument) if isinstance(obj, _OURS) else super().getitem(obj, argument)

    def _word(self, words: Words | Missing, name: Any) -> Any:
        try:
            return words[name]
        except (KeyError, TypeError):
            return Missing(obj=words, name=name)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Say whether a template may ask this of a value."""
        if attr.startswith("_") or not super().is_safe_attribute(obj, attr, value):
            return False
        allowed = next((names for kind, names in _ATTRIBUTES if isinstance(obj, kind)), frozenset[str]())
        return allowed is None or attr in allowed

    def unsafe_undefined(self, obj: Any, attribute: str) -> Missing:
        """Say what was asked for in vain: whoever asks mostly looks for a filter."""
        hint = f"`{attribute}` cannot be asked of a value here: see whether a filter, such as `date`, does it"
        return Missing(hint, obj, attribute, SecurityError)

    def wrap_str_format(self, value: Any) -> None:
        """Offer no formatting: the width of a field would know no bounds."""

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a macro, a block or one of the few methods."""
        spending = budget()
        spending.spend(STEP)
        for argument in args:
            spending.weigh(argument)
        for name, argument in kwargs.items():
            if not name.startswith("_"):  # Jinja passes its own along
                spending.weigh(argument)
        spending.spend(_length_of_work(obj, *args, *kwargs.values()))
        result = super().call(context, obj, *args, **kwargs)
        spending.weigh(result)
        return result

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Calculate within bounds."""
        result = self.binop_table[operator](left, right)
        if isinstance(result, int) and result.bit_length() > _LARGEST_BITS:
            raise RefusedError("a number without end")
        if isinstance(result, (list, tuple)):
            budget().weigh(result)
        return result
