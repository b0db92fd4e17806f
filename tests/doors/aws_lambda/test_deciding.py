"""``decide_handler``: what would become of messages."""

from __future__ import annotations

import json

import pytest

from sendgate.doors.aws_lambda import decide_handler, send_handler
from sendgate.doors.aws_lambda.container import container
from sendgate.errors import ConfigurationError, InputError, StoreError
from sendgate.model.times import DAY

NO_ANSWER = {"campaign": "hello", "recipients": []}


def decide(function, *recipients, campaign="hello", **more):
    """Invoke, and give the decisions."""
    answer = decide_handler({"campaign": campaign, "recipients": list(recipients), **more}, function.context)
    json.dumps(answer)
    return answer["decisions"]


def test_a_decision_says_why(function):
    """In the order of the recipients, with the columns of a dry run."""
    function.knows("bob", email="bob@customers.example")
    function.happens("unsubscribed", "bob")
    first, second = decide(function, "ann", {"email": "bob@customers.example"})
    assert (first["outcome"], first["offer"]) == ("send", "only")
    assert (second["outcome"], second["gate"], second["reason"]) == ("drop", "permission", "permission.unsubscribed")
    assert second["blocked_by"] == "permission"


def test_nothing_is_sent_and_nothing_written(function):
    """Asking is free."""
    before = function.store.load("ann")
    decide(function, "ann", "ann", "new@customers.example")
    assert function.store.load("ann") == before
    assert (function.outbox(), dict(function.store.counts())) == ([], {})


def test_it_is_decided_as_it_would_be_sent(function):
    """A message that was sent is a duplicate, and counts for the next."""
    send_handler(function.batch({"campaign": "hello", "person": "ann"}), function.context)
    assert decide(function, "ann")[0]["reason"] == "duplicate.already_sent"
    (waits,) = decide(function, "ann", campaign="hello-kids")
    assert (waits["outcome"], waits["reason"]) == ("defer", "frequency.cap_reached")
    assert waits["until"].endswith("Z")


@pytest.mark.parametrize("ahead", [str, float])
def test_the_time_may_be_given(function, ahead):
    """ISO 8601, or seconds: the answer is that of the time that is asked for."""
    send_handler(function.batch({"campaign": "hello", "person": "ann"}), function.context)
    later = container.now + 8 * DAY
    now = later if ahead is float else "2100-01-01T00:00:00Z"
    assert decide(function, "ann", campaign="hello-kids", now=now)[0]["outcome"] == "send"
    assert decide(function, "ann", campaign="hello-kids", now="2026-03-04T09:00:00")[0]["outcome"] == "send"


@pytest.mark.parametrize("bad", [None, 5, [], {}, {"person": ""}, {"email": "okafor"}, {"person": "ann", "n": 1},
                                 {"person": "ann", "campaign": "hello"}, {"person": "ann", "data": 5}])  # fmt: skip
def test_a_bad_recipient_spoils_no_other(function, bad):
    """It is told apart, in its place."""
    decisions = decide(function, "ann", bad, "ann@customers.example")
    assert [decision["outcome"] for decision in decisions] == ["send", "rejected", "send"]
    assert decisions[1]["detail"]
    assert "okafor" not in decisions[1]["detail"]


def test_who_is_not_meant_for_certain_is_told(function):
    """An address that several people have, or a run named like a shadow, is no defect, and the caller learns why."""
    function.knows("bob", email="shared@customers.example")
    function.knows("bea", email="shared@customers.example")
    several, shadow = decide(function, "shared@customers.example", {"person": "ann", "run": "1 (shadow)"})
    assert several == {"outcome": "rejected", "detail": "`email` belongs to 2 people"}
    assert (shadow["outcome"], shadow["detail"][:25]) == ("rejected", "a run cannot be named so:")


def test_what_nobody_foresaw_spoils_no_other_either(function, monkeypatch, told):
    """A defect is told in the log, without the words of the error."""
    house = function.house
    real = house.decide

    def deciding(request, now):
        if request.person == "bob":
            raise KeyError("okafor")
        return real(request, now)

    monkeypatch.setattr(house, "decide", deciding)
    assert [d["outcome"] for d in decide(function, "bob", "ann")] == ["rejected", "send"]
    log, _ = told()
    assert log[0]["why"]["error"] == "KeyError"
    assert "okafor" not in json.dumps(log)


