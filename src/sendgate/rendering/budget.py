"""How much a template may do while it renders one message.

A template written by mistake, or by somebody else, must not hang a run or eat the memory. There is no clock in this:
the same template and person give the same answer on every machine. Work is counted in characters: what is written or
looked through costs its length, and a step (one turn of a loop, a call, a filter, a macro, an included file) costs as
much as ``STEP`` of them. The sandbox spends before it acts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar

from jinja2.exceptions import TemplateRuntimeError

ALLOWANCE = 2_000_000
"""Characters for one message with all its parts: twenty times the largest mail that is let through."""

STEP = 128
"""What a step costs: 15,625 of them exhaust the allowance, in well under a second."""

MOST_ITEMS = 1_000
"""Items in a list that a template makes, nested ones included, and numbers in a ``range``."""

_CONTAINERS = (list, tuple, dict)
_ITEMS: tuple[type[Collection[object]], ...] = (*_CONTAINERS, type({}.keys()), type({}.values()), type({}.items()))


class RefusedError(TemplateRuntimeError):
    """A template does what the sandbox does not offer, or makes what must not be sent."""


class Budget:
    """What is left of the allowance, and what the part that is being written must be."""

    __slots__ = ("left", "single_line")

    def __init__(self) -> None:
        self.left = ALLOWANCE
        self.single_line = False

    def spend(self, characters: int) -> None:
        """Take from the allowance; raise RefusedError where it is exhausted."""
        self.left -= characters
        if self.left < 0:
            raise RefusedError("the template does too much: it loops or writes more than any message needs")

    def weigh(self, value: object) -> None:
        """Take the cost of a list, tuple or dict with all that is in it; other values cost nothing."""
        if not isinstance(value, _CONTAINERS):
            return
        rest, items = list[object]([value]), 0
        while rest:
            top = rest.pop()
            if isinstance(top, str):
                self.spend(len(top))
            elif isinstance(top, _CONTAINERS):
                items += len(top)
                if items > MOST_ITEMS:
                    raise RefusedError(f"a list with more than {MOST_ITEMS} items")
                self.spend(STEP * len(top))
                rest.extend(top.values() if isinstance(top, dict) else top)

    def read(self, *values: object) -> None:
        """Take the cost of looking through texts and lists: one for each character and item, nested ones too."""
        rest = list(values)
        while rest:
            top = rest.pop()
            if isinstance(top, (str, range)):
                self.spend(len(top))
            elif isinstance(top, _ITEMS):
                self.spend(len(top))
                rest.extend(top.values() if isinstance(top, dict) else top)

    def turns(self, items: Sized) -> None:
        """Take the cost of a step for each item, or character of a text, before the first of them."""
        if len(items) > MOST_ITEMS:
            raise RefusedError(f"goes through more than {MOST_ITEMS} items")
        self.spend(STEP * len(items))


_current: ContextVar[Budget] = ContextVar("budget")

budget = _current.get
"""Give the budget of the message that is being rendered; LookupError outside of one."""


@contextmanager
def budgeted() -> Iterator[Budget]:
    """Render one message, or check one template, within a fresh allowance."""
    fresh = Budget()
    token = _current.set(fresh)
    try:
        yield fresh
    finally:
        _current.reset(token)
