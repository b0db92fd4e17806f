"""Numbers and times as a page writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sendgate.facts.sentence import moment_text

_NEGLIGIBLE, _TENTH, _WHOLE = 0.05, 10, 100

LEAVERS_REST_ON = """\
expected to leave: the sum of unsubscribe_risk over the rows that are sent, from the scorecard of the gate \
`unsubscribe_risk`; the shipped one rests on published figures, not on this family"""
"""What an expectation of unsubscribes and complaints is made from."""


def count(number: float) -> str:
    """Write a whole number: ``1,204``."""
    return f"{number:,.0f}"


def another_offer(rows: int, more: str = "") -> str:
    """Say how many rows are sent another offer than before: ``1 is sent another offer``, ``3 more are …``."""
    return f"{count(rows)}{more} {'is' if rows == 1 else 'are'} sent another offer"


def share(part: float, whole: float) -> str:
    """Write a part of a whole: ``18.3 %``, ``under 0.1 %``, ``0 %``; all but a few are not ``100 %``."""
    percent = 100 * part / whole if whole else 0.0
    if not part:
        return "0 %"
    if percent < _NEGLIGIBLE:
        return "under 0.1 %"
    if _WHOLE - _NEGLIGIBLE <= percent < _WHOLE:
        return "over 99.9 %"
    return f"{percent:.1f} %" if percent < _WHOLE else "100 %"


def people(number: int) -> str:
    """Write how many people: ``1 person``, ``1,204 people``."""
    return f"{number:,} {'person' if number == 1 else 'people'}"


def expected(number: float) -> str:
    """Write an expectation no more exactly than it is known: ``under 0.1``, ``3.4``, ``1,204``."""
    if not number:
        return "0"
    if number < _NEGLIGIBLE:
        return "under 0.1"
    return f"{number:.1f}".removesuffix(".0") if number < _TENTH else f"{number:,.0f}"


def column_of_shares(parts: Iterable[tuple[float, float]], places: int = 1) -> list[str]:
    """Write parts of wholes so that they stand under each other: ``18.3 %``, ``<0.1 %``, ``0.0 %``; ``-`` of none."""
    least = 10.0**-places

    def one(part: float, whole: float) -> str:
        if not whole:
            return "-"
        percent = 100 * part / whole
        return f"<{least:.{places}f} %" if 0 < percent < least / 2 else f"{percent:.{places}f} %"

    return [one(part, whole) for part, whole in parts]


def column_of_expected(numbers: Sequence[float]) -> list[str]:
    """Write expectations so that they stand under each other, as exactly as the largest is known."""
    places = 1 if max(numbers, default=0) < _WHOLE else 0
    least = 10.0**-places
    return [f"<{least:g}" if 0 < number < least / 2 else f"{number:,.{places}f}" for number in numbers]


def before_and_after(before: float, after: float) -> str:
    """Write two expectations: ``1.0 before, 0.4 after (0.6 fewer)``."""
    one, other = column_of_expected([before, after])
    change = round(after - before, 6)
    words = f"{expected(abs(change))} {'more' if change > 0 else 'fewer'}" if change else "as many"
    return f"{one} before, {other} after ({words})"


def percent(probability: float) -> str:
    """Write a small probability: ``0.25 %``."""
    return f"{100 * probability:.3g} %"


def listed(words: Iterable[str]) -> str:
    """Join words as a sentence does: ``a, b and c``."""
    *head, last = [*words] or [""]
    return f"{', '.join(head)} and {last}" if head else last


def spoken(name: str) -> str:
    """Write the name of a gate or a reason as words: ``quiet hours``."""
    return name.replace("_", " ")


def as_of(at: float | None) -> str:
    """Say when was decided: ``as of 2026-03-04 17:00 UTC``; None: each row has its own time."""
    return "each row at its own time" if at is None else f"as of {moment_text(at)}"
