"""Is it night where this person lives?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from sendgate.facts.arithmetic import Value
from sendgate.facts.kinds import Facts, QuietUntil
from sendgate.facts.sentence import say
from sendgate.gate import Ask, Gate, Rule
from sendgate.model.decisions import Outcome
from sendgate.model.reasons import Reason
from sendgate.model.times import NEVER

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


def _minutes(value: object) -> object:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match:
        return int(match[1]) * 60 + int(match[2])
    if isinstance(value, str):
        raise ValueError("expected a time of day such as 21:00")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError, with the same meaning
        raise ValueError(f"no such timezone: `{value}`") from None
    except KeyError:
        raise ValueError(f"no such timezone: `{value}`") from None
    return value


Clock = Annotated[
    int,
    BeforeValidator(_minutes),
    Field(ge=0, lt=24 * 60),
    WithJsonSchema({"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$", "examples": ["21:00"]}),
]
"""A time of day; inside it is minutes after midnight."""

Zone = Annotated[str, AfterValidator(_zone), Field(examples=["Europe/Berlin"])]


class QuietHours(Gate):
    """Defers to the end of the quiet interval in which the person's local time lies. Off without hours."""

    name: ClassVar[str] = "quiet_hours"

    from_: Annotated[Clock | None, Field(alias="from", description="start of the quiet interval, local time")] = None
    to: Annotated[Clock | None, Field(description="end of the quiet interval, local time; may be on the next day")] = (
        None
    )
    assume_timezone: Annotated[Zone, Field(description="IANA zone for people of whom none is known")] = "UTC"

    @model_validator(mode="after")
    def _both_ends(self) -> QuietHours:
        if (self.from_ is None) != (self.to is None):
            raise ValueError("quiet hours need both `from` and `to`")
        return self

    @property
    def configured(self) -> bool:
        """Whether hours are set."""
        return self.from_ is not None and self.from_ != self.to

    @property
    def outcome(self) -> Outcome:
        """It only ever waits."""
        return Outcome.DEFER

    def facts(self, ask: Ask) -> Facts:
        """Ask when the night ends for this person."""
        return {"until": QuietUntil(self.from_ or 0, self.to or 0, self.assume_timezone)}

    def rules(self, ask: Ask, known: Mapping[str, Value]) -> Sequence[Rule]:
        """Block while it is quiet."""
        until = known["until"]
        hours = f"{_clock(self.from_)} to {_clock(self.to)}"
        return (
            Rule(
                Reason.QUIET_HOURS,
                until > NEVER,
                until,
                hours,
                say(f"quiet hours, {hours} local time, end on {{until:moment}}", until=until),
                f"outside of quiet hours, {hours} local time",
                until,
            ),
        )


def _clock(minutes: int | None) -> str:
    hours, rest = divmod(minutes or 0, 60)
    return f"{hours:02}:{rest:02}"
