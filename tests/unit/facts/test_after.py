"""Facts as they would be after some more messages."""

from __future__ import annotations

import pytest

from sendgate.errors import InputError
from sendgate.facts.after import Sends, selects
from sendgate.facts.kinds import (
    Count,
    CountSince,
    Distinct,
    Events,
    Evidence,
    Highest,
    InterestElsewhere,
    Latest,
    NthLatest,
    Visible,
    Weight,
)
from sendgate.facts.sharing import SHARING
from sendgate.model.categories import Assortment
from sendgate.model.events import Event

SENT = Event("sent", 0.0, brand="harbor", channel="email", campaign="c", creative="hero", purpose="promotional")
SENDS = Sends(((SENT,),))
BEDDING = Assortment.of(["home/bedding"], [])


@pytest.mark.parametrize(
    ("events", "held"),
    [
        (Events(("sent",)), True),
        (Events(("opened",)), False),
        (Events(("sent",), brands=("kids",)), False),
        (Events(("sent",), brands=("kids", "harbor"), channels=("email",)), True),
        (Events(("sent",), not_purposes=("promotional",)), False),
        (Events(("sent",), creative="hero"), True),
        (Events(("sent",), campaign="other"), False),
        (Events(("sent",), inside=BEDDING), False),
        (Events(("sent",), outside=BEDDING), True),
        (Events(("sent",), discounted=True), False),
        (Events(("opened",), also=Events(("sent",))), True),
    ],
)
def test_a_selection_holds_a_message_or_not(events: Events, held: bool) -> None:
    """All conditions count, but for the time."""
    assert selects(events, SENT) is held


def test_facts_that_no_message_changes_need_nothing_else() -> None:
    """Only what reads messages is brought up to date."""
    fact = Count(Events(("viewed",)))
    assert not SENDS.read_by(fact)
    assert SENDS.needs([fact]) == {fact}


def test_what_is_needed_beside_a_fact() -> None:
    """The latest times before the n-th, and the moment since which is counted, also behind what a brand may see."""
    sent, opened = Events(("sent",)), Events(("opened",))
    third = NthLatest(sent, 60.0, n=3)
    assert SENDS.needs([third]) == {NthLatest(sent, 60.0, n=n) for n in (1, 2, 3)}
    since = CountSince(sent, since=opened)
    assert SENDS.needs([since]) == {since, Latest(opened)}
    seen = Visible(since, CountSince(Events(("sent",), brands=("kids",)), since=opened))
    assert SENDS.needs([seen]) == {seen, Visible(Latest(opened), Latest(opened)), *SHARING.values()}


SENT_MESSAGES = Events(("sent",))


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (CountSince(Events(("opened",)), since=SENT_MESSAGES), "counts what happened since a message was sent"),
        (InterestElsewhere((Weight("sent", 1.0),), BEDDING), "takes a message that was sent for a sign of interest"),
        (
            Evidence((Weight("sent", 1.0),), Assortment.of([], ["duvet"])),
            "takes a message that was sent for a sign of interest",
        ),
        (Distinct(SENT_MESSAGES, of="campaign"), "counts each `campaign` of the messages once"),
        (
            Visible(Distinct(SENT_MESSAGES, of="at"), Distinct(SENT_MESSAGES, of="at")),
            "counts each `at` of the messages once",
        ),
        (Highest(SENT_MESSAGES), "takes more from messages that were sent than their number and times"),
        (
            Visible(NthLatest(SENT_MESSAGES, n=2), NthLatest(SENT_MESSAGES, n=2)),
            "takes more from messages that were sent than their number and times",
        ),
    ],
)
def test_what_cannot_be_foreseen_is_refused(fact, why) -> None:
    """A gate of another package may ask for it, and gets a sentence."""
    sends = Sends(((SENT._replace(product="duvet"),),))
    assert sends.refusal(fact) == why
    with pytest.raises(InputError, match=f"a gate asks for what a plan cannot foresee: it {why}"):
        sends.needs([fact])
