"""Is it night where this person lives?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from msgspec import Meta, field

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import Facts, QuietUntil
from sendgate.facts.sentence import say
from sendgate.gate import Ask, Gate, Rule, Scope, Unit
from sendgate.model.decisions import Outcome
from sendgate.model.reasons import Reason
from sendgate.model.settings import Checks, TimeOfDay, minutes
from sendgate.model.times import NEVER
from sendgate.model.zones import zone_meant


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such zone, or no zone's name at all
        near = zone_meant(name)
        hint = f" (did you mean `{near}`?)" if near else ""
        raise ValueError(f"there is no such timezone{hint}") from None


class QuietHours(Gate, frozen=True):
    """Defers to the end of the quiet interval in which the person's local time lies. Off without hours."""

    name: ClassVar[str] = "quiet_hours"
    checks: ClassVar[Checks] = {"assume_timezone": _zone}

    from_: Annotated[TimeOfDay | None, Meta(description="start of the quiet interval, local time")] = field(
        name="from", default=None
    )
    to: Annotated[
        TimeOfDay | None, Meta(description="end of the quiet interval, local time; may be on the next day")
    ] = None
    assume_timezone: Annotated[
        str, Meta(description="IANA zone for people of whom none is known", examples=["Europe/Berlin"])
    ] = "UTC"

    def __post_init__(self) -> None:
        """Refuse half an interval."""
        super().__post_init__()
        if (self.from_ is None) != (self.to is None):
            raise ValueError("quiet hours need both `from` and `to`")

    @property
    def configured(self) -> bool:
        """Whether hours are set."""
        return self.start != self.end

    @property
    def start(self) -> int:
        """Minutes after midnight."""
        return minutes(self.from_ or "0:00")

    @property
    def end(self) -> int:
        """Minutes after midnight."""
        return minutes(self.to or "0:00")

    @property
    def outcome(self) -> Outcome:
        """It only ever waits."""
        return Outcome.DEFER

    def measures(self, scope: Scope) -> Unit:
        """Times: the decision, and the end of the night."""
        return Unit.TIME

    def facts(self, ask: Ask) -> Facts:
        """Ask when the night ends for this person."""
        return {"until": QuietUntil(self.start, self.end, self.assume_timezone)}

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Block while it is quiet."""
        until = known["until"]
        hours = f"{_clock(self.start)} to {_clock(self.end)}"
        return (
            Rule(
                Reason.QUIET_HOURS,
                until > NEVER,
                until,
                hours,
                say(f"quiet hours, {hours} local time, end on {{until:end}}", until=until),
                f"outside of quiet hours, {hours} local time",
                until,
            ),
        )


def _clock(time: int) -> str:
    return f"{time // 60:02}:{time % 60:02}"
