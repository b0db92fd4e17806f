"""Records that cannot be what a campaign system meant: none is sent, none is lost, none is quoted."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sendgate.doors.aws_lambda import send_handler
from sendgate.doors.aws_lambda.asked import FIELDS
from sendgate.model.ledger import State

CANARY = "okafor"
ANN = {"campaign": "hello", "person": "ann"}
DEEP = '{"campaign": ' + "[" * 100_000 + "]" * 100_000 + "}"

BROKEN = {
    # No JSON, or none that means one thing
    "empty": "",
    "blank": "  \n",
    "word": CANARY,
    "cut": '{"campaign": "hello", "person": "okaf',
    "comment": '{"campaign": "hello", "person": "okafor"} // okafor',
    "two objects": '{"campaign": "hello", "person": "okafor"}{"campaign": "hello", "person": "okafor"}',
    "single quotes": "{'campaign': 'hello', 'person': 'okafor'}",
    "trailing comma": '{"campaign": "hello", "person": "okafor",}',
    "a name twice": '{"campaign": "hello", "person": "okafor", "person": "ann"}',
    "a name of data twice": '{"campaign": "hello", "person": "ann", "data": {"a": "okafor", "a": "2"}}',
    "not a number": '{"campaign": "hello", "person": NaN}',
    "infinity": '{"campaign": "hello", "person": "ann", "data": {"okafor": Infinity}}',
    "too deep": DEEP,
    "half a character": '{"campaign": "hello", "person": "okafor\\ud800"}',
    "byte order mark": '\ufeff{"campaign": "hello", "person": "okafor"}',
    "base64": "eyJjYW1wYWlnbiI6ICJoZWxsbyJ9",
    "form": "campaign=hello&person=okafor",
    # JSON, and no object
    "null": "null",
    "true": "true",
    "number": "17",
    "text": '"okafor"',
    "list": '["hello", "okafor"]',
    "list of objects": '[{"campaign": "hello", "person": "okafor"}]',
    # Campaigns
    "no campaign": {"person": "okafor"},
    "campaign is null": {"campaign": None, "person": "okafor"},
    "campaign is a number": {"campaign": 5, "person": "okafor"},
    "campaign is a list": {"campaign": ["hello"], "person": "okafor"},
    "campaign is an object": {"campaign": {"name": "hello"}, "person": "okafor"},
    "campaign is empty": {"campaign": "", "person": "okafor"},
    "campaign nobody knows": {"campaign": "okafor@customers.example", "person": "ann"},
    "campaign misspelt": {"campaign": "helo", "person": "okafor"},
    "campaign in capitals": {"campaign": "HELLO", "person": "okafor"},
    "campaign is a path": {"campaign": "campaigns/hello.yaml", "person": "okafor"},
    "campaign is a path outside": {"campaign": "../../etc/okafor.yaml", "person": "ann"},
    "campaign is very long": {"campaign": "okafor" * 10_000, "person": "ann"},
    # Persons
    "nobody": {"campaign": "hello"},
    "everybody": {**ANN, "email": "okafor@customers.example"},
    "all three": {**ANN, "email": "okafor@customers.example", "phone": "+4915112345678"},
    "person is null": {"campaign": "hello", "person": None},
    "person is empty": {"campaign": "hello", "person": ""},
    "person is blank": {"campaign": "hello", "person": " \t "},
    "person is a number": {"campaign": "hello", "person": 12345},
    "person is a boolean": {"campaign": "hello", "person": True},
    "person is a list": {"campaign": "hello", "person": ["okafor"]},
    "person is an object": {"campaign": "hello", "person": {"id": "okafor"}},
    "person holds a line break": {"campaign": "hello", "person": "okafor\r\nBcc: okafor"},
    "person holds a separator": {"campaign": "hello", "person": "okafor\x1fann"},
    "person ends in a separator": {"campaign": "hello", "person": "okafor\x1f"},
    "person holds a zero": {"campaign": "hello", "person": "okafor\x00"},
    "person is very long": {"campaign": "hello", "person": "okafor" * 50},
    "email is none": {"campaign": "hello", "email": "okafor"},
    "email has two at signs": {"campaign": "hello", "email": "okafor@okafor@customers.example"},
    "email is a list of two": {"campaign": "hello", "email": "okafor@customers.example, ann@customers.example"},
    "email with a name": {"campaign": "hello", "email": "Ann Okafor <okafor@customers.example>"},
    "email holds a line break": {"campaign": "hello", "email": "okafor@customers.example\r\nBcc: x@okafor.example"},
    "phone is a word": {"campaign": "text", "phone": "okafor"},
    "phone without country": {"campaign": "text", "phone": "0151 12345678"},
    # The rest
    "unknown field": {**ANN, "okafor": "1"},
    "field misspelt": {"campaing": "hello", "person": "okafor"},
    "field in capitals": {"Campaign": "hello", "Person": "okafor"},
    "run is a number": {**ANN, "run": 7},
    "run is a list": {**ANN, "run": ["okafor"]},
    "run is blank": {**ANN, "run": "  "},
    "run holds a separator": {**ANN, "run": "okafor\x1f"},
    "run is very long": {**ANN, "run": "okafor" * 100},
    "data is a text": {**ANN, "data": "okafor"},
    "data is a list": {**ANN, "data": ["okafor"]},
    "data holds a number": {**ANN, "data": {"okafor": 17}},
    "data holds null": {**ANN, "data": {"okafor": None}},
    "data holds an object": {**ANN, "data": {"order": {"okafor": "17"}}},
    "data holds half a character": '{"campaign": "hello", "person": "ann", "data": {"okafor": "\\udfff"}}',
    "data is very long": {**ANN, "data": {"okafor": "x" * 20_000}},
}


def test_there_are_fifty_kinds():
    """The list does not shrink."""
    assert len(BROKEN) >= 50


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_record_comes_again_and_is_not_quoted(function, told, kind):
    """Nothing is sent or written down; the log says what was expected, with nothing of what was given."""
    response = send_handler(function.batch(BROKEN[kind]), function.context)
    assert response == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert function.outbox() == []
    assert not function.store.counts()
    (line,), (metrics,) = told()
    assert (line["outcome"], line["why"]["error"], line["sqs_message"]) == ("Rejected", "InputError", "m0")
    assert CANARY not in json.dumps(line)
    assert metrics["Rejected"] == [1.0]


def test_a_batch_of_nothing_but_broken_records_is_answered(function):
    """All of them come again, and nothing is raised: each has its own fault."""
    response = send_handler(function.batch(*BROKEN.values()), function.context)
    assert len(response["batchItemFailures"]) == len(BROKEN)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"campaign": "helo", "person": "ann"}, "did you mean `hello`?"),
        ({"campaing": "hello", "person": "ann"}, "did you mean `campaign`?"),
        ({"campaign": 5, "run": 7}, "as `campaign`; `run` has to be text, and not empty; expected one of `person`"),
        ({**ANN, "data": {"n": 1}}, "every value in `data` has to be text"),
    ],
)
def test_a_mistake_says_what_was_expected(function, told, wanted, words):
    """All mistakes of a record at once, with the nearest right name."""
    send_handler(function.batch(wanted), function.context)
    (line,), _ = told()
    assert words in line["why"]["message"]


@pytest.mark.parametrize(
    "wanted",
    [
        {**ANN, "run": None, "data": None, "email": None},
        {**ANN, "run": "", "data": {}},
        {**ANN, "data": {"words": "two\nlines\tand ünïcödé 🌷"}},
        {**ANN, "person": "  ann "},
    ],
)
def test_what_is_only_unusual_is_sent(function, wanted):
    """Null is as good as nothing, and text may be of any letters."""
    assert send_handler(function.batch(wanted), function.context) == {"batchItemFailures": []}
    assert len(function.outbox()) == 1


words = st.text(max_size=30) | st.sampled_from(["ann", "hello", "text", "2026-03", "ann@customers.example", CANARY])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
right = st.fixed_dictionaries(
    {"campaign": st.sampled_from(["hello", "text"])},
    optional={"person": words, "email": words, "phone": words, "run": words, "data": st.dictionaries(words, words)},
)
bodies = words | st.builds(json.dumps, right | st.dictionaries(st.sampled_from(FIELDS) | words, values, max_size=5))


@pytest.mark.parametrize("examples", [50, pytest.param(100_000, marks=pytest.mark.torture)])
def test_whatever_a_record_says_it_is_done_or_comes_again(function, told, examples):
    """Nothing is raised, what is done with stands in the ledger, and nothing is quoted."""

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), database=None)
    @given(body=bodies)
    def hold(body):
        before = sum(function.store.counts().values())
        response = send_handler(function.batch(body), function.context)
        lines, _ = told()
        again = response == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
        assert again or response == {"batchItemFailures": []}
        assert sum(function.store.counts().values()) - before <= (not again)
        assert len(function.outbox()) == function.store.counts().get(State.SENT, 0)
        assert [line["message"] for line in lines] == ["not done" if again else "message"]
        assert CANARY not in json.dumps(lines)

    hold()
