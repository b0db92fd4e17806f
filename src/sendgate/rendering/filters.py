"""The filters that templates have. Those of Jinja that could hide a risk or nobody needs are not among them.

Left out on purpose: ``safe`` (values are always escaped in HTML), ``format``, ``center``, ``indent``, ``wordwrap`` and
``batch`` (they blow a small text up), ``attr`` and ``map`` (another way to attributes), ``random`` (the same person
gets the same message), ``tojson``, ``pprint`` and ``xmlattr`` (for other kinds of files).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sized
from functools import wraps
from types import MappingProxyType
from typing import Any

from jinja2 import filters as jinja
from jinja2 import pass_eval_context
from jinja2.runtime import Undefined
from jinja2.tests import TESTS as JINJA_TESTS
from markupsafe import Markup, escape, soft_str

from sendgate.rendering.budget import STEP, RefusedError, budget
from sendgate.rendering.formats import date, money, words
from sendgate.rendering.single_line import refuse_control_characters

Filter = Callable[..., Any]

_PRINTABLE = (str, int, float)


def printed(value: Any) -> Any:
    """Let a value be printed, for its price. Jinja calls this for all that a template prints."""
    value = written(value)
    if budget().single_line and isinstance(value, str):
        refuse_control_characters(value)
    return value


def written(value: Any) -> Any:
    """Let text and numbers pass, nothing else, and pay for their length."""
    if isinstance(value, str):
        budget().spend(len(value))
    elif isinstance(value, Undefined):
        return str(value)  # raises, unless it is an `if` without an `else`
    elif not isinstance(value, _PRINTABLE):
        raise RefusedError(f"prints {_described(value)}")
    return value


def _described(value: object) -> str:
    kind = type(value).__name__
    hints = {"datetime": "a date (write `| date` after it)", "NoneType": "nothing"}
    lists = {"list", "tuple", "dict", "range"}
    return hints.get(kind) or ("a list (write `| join(', ')` after it)" if kind in lists else f"`{value}` itself")


def replace(text: Any, old: str, new: str) -> Any:
    """Replace every ``old`` by ``new``."""
    old, new = str(old), str(new)
    if not old:
        raise RefusedError("replaces an empty text")
    budget().spend(str(text).count(old) * len(new))
    return text.replace(old, new) if isinstance(text, Markup) else str(text).replace(old, new)


@pass_eval_context
def join(eval_ctx: Any, items: Any, between: str = "") -> Any:
    """Join the items of a list, with a text between them."""
    pieces = [written(item) for item in items]
    budget().spend(len(str(between)) * len(pieces))
    return jinja.sync_do_join(eval_ctx, pieces, between)


def round_(number: float, digits: int = 0) -> float:
    """Round to up to nine digits; to a whole number without any."""
    if not 0 <= digits <= 9:  # noqa: PLR2004  nine say all that money and measures can mean
        raise RefusedError("rounds to fewer than 0 or more than 9 digits")
    return round(number, digits) if digits else round(number)


def _position(function: Filter) -> int:
    """Say which argument is the value: some filters of Jinja take a context first."""
    return 1 if hasattr(function, "jinja_pass_arg") else 0


def _of_text(function: Filter) -> Filter:
    position = _position(function)

    @wraps(function)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        text = written(args[position])
        budget().spend(STEP)
        budget().read(*args[position + 1 :], *kwargs.values())
        return function(*args[:position], text, *args[position + 1 :], **kwargs)

    return bounded


def _of_list(function: Filter, *, each: bool) -> Filter:
    """Bound a filter of lists, texts and ranges, which looks at ``each`` item or just at the whole."""
    position = _position(function)

    @wraps(function)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        spending, items = budget(), args[position]
        spending.spend(STEP)
        spending.read(*args[position + 1 :], *kwargs.values())
        if isinstance(items, (list, tuple, dict)):
            spending.weigh(items)
        elif each and isinstance(items, Sized) and not isinstance(items, Undefined):
            spending.turns(items)
        result = function(*args, **kwargs)
        if isinstance(result, Iterator):
            result = list(result)
        spending.weigh(result)
        return result

    return bounded


_TEXT: Mapping[str, Filter] = {
    "capitalize": jinja.do_capitalize,
    "e": escape,
    "escape": escape,
    "lower": jinja.do_lower,
    "replace": replace,
    "string": soft_str,
    "title": jinja.do_title,
    "trim": jinja.do_trim,
    "truncate": jinja.do_truncate,
    "upper": jinja.do_upper,
    "urlencode": jinja.do_urlencode,
    "words": words,
    "abs": abs,
    "float": jinja.do_float,
    "int": jinja.do_int,
    "money": money,
    "round": round_,
}

_LIST: Mapping[str, Filter] = {
    "count": len,
    "date": date,
    "first": jinja.sync_do_first,
    "last": jinja.do_last,
    "length": len,
}

_EACH: Mapping[str, Filter] = {
    "join": join,
    "list": jinja.sync_do_list,
    "max": jinja.do_max,
    "min": jinja.do_min,
    "reverse": jinja.do_reverse,
    "sort": jinja.do_sort,
    "unique": jinja.do_unique,
}

ASKING = frozenset({"d", "default"})
"""Filters that may be given a missing value."""

FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        **{name: _of_text(function) for name, function in _TEXT.items()},
        **{name: _of_list(function, each=False) for name, function in _LIST.items()},
        **{name: _of_list(function, each=True) for name, function in _EACH.items()},
        **dict.fromkeys(sorted(ASKING), jinja.do_default),
    }
)
"""All filters by name."""


def _reading(test: Filter) -> Filter:
    @wraps(test)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        budget().read(*args, *kwargs.values())
        return test(*args, **kwargs)

    return bounded


_JINJA_TESTS: Mapping[str, Any] = JINJA_TESTS
_COMPARING = frozenset(
    {"in", "lower", "upper", "eq", "==", "equalto", "ne", "!=", "lt", "<", "lessthan", "le", "<=", "gt", ">",
     "greaterthan", "ge", ">="}
)  # fmt: skip

TESTS: Mapping[str, Filter] = MappingProxyType(
    {name: _reading(test) if name in _COMPARING else test for name, test in _JINJA_TESTS.items()}
)
"""All tests by name (``is in``): those that look through what they are given pay for it."""
