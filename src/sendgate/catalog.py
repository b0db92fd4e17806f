"""The gates there are: the built-in ones in the order in which they are named as a reason, then installed ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sendgate.gate import Gate
from sendgate.gates.balance import Balance
from sendgate.gates.deliverability import Deliverability
from sendgate.gates.duplicate import Duplicate
from sendgate.gates.fatigue import Fatigue
from sendgate.gates.fit import Fit
from sendgate.gates.frequency import Frequency
from sendgate.gates.holdout import Holdout
from sendgate.gates.intent import Intent
from sendgate.gates.just_bought import JustBought
from sendgate.gates.moment import Moment
from sendgate.gates.permission import Permission
from sendgate.gates.price_protection import PriceProtection
from sendgate.gates.quiet_hours import QuietHours
from sendgate.gates.recognition import Recognition
from sendgate.gates.relevance import Relevance
from sendgate.gates.render import Render
from sendgate.gates.unsubscribe_risk import UnsubscribeRisk

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

BUILT_IN: tuple[type[Gate], ...] = (
    Permission,
    Deliverability,
    Duplicate,
    QuietHours,
    Frequency,
    Moment,
    Fit,
    JustBought,
    PriceProtection,
    Relevance,
    Intent,
    Fatigue,
    Recognition,
    Balance,
    UnsubscribeRisk,
    Holdout,
    Render,
)

ENTRY_POINTS = "sendgate.gates"
"""The entry-point group in which other packages offer gates: name = "package.module:GateClass"."""


_BY_NAME: Mapping[str, type[Gate]] = MappingProxyType({gate.name: gate for gate in BUILT_IN})


class Offered(NamedTuple):
    """What gates there are."""

    classes: Mapping[str, type[Gate]]
    """By name, in order."""
    unusable: Mapping[str, str]
    """Why a name stands for no gate: that of an entry point that gives none, or of a gate that several give."""


def classes_for(names: Iterable[str]) -> Offered:
    """Give the gates of a policy that names some: the built-in ones and, of those in other packages, the named ones.

    So what a policy decides does not depend on what happens to be installed, and only who names such a gate pays for
    looking for it. An entry point is usually called as its gate is: then no other is loaded.
    """
    others = set(names) - _BY_NAME.keys()
    if not others:
        return Offered(_BY_NAME, {})
    called = [point for point in _points() if point.name in others]
    elsewhere = others - {point.name for point in called}
    classes, unusable = (gate_classes(), _every().unusable) if elsewhere else _given_by(called)
    named = {name: gate for name, gate in classes.items() if name in _BY_NAME or name in others}
    wrong = {point.name: f"{_told(point)} gives a gate of another name" for point in called if point.name not in named}
    return Offered(MappingProxyType(named), {**wrong, **unusable})


def gate_classes() -> Mapping[str, type[Gate]]:
    """All gates by name, in order. What cannot be used of other packages is left out: no policy need name it."""
    return _every().classes


@cache
def _every() -> Offered:
    return _given_by(_points())


def _points() -> list[EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415  slow to import, and to be looked through

    return sorted(entry_points(group=ENTRY_POINTS), key=lambda point: (point.name, point.value))


def _given_by(points: Iterable[EntryPoint]) -> Offered:
    """Load entry points. An installed gate may not take the name of a built-in one, nor two the same.

    Of several, though, an entry point that is called as its gate is goes before others.
    """
    given: dict[str, dict[type[Gate], EntryPoint]] = {}
    unusable: dict[str, str] = {}
    for point in points:
        found = _loaded(point)
        if isinstance(found, str):
            unusable[point.name] = f"{_told(point)} {found}"
        else:
            given.setdefault(found.name, {}).setdefault(found, point)
    classes = dict(_BY_NAME)
    for name, gates in given.items():
        first, *others = [gate for gate, point in gates.items() if point.name == name] or gates
        if others:
            unusable[name] = f"{' and '.join(map(_told, gates.values()))} give a gate of this name"
        else:
            classes[name] = first
    return Offered(MappingProxyType(classes), unusable)


def _loaded(point: EntryPoint) -> type[Gate] | str:
    """Give the gate, or what is wrong with it."""
    try:
        found = point.load()
    except Exception as error:  # noqa: BLE001  the code of another package: whatever it does, others go on
        return f"cannot be loaded: {type(error).__name__}: {error}"
    if not (isinstance(found, type) and issubclass(found, Gate)):
        return "is not a subclass of sendgate.Gate"
    name = getattr(found, "name", None)
    if not isinstance(name, str) or not name:
        return 'has no name: expected a line such as `name: ClassVar[str] = "weather"` in the class'
    return f"takes the name of the gate `{name}`" if name in _BY_NAME else found


def _told(point: EntryPoint) -> str:
    return f"entry point `{point.name} = {point.value}` in {ENTRY_POINTS}"
