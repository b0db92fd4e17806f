"""The gates there are: the built-in ones in the order in which they are named as a reason, then installed ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

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


def classes_for(names: Iterable[str]) -> Mapping[str, type[Gate]]:
    """Give the gates of a policy that names some: the built-in ones and, of those in other packages, the named ones.

    So what a policy decides does not depend on what happens to be installed, and only who names such a gate pays for
    looking for it.
    """
    others = set(names) - _BY_NAME.keys()
    if not others:
        return _BY_NAME
    return MappingProxyType({name: gate for name, gate in gate_classes().items() if name in _BY_NAME or name in others})


@cache
def gate_classes() -> Mapping[str, type[Gate]]:
    """All gates by name, in order. An installed gate may not take the name of another one.

    Raises ``TypeError`` where an entry point is not a gate, or takes a name that is in use.
    """
    from importlib.metadata import entry_points  # noqa: PLC0415  slow to import, and to be looked through

    classes = dict(_BY_NAME)
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        gate = point.load()
        if not (isinstance(gate, type) and issubclass(gate, Gate)):
            raise TypeError(f"entry point `{point.name}` in {ENTRY_POINTS} is not a subclass of sendgate.Gate")
        if classes.setdefault(gate.name, gate) is not gate:
            raise TypeError(f"entry point `{point.name}` in {ENTRY_POINTS}: a gate named `{gate.name}` exists")
    return MappingProxyType(classes)
