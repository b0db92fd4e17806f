"""``feedback_handler``: what SES reports, by every way it comes."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest

from sendgate.doors.aws_lambda import feedback_handler, send_handler
from sendgate.doors.aws_lambda.container import container
from sendgate.errors import BusyError, InputError, StoreError
from sendgate.model.ledger import State, moved
from sendgate.model.times import iso, parse_time
from sendgate.ports import Answer, Receipt
from sendgate.testing.stores import an_entry

EVENTS = Path(__file__).parent / "events"
TYPES = {
    "send": (State.SENT, []),
    "delivery": (State.SENT, ["delivered"]),
    "bounce": (State.BOUNCED, ["bounced"]),
    "bounce-transient": (State.BOUNCED, ["bounced"]),
    "complaint": (State.COMPLAINED, ["complained"]),
    "complaint-not-spam": (State.SENT, []),
    "open": (State.SENT, ["opened"]),
    "click": (State.SENT, ["clicked"]),
    "subscription": (State.SENT, ["unsubscribed"]),
    "reject": (State.BOUNCED, []),
    "rendering-failure": (State.BOUNCED, []),
    "delivery-delay": (State.SENT, []),
}
"""What each documented event makes of a message, and what is remembered of the person."""


def event(name, key, **changes):
    """Give an event as SES documents it, about a message of ours; ``changes`` go into its own part."""
    made = json.loads((EVENTS / f"{name}.json").read_text().replace("KEY", key))
    (part,) = (value for kind, value in made.items() if kind not in {"eventType", "mail"})
    part.update(changes)
    return made


def by_eventbridge(function, made):
    """Invoke with one event of EventBridge."""
    envelope = json.loads((EVENTS / "envelope-eventbridge.json").read_text())
    return feedback_handler(envelope | {"detail": made}, function.context)


def by_queue_of_eventbridge(function, *made):
    """Invoke with a batch of a queue that a rule of EventBridge feeds."""
    envelope = json.loads((EVENTS / "envelope-eventbridge.json").read_text())
    return feedback_handler(function.batch(*(envelope | {"detail": one} for one in made)), function.context)


def by_sns(function, *made):
    """Invoke with a batch of a queue that an SNS topic feeds."""
    envelope = json.loads((EVENTS / "envelope-sns.json").read_text())
    return feedback_handler(
        function.batch(*(envelope | {"Message": json.dumps(one)} for one in made)), function.context
    )


def by_raw_sns(function, *made):
    """Invoke with a batch of a queue to which SNS delivers without its envelope."""
    return feedback_handler(function.batch(*made), function.context)


WAYS = [by_eventbridge, by_queue_of_eventbridge, by_sns, by_raw_sns]
NOTHING = {"batchItemFailures": []}


@pytest.fixture
def sent(function):
    """A function that has written to Ann."""
    send_handler(function.batch({"campaign": "hello", "person": "ann"}), function.context)
    return function


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TYPES)
def test_every_documented_event_is_understood(sent, way, name):
    """By every way, the message comes to the same state and the same is remembered."""
    assert way(sent, event(name, sent.key())) == NOTHING
    state, kinds = TYPES[name]
    assert (sent.entry().state, sent.kinds()) == (state, kinds)


@pytest.mark.parametrize("name", TYPES)
def test_twice_is_once(sent, name):
    """The same event again, and by another way, changes nothing."""
    by_sns(sent, event(name, sent.key()))
    once = (sent.entry(), sent.store.load("ann"))
    by_sns(sent, event(name, sent.key()), event(name, sent.key()))
    by_eventbridge(sent, event(name, sent.key()))
    assert (sent.entry(), sent.store.load("ann")) == once


def test_what_is_remembered_is_the_messages_own(sent):
    """An event has the brand, the channel and the campaign of the message, and the time that SES gives."""
    by_sns(sent, event("bounce", sent.key()))
    (bounced,) = sent.store.load("ann").profile.events
    assert (bounced.brand, bounced.channel, bounced.campaign, bounced.purpose, bounced.detail) == (
        "harbor", "email", "hello", "relationship", "permanent",
    )  # fmt: skip
    assert bounced.at == parse_time("2026-03-04T09:00:05.000Z")
    assert bounced.id == f"bounced.{sent.key()}.{round(bounced.at * 1000)}"


@pytest.mark.parametrize("kind", ["Transient", "Undetermined", None, "SomethingNew"])
def test_only_a_permanent_bounce_is_permanent(sent, kind):
    """What nobody is sure of counts as one that may go away."""
    by_sns(sent, event("bounce", sent.key(), bounceType=kind))
    assert [e.detail for e in sent.store.load("ann").profile.events] == ["transient"]


@pytest.mark.parametrize("kind", ["abuse", "fraud", "virus", "other", "auth-failure", None, "", "something-new"])
def test_a_complaint_of_any_kind_suppresses(sent, kind):
    """Also one whose kind nobody knows."""
    by_sns(sent, event("complaint", sent.key(), complaintFeedbackType=kind))
    assert sent.kinds() == ["complained"]
    send_handler(sent.batch({"campaign": "receipt", "person": "ann"}), sent.context)
    assert sent.entry("receipt").reason == "deliverability.complained"


@pytest.mark.parametrize("kind", ["not-spam", "Not-Spam", " not-spam "])
def test_who_took_a_mail_out_of_the_spam_folder_did_not_complain(sent, kind):
    """It is the opposite of a complaint."""
    by_sns(sent, event("complaint", sent.key(), complaintFeedbackType=kind))
    assert (sent.entry().state, sent.kinds()) == (State.SENT, [])


# Settling ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["send", "delivery", "open", "delivery-delay", "complaint-not-spam"])
def test_any_report_settles_a_doubt(function, monkeypatch, name):
    """A message of which nobody knew whether it was sent was sent: SES speaks of it."""
    send_handler(function.batch({"campaign": "hello-kids", "person": "ann"}), function.context)
    doubtful = an_entry(campaign="hello", state=State.UNKNOWN, due=1.0)
    function.store.enter(doubtful, seen=function.store.load("ann").version)
    by_sns(function, event(name, doubtful.key))
    entry = function.store.entry(doubtful.key)
    assert (entry.state, entry.message_id[:16]) == (State.SENT, "0102018f3c5d7e10")


def test_a_report_may_come_before_the_answer(function, monkeypatch):
    """SES may be quicker with its event than with its answer: in the end the ledger has what the event knew."""
    house = function.house
    house.ready("hello")
    (provider,) = house._providers.values()

    def quick(parcel, arm):
        arm()
        by_sns(function, event("bounce", parcel.key))
        return Receipt(Answer.UNKNOWN, detail="no answer")

    monkeypatch.setattr(provider, "send", quick)
    assert send_handler(function.batch({"campaign": "hello", "person": "ann"}), function.context) == NOTHING
    assert function.entry().state is State.BOUNCED


SIX = ["send", "delivery", "bounce", "complaint", "open", "click"]


def test_all_orders_end_alike(function):
    """Six events in all 720 orders, each about a message in doubt: the same state, and the same is remembered."""
    ends = set()
    bodies = {}
    for number, order in enumerate(permutations(SIX)):
        entry = an_entry(f"p{number}", campaign="hello", state=State.UNKNOWN, due=1.0)
        function.store.enter(entry, seen=0)
        bodies[entry] = [event(name, entry.key) for name in order]
    for place in range(len(SIX)):
        assert by_sns(function, *(orders[place] for orders in bodies.values())) == NOTHING
    for entry in bodies:
        known = function.store.load(entry.person)
        ends.add((known.entries[entry.key].state, tuple(e._replace(id="") for e in known.profile.events)))
    ((state, events),) = ends
    assert state is State.COMPLAINED
    assert [e.kind for e in events] == ["delivered", "bounced", "complained", "opened", "clicked"]


# Whom it does not concern -----------------------------------------------------------------------------------------


def test_a_message_that_is_not_ours_is_counted_and_nothing_else(sent, told):
    """Other senders of the account use the same SES, some without any tag."""
    told()
    untagged = event("complaint", "x")
    del untagged["mail"]["tags"]["sendgate-key"]
    empty = event("complaint", "x")
    del empty["mail"]["tags"]
    assert by_sns(sent, event("complaint", "unheard-of"), untagged, empty) == NOTHING
    log, (metrics,) = told()
    assert metrics["Strangers"] == [3.0]
    assert [line["known"] for line in log] == [False] * 3
    assert sent.kinds() == []


def test_a_young_message_that_cannot_be_found_comes_again(sent, monkeypatch):
    """An index of DynamoDB lags behind what was written: a report that is quicker is not thrown away."""
    young = event("complaint", sent.key("hello-kids"))
    young["mail"]["timestamp"] = iso(container.now - 60)
    assert by_sns(sent, young) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    with pytest.raises(BusyError):
        by_eventbridge(sent, young)
    young["mail"]["timestamp"] = iso(container.now - 16 * 60)
    assert by_sns(sent, young) == NOTHING


def test_somebody_forgotten_stays_forgotten(sent):
    """A report about them finds no message, and leaves nothing."""
    key = sent.key()
    sent.store.forget("ann")
    assert by_sns(sent, event("complaint", key)) == NOTHING
    assert [e.id for e in sent.store.load("ann").profile.events] == ["forgotten"]


@pytest.mark.parametrize(
    "agent",
    ["Mozilla/5.0", "", None, "Googlebot/2.1", "python-requests/2.32", "curl/8.5", "Barracuda Link Scanner", "Java/17",
     "SkypeUriPreview Preview/0.5", "Mozilla/5.0 (X11) HeadlessChrome/120"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["open", "click"])
def test_a_program_that_opens_or_clicks_shows_no_interest(sent, told, name, agent):
    """It proves that the message was sent, and nothing about the person."""
    told()
    by_sns(sent, event(name, sent.key(), userAgent=agent))
    _, (metrics,) = told()
    assert (sent.kinds(), metrics["Machine"]) == ([], [1.0])


@pytest.mark.parametrize(
    "agent",
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
     "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
     "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"],
)  # fmt: skip
def test_a_mail_program_is_a_person(sent, agent):
    """What people read mail with counts, also where a proxy fetches the images for them."""
    by_sns(sent, event("open", sent.key(), userAgent=agent))
    assert sent.kinds() == ["opened"]


def test_a_click_on_the_way_out_shows_no_interest(sent):
    """Who unsubscribes clicks; that is no reason to write more."""
    by_sns(sent, event("click", sent.key(), link="https://harbor.example/leave?token=x"))
    assert sent.kinds() == []


# Preferences ------------------------------------------------------------------------------------------------------


def topics(**statuses):
    """Write preferences as SES has them."""
    return [{"topicName": name, "subscriptionStatus": status} for name, status in statuses.items()]


@pytest.mark.parametrize(
    ("old", "new", "remembered"),
    [
        ({}, {"unsubscribeAll": True}, [("unsubscribed", "")]),
        ({"unsubscribeAll": True}, {"unsubscribeAll": True}, []),
        ({"unsubscribeAll": True}, {"unsubscribeAll": False}, []),
        ({"kids": "OptIn"}, {"kids": "OptOut"}, [("unsubscribed", "kids")]),
        ({"kids": "OptOut"}, {"kids": "OptIn"}, [("subscribed", "kids")]),
        ({"kids": "OptOut"}, {"kids": "OptOut"}, []),
        ({"news": "OptIn"}, {"news": "OptOut"}, [("unsubscribed", "harbor")]),
        ({"news": "OptOut"}, {"news": "OptIn"}, []),
        ({"kids": "OptIn", "lumen": "OptOut"}, {"kids": "OptOut", "lumen": "OptIn"},
         [("subscribed", "lumen"), ("unsubscribed", "kids")]),
    ],
)  # fmt: skip
def test_preferences_are_taken_at_their_word(sent, old, new, remembered):
    """Leaving is believed at once, and coming back only where it is said to which brand."""
    parts = {}
    for age, values in (("old", old), ("new", new)):
        everything = {name: value for name, value in values.items() if name == "unsubscribeAll"}
        rest = {name: value for name, value in values.items() if name != "unsubscribeAll"}
        parts[f"{age}TopicPreferences"] = {**everything, "topicSubscriptionStatus": topics(**rest)}
    by_sns(sent, event("subscription", sent.key(), **parts))
    assert sorted((e.kind, e.brand) for e in sent.store.load("ann").profile.events) == remembered


# What cannot be read ----------------------------------------------------------------------------------------------

UNREADABLE = {
    "no JSON": "okafor",
    "a list": [],
    "nothing": {},
    "no mail": {"eventType": "Bounce"},
    "mail is text": {"eventType": "Bounce", "mail": "okafor"},
    "no kind": {"mail": {"timestamp": "2026-03-04T09:00:00Z"}},
    "kind is a number": {"eventType": 5, "mail": {}},
    "its part is text": {"eventType": "Bounce", "mail": {}, "bounce": "okafor"},
    "no time": {"eventType": "Bounce", "mail": {}, "bounce": {}},
    "a time that is none": {"eventType": "Bounce", "mail": {"timestamp": "okafor"}, "bounce": {}},
    "a time that is a number": {"eventType": "Bounce", "mail": {"timestamp": 5}, "bounce": {}},
    "an envelope around nothing": {"Type": "Notification", "Message": "okafor"},
    "an envelope around a list": {"Type": "Notification", "Message": "[]"},
    "a confirmation of SNS": {"Type": "SubscriptionConfirmation", "Message": "okafor"},
    "somebody else's event": {"source": "aws.ec2", "detail": {}},
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_comes_again(sent, told, kind):
    """And in the end to the dead-letter queue; the others of the batch are written down."""
    told()
    response = by_raw_sns(sent, UNREADABLE[kind], event("delivery", sent.key()))
    assert response == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert sent.kinds() == ["delivered"]
    log, _ = told()
    assert "okafor" not in json.dumps(log)


@pytest.mark.parametrize("detail", [None, [], "okafor", {}, {"eventType": "Bounce"}])
def test_an_event_of_eventbridge_that_cannot_be_read_is_an_error(sent, detail):
    """EventBridge has no partial answers: the invocation fails, and is retried or kept by what the rule says."""
    with pytest.raises(InputError, match="expected"):
        by_eventbridge(sent, detail)


def test_an_event_that_ses_will_invent_is_proof_of_sending(sent, told):
    """A new kind is counted, settles what is in doubt, and is not an error."""
    told()
    made = event("send", sent.key()) | {"eventType": "Admired"}
    assert by_sns(sent, made) == NOTHING
    _, (metrics,) = told()
    assert (metrics["Unheard"], sent.entry().state) == ([1.0], State.SENT)


def test_without_a_store_a_report_comes_again(sent, monkeypatch):
    """Nothing that somebody said about being written to is lost."""

    def away(*_):
        raise StoreError("the store is away")

    monkeypatch.setattr(sent.store, "record", away)
    assert by_sns(sent, event("complaint", sent.key())) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    monkeypatch.undo()
    assert by_sns(sent, event("complaint", sent.key())) == NOTHING
    assert sent.kinds() == ["complained"]


def test_without_time_a_report_comes_again(sent):
    """It is not begun."""
    sent.remaining = 0.0
    assert by_sns(sent, event("complaint", sent.key()))["batchItemFailures"]
    assert sent.kinds() == []


def test_a_message_that_ses_did_not_carry_is_told_loudly(sent, told):
    """A virus in a mail, or a template of SES that nobody asked for: somebody has to look."""
    told()
    by_sns(sent, event("reject", sent.key()))
    (line,), (metrics,) = told()
    assert (line["level"], metrics["NotCarried"]) == ("ERROR", [1.0])


def test_a_report_about_a_message_that_was_given_back(function):
    """Whatever we believed, SES had it."""
    entry = an_entry(state=State.RELEASED, due=1.0)
    function.store.enter(entry, seen=function.store.load("ann").version)
    released = moved(entry, State.RELEASED, 2.0, due=2.0)
    function.store.swap(entry, released)
    by_sns(function, event("delivery", entry.key))
    assert function.store.entry(entry.key).state is State.SENT
