"""The first scorecard of the risk that a message makes a person unsubscribe or complain.

It rests on published figures, not on the family's own history. Sources:

- Base rate: 0.15 to 0.24 % unsubscribes and 0.02 % complaints a message in 1.25 billion messages of three senders.
- Tenure: the newsletter log of a non-profit (391,461 sends): 1.17 % a message in the first 7 days and 0.20 % after a
  year; the steps between follow the ratio of all list exits in the same log (2.1, 1.1, 0.79, 0.58 %).
- Openings, same log: 0.40 % leave after an opened message, 0.14 % after more than 24 unopened ones. Half of that
  difference is used, because tenure explains a part of it.
- Messages in 7 days: a choice of policy. The log shows next to no effect, because everybody got about the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from sendgate.facts.arithmetic import Value, when
from sendgate.facts.kinds import Count, CountSince, Earliest, Events, Facts, Latest, Now
from sendgate.facts.sharing import visible
from sendgate.model.campaigns import Campaign, Family
from sendgate.model.times import DAY, FOREVER, NEVER, UNKNOWN
from sendgate.scores.scorecard import Bin, Scorecard, Term


def _log_odds(rate: float) -> float:
    return log(rate / (1 - rate))


BASE_RATE = 0.0020

_YEAR = _log_odds(0.0020)

CARD = Scorecard(
    name="published-rates",
    intercept=round(_log_odds(BASE_RATE), 4),
    terms=(
        Term(
            "tenure",
            (
                Bin(0, 0.0),  # unknown
                Bin(7, round(_log_odds(0.0117) - _YEAR, 2), "joined less than 7 days ago"),
                Bin(30, round(_log_odds(0.0061) - _YEAR, 2), "joined less than 30 days ago"),
                Bin(90, round(_log_odds(0.0044) - _YEAR, 2), "joined less than 90 days ago"),
                Bin(365, round(_log_odds(0.0032) - _YEAR, 2), "joined less than a year ago"),
                Bin(FOREVER, 0.0),
            ),
            source="newsletter log of a non-profit, exits by time since joining",
        ),
        Term(
            "unopened",
            (
                Bin(0, 0.0),  # nothing sent yet
                Bin(1, 0.26, "opened the last message"),
                Bin(25, 0.0),
                Bin(FOREVER, -0.26, "left 25 or more messages unopened"),
            ),
            source="the same log, exits after opened and unopened messages; halved",
        ),
        Term(
            "messages",
            (
                Bin(4, 0.0),
                Bin(7, 0.2, "4 to 6 messages in 7 days"),
                Bin(FOREVER, 0.4, "7 or more messages in 7 days"),
            ),
            source="a choice of policy",
        ),
    ),
)

_SENT = Events(("sent",), not_purposes=("transactional",))
_OPENED = Events(("opened",))


def facts(campaign: Campaign, family: Family) -> Facts:
    """Declare what the card needs, as far as the campaign's brand may see it."""
    joined = Events(("subscribed",), brands=(campaign.brand, ""))
    seen = {
        "unopened": CountSince(_SENT, since=_OPENED),
        "messages": Count(_SENT, 7 * DAY),
        "opened": Latest(_OPENED),
    }
    views = {name: visible(fact, campaign.brand, family) for name, fact in seen.items()}
    return {"now": Now(), "joined": Earliest(joined), **views}


def terms(known: Mapping[str, Value]) -> Mapping[str, Value]:
    """Turn the facts into the values of the card's terms; below 0 is unknown."""
    tenure = (known["now"] - known["joined"]) / DAY
    nothing = (known["unopened"] == 0) & (known["opened"] == NEVER)
    return {
        "tenure": when(known["joined"] == FOREVER, UNKNOWN, tenure),
        "unopened": when(nothing, UNKNOWN, known["unopened"]),
        "messages": known["messages"],
    }
