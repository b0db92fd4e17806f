"""A value that is not known.

It may be asked for (``if``, ``is defined``, ``default``, ``or``, ``==``), but not used: printing, joining, counting,
comparing or calling it stops the message with its full name. So nobody is greeted with "Hi ,".
"""

from __future__ import annotations

from typing import Any, NoReturn

from jinja2.exceptions import TemplateRuntimeError, UndefinedError
from jinja2.runtime import Undefined
from jinja2.utils import missing


class MissingValueError(UndefinedError):
    """A template uses a value that is missing; ``value`` is its name, such as ``person.given_name``."""

    def __init__(self, value: str) -> None:
        super().__init__(f"`{value}` is missing")
        self.value = value


class Words:
    """Values under one name in a template, such as ``person``. What is empty is missing."""

    __slots__ = ("_name", "_values")

    def __init__(self, name: str, values: Any) -> None:
        self._name = name
        self._values = values
        """A mapping, or a function that makes one, for what few templates ask for."""

    def __getitem__(self, key: str) -> Any:
        if callable(self._values):
            self._values = self._values()
        value = self._values[key]
        if value is None or value == "" or (isinstance(value, str) and value.isspace()):
            raise KeyError(key)
        return value

    def __str__(self) -> str:
        return self._name


class Missing(Undefined):
    """What Jinja makes of a name that leads nowhere."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: Any = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
    ) -> None:
        dotted = f"{obj}.{name}" if isinstance(obj, Words) else str(name)
        super().__init__(hint, obj, dotted, exc)

    def _fail(self, *_: object, **__: object) -> NoReturn:
        if self._undefined_hint:  # an unsafe attribute, a missing macro: Jinja's own words
            raise self._undefined_exception(self._undefined_hint)
        raise MissingValueError(self._undefined_name or "a value")

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":  # Python asks objects what they can do
            raise AttributeError(name)
        return self  # what is below a missing value is missing for the same reason

    def __getitem__(self, *_: object, **__: object) -> Any:
        return self

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Undefined)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(Missing)

    __str__ = __iter__ = __len__ = __contains__ = __call__ = _fail
    __lt__ = __le__ = __gt__ = __ge__ = _fail
    __int__ = __float__ = __complex__ = __index__ = __round__ = __abs__ = _fail
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __pos__ = __neg__ = _fail
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = _fail
    __mod__ = __rmod__ = __pow__ = __rpow__ = _fail
