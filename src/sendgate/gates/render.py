"""Can the message be written for this person?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sendgate.facts.arithmetic import Value, any_of, not_
from sendgate.facts.kinds import Attribute, Facts
from sendgate.facts.sharing import SHARING, shares
from sendgate.gate import Ask, Gate, Rule, Scope
from sendgate.model.campaigns import Purpose
from sendgate.model.reasons import Reason


class Render(Gate, frozen=True):
    """Drops an offer whose template prints a value that is missing for this person.

    Here it decides on the values that a template prints in any case (``Offer.requires``), which both regimes can see.
    What only rendering itself shows, such as a bad link, is found when the message is rendered.
    """

    name: ClassVar[str] = "render"
    scopes: ClassVar[frozenset[Scope]] = frozenset({Scope.OFFER})
    purposes: ClassVar[frozenset[Purpose]] = frozenset(Purpose) - {Purpose.TRANSACTIONAL}

    def facts(self, ask: Ask) -> Facts:
        """Ask for the attributes that the template needs, and whether the brand may know the tier."""
        return {**{name: Attribute(name) for name in (ask.offer.requires if ask.offer else ())}, **SHARING}

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Block on each missing value."""
        return tuple(_rule(name, known) for name in (ask.offer.requires if ask.offer else ()))


def _rule(name: str, known: Mapping[str, Value]) -> Rule:
    value = known[name]
    hidden = not_(shares(known)) if name == "tier" else False
    missing = f"the template needs person.{name}, which is missing"
    passes = "no value is missing that the template needs"
    return Rule(Reason.VALUE_MISSING, any_of(value == "", hidden), value, name, missing, passes)
