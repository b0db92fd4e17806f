"""Facts for scores about a person, whatever the offer: standing, pressure, engagement, and how somebody buys.

Engagement is that of people: whoever clicked in more than 80 % of the messages of a year is a link scanner that looks
at mail before somebody reads it, and what it opened and clicked says nothing. It is unknown, and has a bin of its own.
"""

from __future__ import annotations

from sendgate.facts.arithmetic import Value, settle, when
from sendgate.facts.kinds import (
    Count,
    CountSince,
    Distinct,
    Earliest,
    Events,
    Facts,
    Latest,
    LocalTime,
    Now,
    Spend,
)
from sendgate.model.times import DAY, FOREVER, NEVER, UNKNOWN
from sendgate.scores.score_fact import About, Known, ScoreFact

YEAR = 365 * DAY
SENT = Events(("sent",), not_purposes=("transactional",))
OPENED, CLICKED, REDEEMED, BOUGHT = (Events((kind,)) for kind in ("opened", "clicked", "redeemed", "purchased"))
CHEAPER = Events(("purchased",), discounted=True)

SCANNER_SHARE = 0.8
"""Who clicked in more of the messages is no reader. See ``docs/scores.md``."""
SCANNER_MESSAGES = 5
"""So many messages it takes to tell."""


def days_since(latest: Value, now: Value) -> Value:
    """Count the days since a moment; UNKNOWN since NEVER."""
    return when(latest == NEVER, UNKNOWN, (now - latest) / DAY)


def _scanning(about: About) -> Facts:
    return {
        "sent_year": about.seen(Count(SENT, YEAR)),
        "clicked_messages": about.seen(Distinct(CLICKED, YEAR, "campaign")),
    }


def by_people(known: Known, value: Value) -> Value:
    """Give a value of engagement; UNKNOWN for a link scanner."""
    scans = known["clicked_messages"] > known["sent_year"] * SCANNER_SHARE
    return when(scans & (known["sent_year"] >= SCANNER_MESSAGES), UNKNOWN, value)


def _joined(about: About) -> Facts:
    return {"now": Now(), "joined": Earliest(Events(("subscribed",), brands=(about.campaign.brand, "")))}


def _first_message(about: About) -> Facts:
    return {"now": Now(), "first": about.seen(Earliest(SENT))}


def _messages(days: float) -> ScoreFact:
    return ScoreFact(
        name=f"messages_{days:.0f}d",
        means=f"messages in the last {f'{days:.0f} days' if days > 1 else 'day'}, this one not counted",
        phrase=f"{{range}} in {days:.0f} days" if days > 1 else "{range} in a day",
        unit="count",
        noun="message",
        facts=lambda about: {"count": about.seen(Count(SENT, days * DAY))},
        value=lambda known: known["count"],
    )


def _unopened(about: About) -> Facts:
    streak = {
        "unopened": about.seen(CountSince(SENT, since=OPENED)),
        "opened": about.seen(Latest(OPENED)),
    }
    return {**streak, **_scanning(about)}


def _unopened_value(known: Known) -> Value:
    nothing = (known["unopened"] == 0) & (known["opened"] == NEVER)
    return by_people(known, when(nothing, UNKNOWN, known["unopened"]))


def _since(name: str, events: Events, phrase: str, missing: str, *, engagement: bool = False) -> ScoreFact:
    def value(known: Known) -> Value:
        days = days_since(known["latest"], known["now"])
        return by_people(known, days) if engagement else days

    return ScoreFact(
        name=name,
        means=f"days since the latest event of kind {events.kinds[0]}",
        phrase=phrase,
        unit="days",
        missing=missing,
        facts=lambda about: {
            "now": Now(),
            "latest": about.seen(Latest(events)),
            **(_scanning(about) if engagement else {}),
        },
        value=value,
    )


def _rate(name: str, events: Events, verb: str, expected: float) -> ScoreFact:
    """Declare a smoothed share of messages: two messages are added that did as ``expected`` by published rates."""

    def value(known: Known) -> Value:
        rate = (known["messages"] + 2 * expected) / (known["sent_year"] + 2)
        return by_people(known, when(known["sent_year"] == 0, UNKNOWN, rate))

    return ScoreFact(
        name=name,
        means=f"share of the messages of a year that were {verb}, smoothed by two messages at {expected:.1%}",
        phrase=f"{verb} {{range}} of a year's messages",
        unit="share",
        missing="no message in a year, or a link scanner",
        facts=lambda about: {"messages": about.seen(Distinct(events, YEAR, "campaign")), **_scanning(about)},
        value=value,
    )


def _purchases(about: About) -> Facts:
    return {"bought": about.seen(Count(BOUGHT)), "cheaper": about.seen(Count(CHEAPER))}


def _discount_share(known: Known) -> Value:
    return when(known["bought"] == 0, UNKNOWN, (known["cheaper"] + 1) / (known["bought"] + 2))


def _baskets(about: About) -> Facts:
    return {
        "redeemed": about.seen(Distinct(REDEEMED, YEAR, "at")),
        "bought": about.seen(Distinct(BOUGHT, YEAR, "at")),
    }


