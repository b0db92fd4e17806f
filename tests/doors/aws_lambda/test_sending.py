"""``send_handler``: what a queue asks for."""

from __future__ import annotations

import json

import pytest

from sendgate.doors.aws_lambda import send_handler
from sendgate.doors.aws_lambda.container import container
from sendgate.errors import BusyError, ConfigurationError, RequestError, StoppedError, StoreError
from sendgate.model.ledger import State


def send(function, *bodies):
    """Invoke, and name the records that come again."""
    response = send_handler(function.batch(*bodies), function.context)
    assert set(response) == {"batchItemFailures"}
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


HELLO = {"campaign": "hello", "person": "ann"}


def test_what_is_asked_for_is_sent(function):
    """One record is one message; nothing comes again, and that is said with an empty list."""
    assert send(function, HELLO) == []
    assert function.outbox() == [function.key()]
    assert function.entry().state is State.SENT


@pytest.mark.parametrize(
    "who",
    [
        {"person": "ann"},
        {"email": " Ann@Customers.EXAMPLE "},
        {"phone": "+4915112345678"},
        {"person": "ann@customers.example"},
    ],
)
def test_a_person_is_found_by_id_and_by_address(function, who):
    """However somebody is named, it is the same person and the same message."""
    assert send(function, {"campaign": "hello", **who}) == []
    assert function.entry().state is State.SENT


def test_a_stranger_is_an_address(function):
    """Somebody whom the store does not know is written to at the address that was given."""
    assert send(function, {"campaign": "receipt", "email": "new@customers.example", "data": {"order": "17"}}) == []
    entry = function.entry("receipt", "new@customers.example")
    # The template greets by name, and nobody knows the name.
    assert (entry.state, entry.reason) == (State.DROPPED, "render.value_missing")


def test_runs_and_data_arrive(function):
    """A campaign is sent again in another run, with the data of that message."""
    wanted = [{"campaign": "receipt", "person": "ann", "run": run, "data": {"order": run}} for run in ("7", "8")]
    assert send(function, *wanted) == []
    written = {path.stem: path.read_text() for path in (function.folder / "outbox").glob("*.eml")}
    assert len(written) == 2
    assert "Your order 8." in written[function.key("receipt", run="8")]


def test_a_message_that_a_gate_stops_is_done_with(function):
    """Dropping and deferring are answers: the record does not come again."""
    function.knows("bob", email="bob@customers.example")
    function.happens("unsubscribed", "bob", brand="harbor")
    assert (
        send(function, HELLO, {"campaign": "hello-kids", "person": "ann"}, {"campaign": "hello", "person": "bob"}) == []
    )
    assert function.entry("hello-kids").state is State.DEFERRED
    assert function.entry("hello", "bob").state is State.DROPPED
    assert function.outbox() == [function.key()]


def test_the_same_record_twice_is_one_message(function):
    """A queue delivers at least once."""
    assert send(function, HELLO, HELLO) == []
    assert send(function, HELLO) == []
    assert len(function.outbox()) == 1


def test_a_record_that_cannot_be_read_does_not_hold_up_the_others(function):
    """It alone comes again, and in the end to the dead-letter queue."""
    assert send(function, "{", HELLO, {"campaign": "helo", "person": "ann"}) == ["m0", "m2"]
    assert len(function.outbox()) == 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (BusyError("message `k` is in the hands of another worker"), "Busy"),
        (StoreError("the store is away"), "StoreAway"),
        (RequestError("message `k` was asked for before"), "Rejected"),
        (ConfigurationError([]), "Rejected"),
        (KeyError("something that nobody foresaw"), "Broken"),
    ],
)
def test_what_fails_comes_again_alone(function, monkeypatch, told, error, outcome):
    """Whatever happens to one record, the others of its batch are sent."""
    house = function.house
    real = house.send

    def sending(request):
        if request.person == "bob":
            raise error
        return real(request)

    monkeypatch.setattr(house, "send", sending)
    assert send(function, {"campaign": "hello", "person": "bob"}, HELLO) == ["m0"]
    log, metrics = told()
    assert {name: metrics[0][name] for name in ("Sent", outcome)} == {"Sent": [1.0], outcome: [1.0]}
    assert "nobody foresaw" not in json.dumps(log)


def test_when_the_provider_stops_the_rest_is_left(function, monkeypatch, told):
    """Paused accounts and refused credentials hold for all: nothing more is begun, and all of it comes again."""
    asked = []

    def stopping(request):
        asked.append(request.person)
        raise StoppedError("403 AccountSuspended")

    monkeypatch.setattr(function.house, "send", stopping)
    assert send(function, HELLO, HELLO, HELLO) == ["m0", "m1", "m2"]
    assert asked == ["ann"]
    _, metrics = told()
    assert (metrics[0]["ProviderStopped"], metrics[0]["Left"]) == ([1.0], [2.0])


@pytest.mark.parametrize("remaining", [0.0, 44.9, -5.0])
def test_without_time_nothing_is_begun(function, remaining):
    """A send that might be cut off in the middle is left to the next invocation."""
    function.remaining = remaining
    assert send(function, HELLO, HELLO) == ["m0", "m1"]
    assert function.outbox() == []
    assert function.entry() is None


def test_the_time_is_looked_at_before_each_message(function):
    """What was begun in time is finished, and the rest is left."""
    times = iter([60.0, 50.0, 40.0, 30.0])
    function.remaining = lambda: next(times)
    runs = [{"campaign": "receipt", "person": "ann", "run": str(n)} for n in range(4)]
    assert send(function, *runs) == ["m2", "m3"]
    assert len(function.outbox()) == 2


def test_an_empty_batch_is_answered(function):
    """No records, nothing comes again."""
    assert send(function) == []


@pytest.mark.parametrize("event", [{}, {"Records": None}, {"Records": {}}, [], None, "x"])
def test_an_event_that_is_none_of_a_queue_is_refused(function, event):
    """An answer that means `all done` is never given by accident."""
    with pytest.raises(Exception, match=r"expected (an event of SQS|a JSON object)"):
        send_handler(event, function.context)


def test_a_house_that_cannot_be_opened_sends_everything_back(function):
    """The invocation fails as a whole, with every mistake: Lambda counts an error, and all records come again."""
    container.close()
    (function.folder / "sendgate.yaml").write_text("family: {}\n")
    with pytest.raises(ConfigurationError):
        send_handler(function.batch(HELLO), function.context)


def test_the_house_is_opened_once(function):
    """A container that is warm keeps what it has opened."""
    before = function.house
    send(function, HELLO)
    assert function.house is before


def test_each_message_is_told(function, told):
    """A log line has the key, a hash of the person, and why; metrics count by outcome and by gate."""
    function.happens("unsubscribed", "bob")
    send(function, HELLO, {"campaign": "hello-kids", "person": "ann"}, {"campaign": "hello", "person": "bob"}, HELLO)
    log, metrics = told()
    assert [(line["outcome"], line["gate"]) for line in log] == [
        ("Sent", ""), ("Deferred", "frequency"), ("Dropped", "permission"), ("Repeated", ""),
    ]  # fmt: skip
    assert log[0]["key"] == function.key()
    assert log[0]["person"] == log[1]["person"] != log[2]["person"]
    assert "ann" not in json.dumps(log)
    assert all(metrics[0][name] == [1.0] for name in ("Sent", "Deferred", "Dropped", "Repeated"))
    assert sorted((m["gate"], m["Stopped"]) for m in metrics[1:]) == [("frequency", [1.0]), ("permission", [1.0])]
    assert all(m["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Sendgate" for m in metrics)
