"""Is this the moment to ask for a sale?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import Count, Events, Facts, Latest, Now
from sendgate.facts.sentence import say
from sendgate.gate import PROMOTIONAL, Ask, Gate, Rule, Scope, Unit
from sendgate.model.campaigns import Purpose
from sendgate.model.decisions import Outcome
from sendgate.model.reasons import Reason
from sendgate.model.settings import Duration, seconds
from sendgate.model.times import FOREVER, span


class Moment(Gate, frozen=True):
    """Defers a promotion that would follow on the heels of a purchase, a return, a complaint or an open case."""

    name: ClassVar[str] = "moment"
    purposes: ClassVar[frozenset[Purpose]] = PROMOTIONAL

    after_purchase: Annotated[Duration, Meta(description="silence after any purchase in the family")] = "2d"
    after_return: Annotated[Duration, Meta(description="silence after goods came back")] = "7d"
    after_complaint: Annotated[Duration, Meta(description="silence after a complaint")] = "30d"

    @property
    def outcome(self) -> Outcome:
        """It only ever waits."""
        return Outcome.DEFER

    def measures(self, scope: Scope) -> Unit:
        """Times: what happened, and how long a promotion waits."""
        return Unit.TIME

    def facts(self, ask: Ask) -> Facts:
        """Ask for the latest of each, in the whole family."""
        return {
            "purchased": Latest(Events(("purchased",))),
            "returned": Latest(Events(("returned",))),
            "complained": Latest(Events(("complained",))),
            "opened": Latest(Events(("case_opened",))),
            "closed": Latest(Events(("case_closed",))),
            "cases_opened": Count(Events(("case_opened",))),
            "cases_closed": Count(Events(("case_closed",))),
            "now": Now(),
        }

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Wait for the longest silence. A case is open while more were opened than closed, or since the last one."""
        open_ = (known["cases_opened"] > known["cases_closed"]) | (known["opened"] > known["closed"])
        now = known["now"]
        return (
            _silence(Reason.AFTER_PURCHASE, "bought", known["purchased"], seconds(self.after_purchase), now),
            _silence(Reason.AFTER_RETURN, "returned something", known["returned"], seconds(self.after_return), now),
            _silence(Reason.AFTER_COMPLAINT, "complained", known["complained"], seconds(self.after_complaint), now),
            Rule(
                Reason.CASE_OPEN,
                open_,
                known["cases_opened"] - known["cases_closed"],
                0,
                say("a service case is open since {at:moment}", at=known["opened"]),
                until=FOREVER,
            ),
        )


def _silence(reason: Reason, did: str, at: Value, silence: float, now: Value) -> Rule:
    until = at + silence
    return Rule(
        reason,
        until > now,
        at,
        silence,
        say(
            f"{did} on {{at:moment}}; a promotion waits {span(silence)}, until {{until:end}}",
            at=at,
            until=until,
        ),
        "no purchase, return, complaint or open case stands in the way",
        until,
    )
