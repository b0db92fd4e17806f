"""The DynamoDB store keeps the contract, and asks DynamoDB for just what the promises need."""

from __future__ import annotations

import os
from contextlib import closing
from decimal import Decimal
from threading import RLock

import moto
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from sendgate.errors import StoreError
from sendgate.model.events import Event
from sendgate.model.ledger import UNFINISHED, State, moved
from sendgate.model.people import Profile
from sendgate.model.times import DAY
from sendgate.ports import FORGOTTEN, PERMISSION
from sendgate.stores.dynamodb import EXPIRES, TABLE, DynamoStore, create_table
from sendgate.stores.dynamodb.calls import maker
from sendgate.stores.dynamodb.items import event_item, event_of
from sendgate.testing.stores import KEYRING, NOW, StoreContract, an_entry, happening


class Wire:
    """The calls of a client, one at a time; they can be watched, changed and answered.

    moto is no oracle for calls that come at once: it checks and writes the items of a transaction one after the other,
    so of two transactions that exclude each other both may pass. DynamoDB does them as if one came after the other; a
    lock does the same.
    """

    def __init__(self, client) -> None:
        self.calls = []
        self.change = lambda operation, asked: None
        """Called before a call with what it asks for; what it gives, if anything, is the answer."""
        self._real = client._make_api_call
        self._lock = RLock()

    def __call__(self, operation, asked):
        with self._lock:
            self.calls.append((operation, asked))
            answer = self.change(operation, asked)
            return self._real(operation, asked) if answer is None else answer

    def asked(self, operation):
        """List what was asked for in calls of an operation."""
        return [asked for name, asked in self.calls if name == operation]

    def cancel(self, *reasons, times=1):
        """Cancel the next transactions for reasons, by position."""
        left = [times]

        def change(operation, asked):
            if operation == "TransactWriteItems" and left[0]:
                left[0] -= 1
                raise ClientError(
                    {
                        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
                        "CancellationReasons": [{"Code": reason, "Message": "why"} for reason in reasons],
                    },
                    operation,
                )

        self.change = change


@pytest.fixture(scope="module")
def connected(models):
    """Give a client, which moto answers; to make one takes longer than most tests do."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        return maker("eu-central-1", None)()


@pytest.fixture
def client(connected):
    """Give a client of moto with an empty table."""
    with moto.mock_aws():
        create_table(connected, "sendgate")
        yield connected


@pytest.fixture
def wire(client, monkeypatch):
    """Give the calls of the client."""
    wire = Wire(client)
    monkeypatch.setattr(client, "_make_api_call", wire)
    return wire


@pytest.fixture
def pauses():
    """Collect how long the store would have waited."""
    return []


@pytest.fixture
def store(client, wire, pauses):
    """Open a store that has looked at the table's version already."""
    with closing(DynamoStore("sendgate", KEYRING, lambda: client, pause=pauses.append)) as store:
        store.load("somebody")
        wire.calls.clear()
        yield store


class TestDynamoDB(StoreContract):
    many = 60  # moto copies the whole table for every transaction

    @pytest.fixture
    def store(self, client, wire):
        with closing(DynamoStore("sendgate", KEYRING, lambda: client)) as store:
            yield store


def items(client):
    """Read the whole table."""
    return client.scan(TableName="sendgate")["Items"]


def item(client, pk, sk):
    """Read one item."""
    return client.get_item(TableName="sendgate", Key={"pk": {"S": pk}, "sk": {"S": sk}})["Item"]


def actions(asked):
    """Give the kinds of actions of a transaction, with what each says."""
    return [next(iter(action.items())) for action in asked["TransactItems"]]


def condition(said):
    """Write out the condition of an action, with names and values in it."""
    text = said["ConditionExpression"]
    for names in (said["ExpressionAttributeNames"], said.get("ExpressionAttributeValues", {})):
        for short, long in names.items():
            text = text.replace(short, long if isinstance(long, str) else str(*long.values()))
    return text


