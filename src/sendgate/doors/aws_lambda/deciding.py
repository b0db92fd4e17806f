"""``decide_handler``: what would become of messages, for Step Functions and for whoever calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sendgate.doors.aws_lambda.asked import as_object, read_wanted
from sendgate.doors.aws_lambda.container import container
from sendgate.doors.aws_lambda.records import Context, seconds_left
from sendgate.doors.aws_lambda.telling import Counts, defect, log
from sendgate.errors import ConfigurationError, InputError, RequestError, StoreError
from sendgate.explain import as_record
from sendgate.model.decisions import Decision
from sendgate.model.times import EARLIEST, LATEST, parse_time
from sendgate.wiring.house import House

COVER = 2.0
"""Seconds that must be left for a recipient to be looked at."""

MOST = 5_000
"""Recipients of one call: what fits into the six megabytes of an answer."""

_FIELDS = {"campaign", "recipients", "now"}
_TOLD = ("outcome", "gate", "reason", "detail", "until", "offer", "relevance", "unsubscribe_risk", "blocked_by")


@log.inject_lambda_context(log_event=False)
def decide_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Decide about ``{"campaign": …, "recipients": […], "now": …}``, and send nothing.

    A recipient is a person's id or an address, or an object as ``send_handler`` takes it, without the campaign. Gives
    ``{"campaign", "now", "counts", "decisions"}``: for each recipient, in order, the columns of a dry run, or
    ``{"outcome": "rejected", "detail": …}``. Raises InputError where the call as a whole cannot be read,
    ConfigurationError and StoreError.
    """
    house = container.house()
    recipients, now = _read(event, house)
    decisions = [_answer(house, event["campaign"], one, now, context) for one in recipients]
    outcomes = Counter(decision["outcome"] for decision in decisions)
    counts = Counts()
    counts.outcomes["Decided"] = len(decisions) - outcomes["rejected"]
    counts.outcomes["Rejected"] = outcomes["rejected"]
    counts.publish()
    log.info("decided", campaign=house.ready(event["campaign"]).campaign.name, counts=outcomes)
    return {"campaign": event["campaign"], "now": now, "counts": dict(outcomes), "decisions": decisions}


def _read(event: dict[str, Any], house: House) -> tuple[list[Any], float]:
    """Check the call as a whole."""
    if set(as_object(event)) - _FIELDS:
        raise InputError("expected `campaign`, `recipients` and, if need be, `now`, and nothing else")
    recipients = event.get("recipients")
    if not isinstance(recipients, list) or len(recipients) > MOST:
        raise InputError(f"expected `recipients` as a list of at most {MOST:,}")
    read_wanted({"campaign": event.get("campaign"), "person": "anybody"}, house.campaigns)
    house.ready(event["campaign"])
    return recipients, _moment(event.get("now"))


def _moment(now: Any) -> float:
    if now is None:
        return container.now
    try:
        seconds = parse_time(now) if isinstance(now, str) else float(now)
    except (ValueError, TypeError, OverflowError):
        seconds = -1.0
    if isinstance(now, bool) or not EARLIEST <= seconds < LATEST:
        raise InputError("expected `now` as a time such as 2026-03-04T09:12:00Z, or as seconds since 1970")
    return seconds


def _answer(house: House, campaign: str, recipient: Any, now: float, context: Context) -> dict[str, Any]:
    """Decide about one; what is wrong with it is its own."""
    if seconds_left(context) < COVER:
        return _rejected("there was no time left")
    try:
        values = recipient if isinstance(recipient, dict) else {"person": recipient}
        wanted = read_wanted(_without_campaign(values) | {"campaign": campaign}, house.campaigns)
        decision = house.decide(house.request(campaign, wanted.who, wanted.run, wanted.data), now)
        return _record(decision)
    except (InputError, RequestError) as error:
        return _rejected(str(error))
    except (StoreError, ConfigurationError):
        raise
    except Exception as error:  # noqa: BLE001  one recipient must not spoil the others
        log.error("a decision failed", why=defect(error))
        return _rejected("something went wrong that nobody foresaw: see the log")


def _without_campaign(values: Mapping[str, Any]) -> dict[str, Any]:
    if "campaign" in values:
        raise InputError("the campaign is named once, for all recipients")
    return dict(values)


def _rejected(detail: str) -> dict[str, Any]:
    return {"outcome": "rejected", "detail": detail}


def _record(decision: Decision) -> dict[str, Any]:
    record = as_record(decision)
    return {name: record[name] for name in _TOLD}
