"""Typed uses of the public API. mypy reads this file; nothing runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import Count, Events, Facts
from sendgate.facts.sentence import say
from sendgate.gate import Ask, Gate, Rule, Scope
from sendgate.model.decisions import Mode, Outcome
from sendgate.model.reasons import Reason
from sendgate.model.settings import Duration, seconds
from sendgate.model.times import FOREVER


class Returns(Gate, frozen=True):
    """A gate as somebody else would write it: settings, facts, rules, and an outcome of its own."""

    name: ClassVar[str] = "returns"
    scopes: ClassVar[frozenset[Scope]] = frozenset({Scope.PERSON})

    limit: int = 3
    within: Duration = "90d"

    @property
    def outcome(self) -> Outcome:
        return Outcome.DEFER

    def facts(self, ask: Ask) -> Facts:
        return {"returns": Count(Events(("returned",), brands=(ask.campaign.brand,)), seconds(self.within))}

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        count = known["returns"]
        says = say("{count:return}, the limit is {limit:whole}", count=count, limit=self.limit)
        return (Rule(Reason.CUSTOM, count >= self.limit, count, self.limit, says, until=FOREVER),)


gate: Gate = Returns(limit=2, within="30d", mode=Mode.OBSERVE)
active: bool = gate.configured and gate.mode is not Mode.OFF