# Conditions -------------------------------------------------------------------------------------------------------


def test_entering_is_one_transaction(store, wire):
    """The version is raised if it is the one seen, and the entry is put if there is none, or not at all."""
    store.remember([Profile("ann")])
    store.enter(an_entry(), seen=1)
    profile, put = actions(wire.asked("TransactWriteItems")[-1])
    assert (profile[0], profile[1]["Key"]["sk"]["S"]) == ("Update", "PROFILE")
    assert condition(profile[1]) == "attribute_exists(pk) AND attribute_not_exists(erasing) AND version = 1"
    assert (put[0], put[1]["Item"]["sk"]["S"]) == ("Put", f"S#{an_entry().key}")
    assert condition(put[1]) == "attribute_not_exists(pk)"


def test_a_stranger_is_entered_unless_forgotten(store, wire):
    """A profile is made only where there is none, and no hash of the person."""
    store.enter(an_entry(), seen=0)
    kinds = actions(wire.asked("TransactWriteItems")[-1])
    assert [kind for kind, _ in kinds] == ["Put", "Put", "ConditionCheck"]
    assert kinds[2][1]["Key"]["pk"]["S"] == f"F#{KEYRING.sign('forgotten', 'ann')}"
    assert {condition(said) for _, said in kinds} == {"attribute_not_exists(pk)"}


def test_arming_asks_for_the_permission(store, wire):
    """The entry changes only where the permission version is still that of the decision."""
    entry = an_entry(permission=0)
    store.enter(entry, seen=0)
    store.swap(entry, moved(entry, State.SENDING, NOW, due=NOW), permitted=True)
    check, update = actions(wire.asked("TransactWriteItems")[-1])
    assert check[0] == "ConditionCheck"
    assert condition(check[1]) == "attribute_exists(pk) AND attribute_not_exists(erasing) AND permission = 0"
    assert condition(update[1]) == f"state = reserved AND token = {entry.token}"


def test_every_read_of_a_person_is_strongly_consistent(store, wire):
    """What was written before the read began is in it."""
    store.remember([Profile("ann", {"email": "ann@a.example"})])
    wire.calls.clear()
    store.load("ann")
    store.owners("email", "ann@a.example")
    assert [name for name, _ in wire.calls] == ["GetItem", "Query", "Query"]
    assert all(asked["ConsistentRead"] for _, asked in wire.calls)


# Answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reasons", [("ConditionalCheckFailed", "None"), ("None", "ConditionalCheckFailed")])
def test_a_condition_that_fails_is_an_answer(store, wire, pauses, reasons):
    """Whoever was too late is told so at once."""
    wire.cancel(*reasons)
    assert store.enter(an_entry(), seen=3) is False
    assert not pauses


def test_a_conflict_is_tried_again(store, wire, pauses):
    """Another transaction on the same person may be through in a moment."""
    wire.cancel("TransactionConflict", "None", "None", times=2)
    assert store.enter(an_entry(), seen=0) is True
    assert len(pauses) == 2


def test_a_lasting_conflict_is_somebody_else(store, wire, pauses):
    """After some tries, somebody else was there: read again."""
    wire.cancel("TransactionConflict", "None", "None", times=99)
    assert store.enter(an_entry(), seen=0) is False
    assert len(wire.asked("TransactWriteItems")) == len(pauses) + 1 == 6


def test_a_lasting_conflict_keeps_events_out(store, wire):
    """Where nobody can say False, it is an error."""
    wire.cancel("TransactionConflict", "None", "None", times=99)
    with pytest.raises(StoreError, match="too fast"):
        store.record([happening("viewed", "a")])


def test_who_loses_every_race_comes_back_later_and_later(store, wire, pauses):
    """Many who write about one person would meet again and again, if all came back at once."""
    wire.cancel("ConditionalCheckFailed", "None", times=99)
    with pytest.raises(StoreError, match="in 10 tries"):
        store.record([happening("viewed", "a")])
    assert len(wire.asked("TransactWriteItems")) == len(pauses) + 1 == 10
    assert all(0 <= pause <= most for pause, most in zip(pauses, [0.02, 0.05, 0.1, 0.2, *[0.4] * 5], strict=True))
    assert len(set(pauses)) == 9