@pytest.mark.parametrize(
    "event",
    [
        None, [], {}, "x", {"campaign": "hello"}, {"recipients": []}, {**NO_ANSWER, "recipients": "ann"},
        {**NO_ANSWER, "campaign": "helo"}, {**NO_ANSWER, "campaign": None}, {**NO_ANSWER, "audience": []},
        {**NO_ANSWER, "recipients": ["ann"] * 5001}, {**NO_ANSWER, "now": "yesterday"}, {**NO_ANSWER, "now": True},
        {**NO_ANSWER, "now": []}, {**NO_ANSWER, "now": -1}, {**NO_ANSWER, "now": 1e18}, {**NO_ANSWER, "now": 10**400},
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_read_is_an_error(function, event):
    """Step Functions catches it; there is no answer that looks like one."""
    with pytest.raises(InputError, match=r"expected|names none"):
        decide_handler(event, function.context)


def test_without_a_store_there_is_no_answer(function, monkeypatch):
    """A state machine retries it as a whole."""

    def away(_):
        raise StoreError("the store is away")

    monkeypatch.setattr(function.store, "load", away)
    with pytest.raises(StoreError):
        decide(function, "ann")


def test_a_campaign_that_is_wrong_is_told(function):
    """With its mistakes."""
    (function.folder / "campaigns" / "hello.yaml").write_text("name: hello\n")
    with pytest.raises(ConfigurationError, match="brand"):
        decide(function, "ann")


def test_when_the_time_runs_out_the_rest_is_told_apart(function):
    """What was decided is given."""
    times = iter([9.0, 1.0, 1.0])
    function.remaining = lambda: next(times)
    outcomes = [d["outcome"] for d in decide(function, "ann", "ann", "ann")]
    assert outcomes == ["send", "rejected", "rejected"]


def test_the_answers_are_counted(function, told):
    """In the answer and as metrics."""
    answer = decide_handler({"campaign": "hello", "recipients": ["ann", 5]}, function.context)
    assert answer["counts"] == {"send": 1, "rejected": 1}
    _, (metrics,) = told()
    assert (metrics["Decided"], metrics["Rejected"]) == ([1.0], [1.0])


STRICT = """\
family:
  name: Harbor Group
  unsubscribe_url: https://harbor.example/leave
  tiers: [member, gold]
  brands:
    harbor: {name: Harbor Home, sender: "Harbor Home <hello@harbor.example>"}
    zinnia: {name: Zinnia Gardens, sender: "Zinnia <hello@zinnia.example>"}
    quokka: {name: Quokka Toys, sender: "Quokka <hi@quokka.example>", shares_profile: false}
    kids: {name: Harbor Kids, sender: "Harbor Kids <hello@kids.example>"}
gates:
  permission: {basis: opt_out, unsubscribe_reaches: family}
  frequency: {caps: [{limit: 1, per: 7d}, {limit: 1, per: 7d, within: channel}]}
  balance: {unanswered: 1}
  unsubscribe_risk: {at_most: 0.0001}
store: STORE
provider: PROVIDER
"""
OFFERS = """\
name: sale
brand: harbor
channel: email
purpose: promotional
category: home
offers: [{name: only, category: home, product: lamp, price: 10, creative: hero, template: hello.j2}]
"""


@pytest.mark.parametrize("brand", ["zinnia", "quokka"])
@pytest.mark.parametrize(
    "kinds",
    [["unsubscribed"], ["complained"], ["sent", "sent"], ["purchased"], ["returned"], ["case_opened"], ["viewed"] * 9,
     ["carted", "searched", "clicked"], ["bounced"] * 5],
)  # fmt: skip
def test_no_reason_names_a_sister_brand(function, kinds, brand):
    """A brand learns that it may not write, and not what a sister did."""
    container.close()
    function.write(STRICT)
    (function.folder / "campaigns" / "sale.yaml").write_text(OFFERS)
    for kind in kinds:
        values = {"product": "lamp", "price": 20.0, "category": "home", "purpose": "promotional", "creative": "hero"}
        function.happens(kind, brand=brand, channel="email", campaign=f"{brand}-spring", detail="permanent", **values)
    decisions = [d for campaign in ("sale", "hello") for d in decide(function, "ann", campaign=campaign)]
    said = json.dumps(decisions).lower()
    assert decisions[0]["outcome"] in {"drop", "defer"}
    assert not [name for name in ("zinnia", "quokka") if name in said]
