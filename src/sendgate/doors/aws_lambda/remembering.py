"""What a report of SES says of the person: the events that gates read later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sendgate.doors.aws_lambda.ses_events import Report
from sendgate.model.campaigns import Family
from sendgate.model.events import Event
from sendgate.model.ledger import Entry


def remembered(report: Report, entry: Entry, family: Family) -> Iterator[Event]:
    """Give what is to be remembered, with ids that are the same however often and by which way it is reported."""
    match report.kind:
        case "Delivery":
            yield _event("delivered", report, entry)
        case "Bounce":
            # An undetermined bounce is a transient one: several in a row suppress, one does not.
            permanent = report.values.get("bounceType") == "Permanent"
            yield _event("bounced", report, entry)._replace(detail="permanent" if permanent else "transient")
        case "Complaint" if report.suppresses:
            yield _event("complained", report, entry)
        case "Open" if not report.by_machine:
            yield _event("opened", report, entry)
        case "Click" if not report.by_machine and not _leaves(report, entry, family):
            yield _event("clicked", report, entry)
        case "Subscription":
            for kind, brand in _chosen(report, entry, family):
                event = _event(kind, report, entry)
                yield event._replace(brand=brand, id=f"{event.id}.{brand}")


def _event(kind: str, report: Report, entry: Entry) -> Event:
    return Event(
        kind, report.at, entry.brand, entry.channel, entry.campaign, entry.creative, entry.purpose, entry.category,
        entry.product, id=f"{kind}.{entry.key}.{round(report.at * 1000)}",
    )  # fmt: skip


def _leaves(report: Report, entry: Entry, family: Family) -> bool:
    """Tell whether the link that was clicked is the one to unsubscribe, which is no sign of interest."""
    brand = family.brands.get(entry.brand)
    way_out = brand.unsubscribe_url if brand else ""
    return bool(way_out) and str(report.values.get("link", "")).startswith(way_out)


@dataclass(frozen=True)
class _Preferences:
    """What somebody chose on the page where SES manages subscriptions."""

    everything: bool
    """They left all topics."""
    left: frozenset[str]
    joined: frozenset[str]

    @classmethod
    def of(cls, values: Any) -> _Preferences:
        values = values if isinstance(values, dict) else {}
        given = values.get("topicSubscriptionStatus")
        topics = [topic for topic in given if isinstance(topic, dict)] if isinstance(given, list) else []

        def named(status: str) -> frozenset[str]:
            return frozenset(str(t.get("topicName")) for t in topics if t.get("subscriptionStatus") == status)

        return cls(values.get("unsubscribeAll") is True, named("OptOut"), named("OptIn"))


def _chosen(report: Report, entry: Entry, family: Family) -> Iterator[tuple[str, str]]:
    """Give what changed, as kinds of events with brands; the empty brand is the family.

    Who leaves everything leaves the family. Who leaves a topic leaves the brand of that name, or else the brand that
    wrote. Who joins a topic joins a brand only where it has that name: consent is never guessed.
    """
    new, old = (_Preferences.of(report.values.get(f"{age}TopicPreferences")) for age in ("new", "old"))
    if new.everything and not old.everything:
        yield "unsubscribed", ""
        return
    left = {topic if topic in family.brands else entry.brand for topic in new.left - old.left}
    joined = {topic for topic in new.joined - old.joined if topic in family.brands} - left
    yield from (("unsubscribed", brand) for brand in sorted(left))
    yield from (("subscribed", brand) for brand in sorted(joined))