@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_throttling_is_an_error_in_the_end(store, wire, pauses, reason):
    """Nobody was there before: the table is slow, and nothing was written."""
    wire.cancel("None", reason, times=99)
    with pytest.raises(StoreError, match=f"cancelled a transaction: {reason}"):
        store.enter(an_entry(), seen=1)
    assert len(pauses) == 5


def test_what_is_wrong_is_an_error_at_once(store, wire, pauses):
    """An item that DynamoDB does not take will not be taken later."""
    wire.cancel("ValidationError", "None", times=99)
    with pytest.raises(StoreError, match="ValidationError: why"):
        store.enter(an_entry(), seen=1)
    assert not pauses


def test_events_that_are_there_are_left_out_by_position(store, wire):
    """One that is known does not keep the others out, and only new ones count."""
    store.record([happening("viewed", "b"), happening("unsubscribed", "d")])
    before = store.load("ann")
    wire.calls.clear()
    four = [happening(kind, name) for kind, name in zip(["viewed", "unsubscribed"] * 2, "abcd", strict=True)]
    assert store.record(four) == 2
    assert len(wire.asked("TransactWriteItems")) == 2
    after = store.load("ann")
    assert [event.id for event in after.profile.events] == ["a", "b", "c", "d"]
    assert (after.version, after.permission) == (before.version + 1, before.permission)


def test_no_answer_is_an_error(store, wire):
    """Whether it was written nobody knows, and nobody says False."""

    def change(operation, asked):
        raise ReadTimeoutError(endpoint_url="https://dynamodb.example")

    wire.change = change
    with pytest.raises(StoreError, match="does not answer"):
        store.enter(an_entry(), seen=0)
    with pytest.raises(StoreError, match="does not answer"):
        store.load("ann")