def _clock(part: str, facts: LocalTime) -> ScoreFact:
    phrase = "sent {range}" if part == "hour" else "sent on {range}"
    return ScoreFact(
        name=f"message_{part}",
        means=f"the {part} of the message, in the person's time zone (UTC where that is unknown)",
        phrase=phrase,
        unit="hour" if part == "hour" else "weekday",
        facts=lambda _about: {"shown": facts},
        value=lambda known: known["shown"],
    )


PERSON_FACTS = (
    ScoreFact(
        name="tenure",
        means="days since the first subscription to the brand or the family",
        phrase="joined {range} ago",
        unit="days",
        missing="joined nobody knows when",
        facts=_joined,
        value=lambda known: when(known["joined"] == FOREVER, UNKNOWN, (known["now"] - known["joined"]) / DAY),
    ),
    ScoreFact(
        name="days_since_first_message",
        means="days since the first message",
        phrase="first written to {range} ago",
        unit="days",
        missing="never written to before",
        facts=_first_message,
        value=lambda known: when(known["first"] == FOREVER, UNKNOWN, (known["now"] - known["first"]) / DAY),
    ),
    ScoreFact(
        name="position",
        means="messages since the latest subscription, or in all: this one is the next",
        phrase="{range} since joining",
        unit="count",
        noun="message",
        facts=lambda about: {
            "count": about.seen(CountSince(SENT, since=Events(("subscribed",)))),
        },
        value=lambda known: known["count"],
    ),
    _messages(1),
    _messages(7),
    _messages(30),
    _since("days_since_message", SENT, "last written to {range} ago", "never written to before"),
    ScoreFact(
        name="unopened",
        means="messages since the last one that was opened",
        phrase="{range} left unopened",
        unit="count",
        noun="message",
        missing="nothing to open yet, or a link scanner",
        facts=_unopened,
        value=_unopened_value,
    ),
    _since("days_since_open", OPENED, "last opened {range} ago", "never opened a message", engagement=True),
    _since("days_since_click", CLICKED, "last clicked {range} ago", "never clicked", engagement=True),
    _rate("open_rate", OPENED, "opened", 0.2),
    _rate("click_rate", CLICKED, "clicked", 0.011),
    _since("days_since_purchase", BOUGHT, "last bought {range} ago", "never bought"),
    ScoreFact(
        name="purchases_365d",
        means="purchases in a year",
        phrase="{range} in a year",
        unit="count",
        noun="purchase",
        facts=lambda about: {"count": about.seen(Count(BOUGHT, YEAR))},
        value=lambda known: known["count"],
    ),
    ScoreFact(
        name="spend_365d",
        means="what was paid in a year, in the family's currency",
        phrase="spent {range} in a year",
        unit="amount",
        facts=lambda about: {"spend": about.seen(Spend(BOUGHT, YEAR))},
        value=lambda known: settle(known["spend"]),
    ),
    ScoreFact(
        name="brands_bought",
        means="different brands of the family that were bought from, as far as this brand may know",
        phrase="bought from {range}",
        unit="count",
        noun="brand",
        facts=lambda about: {"brands": about.seen(Distinct(BOUGHT, of="brand"))},
        value=lambda known: known["brands"],
    ),
    ScoreFact(
        name="discount_share",
        means="share of purchases with something off the price, smoothed by two of which one was",
        phrase="{range} of purchases at a discount",
        unit="share",
        missing="never bought",
        facts=_purchases,
        value=_discount_share,
    ),
    ScoreFact(
        name="redemptions",
        means="offers redeemed so far",
        phrase="{range} so far",
        unit="count",
        noun="redemption",
        facts=lambda about: {"count": about.seen(Count(REDEEMED))},
        value=lambda known: known["count"],
    ),
    _since("days_since_redemption", REDEEMED, "last redeemed {range} ago", "never redeemed anything"),
    ScoreFact(
        name="campaigns_redeemed",
        means="share of the campaigns received that were redeemed, smoothed by two at 5 %",
        phrase="redeemed {range} of campaigns",
        unit="share",
        facts=lambda about: {
            "redeemed": about.seen(Distinct(REDEEMED, of="campaign")),
            "received": about.seen(Distinct(SENT, of="campaign")),
        },
        value=lambda known: (known["redeemed"] + 0.1) / (known["received"] + 2),
    ),
    ScoreFact(
        name="redeemed_share",
        means="times of a year that something was redeemed, to one that something was bought, smoothed by two at 5 %",
        phrase="redeemed something at {range} of purchases",
        unit="share",
        missing="bought nothing in a year",
        facts=_baskets,
        value=lambda known: when(known["bought"] == 0, UNKNOWN, (known["redeemed"] + 0.1) / (known["bought"] + 2)),
    ),
    ScoreFact(
        name="left_before",
        means="times that the person unsubscribed from a brand of the family",
        phrase="unsubscribed {range} before",
        unit="count",
        noun="time",
        facts=lambda about: {"count": about.seen(Count(Events(("unsubscribed",))))},
        value=lambda known: known["count"],
    ),
    _clock("hour", LocalTime("hour")),
    _clock("weekday", LocalTime("weekday")),
)
