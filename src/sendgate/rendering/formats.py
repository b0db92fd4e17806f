"""How money, dates and keys read in a message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context, Undefined

from sendgate.rendering.budget import RefusedError

_SIGNS = MappingProxyType({"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CAD": "CA$", "AUD": "A$"})
_WHOLE = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "HUF"})
"""Currencies whose prices have no decimals."""

_MOST = 1e15


@pass_context
def money(context: Context, amount: Any, currency: str = "") -> str:
    """Write an amount in the family's currency, or another one: ``$129``, ``€1,299.50``, ``SEK 129``.

    A whole amount has no decimals. Without any currency the number stands alone.
    """
    number = float(amount)
    if not -_MOST < number < _MOST:
        raise RefusedError("an amount of money that is no number")
    code = currency or _family_currency(context)
    digits = 0 if code in _WHOLE or number == round(number) else 2
    sign = _SIGNS.get(code, f"{code} " if code else "")
    return f"{'-' if number < 0 else ''}{sign}{abs(number):,.{digits}f}"


def _family_currency(context: Context) -> str:
    try:
        return str(context["family"]["currency"])
    except KeyError as error:
        if "family" not in context:
            raise RefusedError("`money` without its currency: import the macro `with context`") from error
        return ""


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


_STYLES: dict[str, Callable[[datetime], str]] = {
    "day": _day,
    "short": lambda moment: f"{moment.day} {moment:%B}",
    "weekday": lambda moment: f"{moment:%A}",
    "month": lambda moment: f"{moment:%B %Y}",
    "year": lambda moment: f"{moment.year}",
    "time": lambda moment: f"{moment:%H:%M}",
    "iso": lambda moment: f"{moment:%Y-%m-%d}",
}


def date(moment: Any, style: str = "day") -> str:
    """Write a time, in the person's own timezone.

    ``day`` is "4 March 2026", ``short`` "4 March", ``weekday`` "Wednesday", ``month`` "March 2026", ``year`` "2026",
    ``time`` "09:12", ``iso`` "2026-03-04".
    """
    if isinstance(moment, Undefined):
        str(moment)  # raises
    if not isinstance(moment, datetime):
        raise RefusedError("`date` of something that is no time")
    if style not in _STYLES:
        raise RefusedError(f"no date style `{style}`: {', '.join(_STYLES)}")
    return _STYLES[style](moment)


def words(key: Any) -> str:
    """Read a key or path as words: ``duvet-dusty-rose`` is "duvet dusty rose", ``home/bedding`` is "bedding"."""
    return str(key).rsplit("/", 1)[-1].replace("-", " ").replace("_", " ").strip()