def test_what_boto_repeats_is_done_once(client, monkeypatch):
    """Each repetition carries the token of the first, by which DynamoDB knows it; the next call has another."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    bodies = []

    class Raw:
        def stream(self):
            yield b"{}"

    def answer(request, **_):
        bodies.append(request.body)
        return AWSResponse(request.url, 500, {}, Raw())

    store = DynamoStore("sendgate", KEYRING, lambda: client)
    store.load("somebody")
    client.meta.events.register_first("before-send.dynamodb.TransactWriteItems", answer)
    for _ in range(2):
        with pytest.raises(StoreError):
            store.enter(an_entry(), seen=0)
    client.meta.events.unregister("before-send.dynamodb.TransactWriteItems", answer)
    tokens = [body.split(b'"ClientRequestToken": "')[1][:36] for body in bodies]
    assert len(tokens) == 6
    assert (len(set(tokens[:3])), len(set(tokens[3:])), len(set(tokens))) == (1, 1, 2)


def test_a_table_that_is_not_there_is_told(client, wire):
    """The error says how to get one."""
    with (
        closing(DynamoStore("other", KEYRING, lambda: client)) as store,
        pytest.raises(StoreError, match="deploy"),
    ):
        store.load("ann")


def test_a_newer_table_is_refused(client):
    """A table of a later version is not touched."""
    newer = {"pk": {"S": "SCHEMA"}, "sk": {"S": "SCHEMA"}, "version": {"N": "99"}}
    client.put_item(TableName="sendgate", Item=newer)
    store = DynamoStore("sendgate", KEYRING, lambda: client)
    with pytest.raises(StoreError, match=r"newer sendgate \(schema 99, and this one knows 1\): upgrade"):
        store.remember([Profile("ann")])
    assert items(client) == [newer]


def test_a_person_who_is_too_large_is_refused(store):
    """An item has 400 kB at most: nothing is written."""
    with pytest.raises(StoreError, match="size"):
        store.remember([Profile("ann", {"note": "x" * 500_000})])
    assert store.load("ann").version == 0


def test_a_closed_store_refuses(client):
    """After closing, every use says so."""
    store = DynamoStore("sendgate", KEYRING, lambda: client)
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        store.load("ann")


def test_nothing_is_connected_before_the_first_use_and_each_process_connects_itself(client, monkeypatch):
    """A client is made when it is needed, and another one after a fork."""
    made = []
    store = DynamoStore("sendgate", KEYRING, lambda: made.append(1) or client)
    assert not made
    store.load("ann")
    store.load("bob")
    assert len(made) == 1
    monkeypatch.setattr(os, "getpid", lambda: -1)
    store.load("ann")
    assert len(made) == 2


# What DynamoDB may show of a transaction that is just being written -----------------------------------------------


def hide_once(wire, sk):
    """Leave an item out of the next query, as if its part of the transaction had not arrived."""
    hidden = []

    def change(operation, asked):
        if operation == "Query" and not hidden:
            hidden.append(1)
            answer = wire._real(operation, asked)
            return {**answer, "Items": [item for item in answer["Items"] if item["sk"]["S"] != sk]}
        return None

    wire.change = change


def test_a_message_that_is_just_being_written_is_seen(store, wire):
    """A cap would be exceeded by whoever sees the new version, and not the message that raised it."""
    entry = an_entry()
    store.enter(entry, seen=0)
    hide_once(wire, f"S#{entry.key}")
    assert store.load("ann").entries == {entry.key: entry}
    assert len(wire.asked("TransactGetItems")) == 1


def test_an_entry_that_is_just_being_replaced_is_seen(store, wire):
    """Also where an older state of the entry is there."""
    first = an_entry(state=State.DEFERRED, due=NOW)
    store.enter(first, seen=0)
    values = {":p": {"S": "P#ann"}}
    query = {"TableName": "sendgate", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": values}
    old = wire._real("Query", query)
    second = an_entry()
    store.enter(second, seen=1, over=first)
    wire.change = lambda operation, asked: old if operation == "Query" else None
    assert store.load("ann").entries == {second.key: second}


def test_an_unsubscribe_that_is_just_being_written_is_seen(store, wire):
    """Arming would pass on a permission version that the decision did not understand."""
    store.record([happening("unsubscribed", "u")])
    hide_once(wire, "E#u")
    assert [event.id for event in store.load("ann").profile.events] == ["u"]


def test_what_has_expired_is_not_missed(store, wire, client):
    """An item that DynamoDB deleted long ago is looked for once, and is then known not to be there."""
    entry = an_entry(state=State.SENT)
    store.enter(entry, seen=0)
    client.delete_item(TableName="sendgate", Key={"pk": {"S": "P#ann"}, "sk": {"S": f"S#{entry.key}"}})
    assert not store.load("ann").entries


def test_a_person_who_changes_while_being_read_is_read_again(store, wire):
    """What was read belongs to the version that is given."""
    store.enter(an_entry(campaign="first"), seen=0)
    hide_once(wire, f"S#{an_entry(campaign='first').key}")
    hide = wire.change
    between = []

    def change(operation, asked):
        if operation == "TransactGetItems" and not between:
            between.append(1)
            assert store.enter(an_entry(campaign="second"), seen=1)
        return hide(operation, asked)

    wire.change = change
    known = store.load("ann")
    assert (known.version, len(known.entries)) == (2, 2)


def test_the_list_of_what_was_written_last_stays_short(store, client):
    """Somebody who never gets a message, and changes their mind a hundred times, can go on doing so."""
    for number in range(50):
        store.record([happening("subscribed", f"s{number}")])
    assert len(item(client, "P#ann", "PROFILE")["latest"]["L"]) <= 21
    assert store.load("ann").permission == 50


# Pages ------------------------------------------------------------------------------------------------------------


def test_all_pages_are_read(store, wire, client):
    """However small the pages of DynamoDB are, nothing is left out."""
    for person in ("ann", "bob"):
        store.remember([Profile(person, {"email": f"{person}@a.example"})])
        store.record([happening("viewed", f"{n}", person=person) for n in range(7)])
        store.enter(an_entry(person), seen=2)

    def change(operation, asked):
        if operation in {"Query", "Scan"}:
            asked["Limit"] = 2

    wire.change = change
    assert len(store.load("ann").profile.events) == 7
    assert [len(profile.events) for profile in store.people()] == [8, 8]
    assert store.counts() == {State.RESERVED: 2}
    assert len(store.unfinished(UNFINISHED, NOW * 2)) == 2
    store.forget("ann")
    assert not [found for found in items(client) if "ann" in str(found)]


def test_whether_anybody_is_there_takes_no_more_than_it_needs(store, wire):
    """The scan ends with the page that has the first profile."""
    store.remember([Profile(f"p{number}") for number in range(9)])
    wire.calls.clear()
    wire.change = lambda operation, asked: asked.update(Limit=3) if operation == "Scan" else None
    assert not store.empty()
    assert len(wire.asked("Scan")) <= 2


def test_what_dynamodb_leaves_undone_is_asked_for_again(store, wire, client):
    """A batch of which a part was not deleted goes on with that part."""
    store.record([happening("viewed", f"{n}") for n in range(5)])
    first = []

    def change(operation, asked):
        if operation == "BatchWriteItem" and len(asked["RequestItems"]["sendgate"]) > 1 and not first:
            first.append(1)
            return {"UnprocessedItems": asked["RequestItems"]}
        return None

    wire.change = change
    assert store.forget("ann")
    assert not [found for found in items(client) if "ann" in str(found)]


# Forgetting -------------------------------------------------------------------------------------------------------


def test_forgetting_goes_on_where_it_broke_off(store, wire, client):
    """Half forgotten is forgotten for everybody; asked again, the rest goes."""
    store.remember([Profile("ann", {"email": "ann@a.example"})])
    store.record([happening("viewed", f"{n}") for n in range(5)])
    seen = store.load("ann").version

    def change(operation, asked):
        if operation == "BatchWriteItem":
            raise ReadTimeoutError(endpoint_url="https://dynamodb.example")

    wire.change = change
    with pytest.raises(StoreError):
        store.forget("ann")
    wire.change = lambda operation, asked: None
    known = store.load("ann")
    assert (known.version, known.profile.events) == (0, (FORGOTTEN,))
    assert not any(store.enter(an_entry(), seen=version) for version in (0, seen, seen + 1))
    assert store.record([happening("viewed", "new")]) == 0
    assert store.remember([Profile("ann")]) == ["ann"]
    assert list(store.people()) == []
    assert store.forget("ann")
    kept = sorted(found["pk"]["S"][:2] for found in items(client))
    assert kept == ["F#", "F#", "SC"]


# Time -------------------------------------------------------------------------------------------------------------


def test_only_what_is_finished_expires(store, client):
    """DynamoDB deletes finished entries after the days given, and no other; it never ends a lease."""
    entry = an_entry()
    store.enter(entry, seen=0)
    where = ("P#ann", f"S#{entry.key}")
    assert EXPIRES not in item(client, *where)
    armed = moved(entry, State.SENDING, NOW + 1, due=NOW + 60)
    store.swap(entry, armed)
    assert EXPIRES not in item(client, *where)
    sent = moved(armed, State.SENT, NOW + 2)
    store.swap(armed, sent)
    written = item(client, *where)
    assert int(written[EXPIRES]["N"]) == int(NOW + 2 + 400 * DAY)
    assert not {"shard", "due"} & written.keys()


def test_what_is_opened_again_does_not_expire(store, client):
    """A dropped message that is given another chance is unfinished again."""
    dropped = an_entry(state=State.DROPPED)
    store.enter(dropped, seen=0)
    store.swap(dropped, moved(dropped, State.RELEASED, NOW, due=NOW))
    written = item(client, "P#ann", f"S#{dropped.key}")
    assert EXPIRES not in written
    assert {"shard", "due"} <= written.keys()


@pytest.mark.parametrize("kind", ["viewed", "opened", "sent", "whatever"])
def test_old_events_expire(store, client, kind):
    """What somebody looked at long ago is of no use to any gate."""
    store.record([happening(kind, "a")])
    assert int(item(client, "P#ann", "E#a")[EXPIRES]["N"]) == int(NOW + 400 * DAY)


@pytest.mark.parametrize("kind", sorted(PERMISSION | {"sharing_withdrawn", "case_opened"}))
def test_what_holds_until_further_notice_never_expires(store, client, kind):
    """An unsubscribe of ten years ago is one."""
    store.record([happening(kind, "a")])
    assert EXPIRES not in item(client, "P#ann", "E#a")


def test_too_few_days_are_refused():
    """Where the ledger forgot within the windows of the gates, caps would not hold."""
    with pytest.raises(ValueError, match="45 days"):
        DynamoStore("sendgate", KEYRING, maker(), days=44)


# The table --------------------------------------------------------------------------------------------------------


def test_the_table_is_as_it_is_said(client):
    """Keys, indexes and the attribute of expiry are those that a template is compared with."""
    made = client.describe_table(TableName="sendgate")["Table"]
    assert made["KeySchema"] == TABLE["KeySchema"]
    assert {
        index["IndexName"]: (index["KeySchema"], index["Projection"]) for index in made["GlobalSecondaryIndexes"]
    } == {index["IndexName"]: (index["KeySchema"], index["Projection"]) for index in TABLE["GlobalSecondaryIndexes"]}
    expiry = client.describe_time_to_live(TableName="sendgate")["TimeToLiveDescription"]
    assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", EXPIRES)


def test_the_index_says_only_where_to_look(store, wire):
    """An entry that was finished since, of which the index does not know yet, is not listed."""
    entry = an_entry()
    store.enter(entry, seen=0)
    stale = {}

    def remember(operation, asked):
        if operation == "Query" and asked.get("IndexName") == "unfinished":
            shard = asked["ExpressionAttributeValues"][":shard"]["S"]
            return stale.setdefault(shard, wire._real(operation, asked))
        return None

    wire.change = remember
    assert store.unfinished(UNFINISHED, NOW + 100) == [entry]
    armed = moved(entry, State.SENDING, NOW, due=NOW)
    store.swap(entry, armed)
    store.swap(armed, moved(armed, State.SENT, NOW))
    assert store.unfinished(UNFINISHED, NOW + 100) == []


def test_a_long_id_counts_once(store):
    """An id that is longer than a sort key may be is kept whole all the same."""
    long = "x" * 5000
    assert store.record([happening("viewed", long), happening("viewed", long + "y")]) == 2
    assert store.record([happening("viewed", long)]) == 0
    assert {event.id for event in store.load("ann").profile.events} == {long, long + "y"}


# Numbers ----------------------------------------------------------------------------------------------------------


def _kept(item):
    """Write numbers as DynamoDB does: 38 digits, without an exponent that is not needed."""
    return {
        name: {"N": format(Decimal(value["N"]).normalize(), "f")} if "N" in value else value
        for name, value in item.items()
    }


@given(st.floats(), st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_numbers_come_back_as_they_were(at, price, discount):
    """Every float, however small or large, is the same one again; what DynamoDB takes is written as a number."""
    event = Event("purchased", at, price=price, discount=discount, id="a")
    written = event_item("ann", event, 400)
    assert all(abs(Decimal(value["N"])) < Decimal("1e126") for value in written.values() if "N" in value)
    assert repr(event_of(_kept(written))).replace("-0.0", "0.0") == repr(event).replace("-0.0", "0.0")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_comes_back_as_it_was(text):
    """Any text, the empty one too."""
    event = Event("viewed", NOW, product=text, detail=text, id=text)
    assert event_of(event_item("ann", event, 400)) == event
