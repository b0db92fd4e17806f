"""What every store must do, as a suite of tests.

::

    from sendgate.testing.stores import StoreContract

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self, tmp_path):
            with closing(MyStore(tmp_path)) as store:
                yield store
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from sendgate.errors import StoreError
from sendgate.model.events import Event
from sendgate.model.keys import Keyring, message_key
from sendgate.model.ledger import UNFINISHED, Entry, State, moved, reported
from sendgate.model.people import Profile
from sendgate.ports import FORGOTTEN, PERMISSION, Happening, Store

KEYRING = Keyring.parse("test:not-a-secret-only-for-tests")
"""For stores under test."""

NOW = 1_772_614_800.0
"""A Wednesday in March 2026."""

LEASE = 60.0


def an_entry(person: str = "ann", campaign: str = "spring", state: State = State.RESERVED, **changes: Any) -> Entry:
    """Make an entry as the pipeline does; a reservation has a token and a lease."""
    key = message_key("harbor", campaign, changes.get("run", ""), person, "email")
    held = {"token": f"token-{campaign}", "due": NOW + LEASE} if state is State.RESERVED else {}
    values = {"run": "", "channel": "email", "brand": "harbor", "at": NOW, "changed": NOW, "asked": NOW, **held}
    return Entry(**{"key": key, "person": person, "campaign": campaign, "state": state, **values, **changes})


def happening(kind: str, id: str, person: str = "ann", at: float = NOW, **values: Any) -> Happening:  # noqa: A002
    """Make an event and whom it happened to."""
    return Happening(person, Event(kind, at, id=id, **values))


class StoreContract:
    """Inherit, and give a fixture ``store`` that is empty and is closed afterwards."""

    many = 1203
    """People, or events, that a store does not handle in one go. A store that is slow under test may take fewer."""

    # Profiles -----------------------------------------------------------------------------------------------------

    def test_a_stranger_is_empty(self, store: Store) -> None:
        """Somebody whom nobody ever named has no attributes, no events and version 0."""
        known = store.load("nobody")
        assert (known.profile, known.version, known.permission) == (Profile("nobody", known=False), 0, 0)
        assert not known.entries

    def test_remembers_attributes(self, store: Store) -> None:
        """What is written of a person comes back, whatever the letters, and takes the place of what was there."""
        store.remember([Profile("ann", {"email": "ann@a.example", "given_name": "Änne 🌷", "tier": "gold"})])
        assert not store.remember([Profile("ann", {"email": "ann@b.example", "given_name": "Änne 🌷"})])
        known = store.load("ann")
        assert dict(known.profile.attributes) == {"email": "ann@b.example", "given_name": "Änne 🌷"}
        assert known.profile.known

    def test_finds_by_address(self, store: Store) -> None:
        """A person is found by each of the addresses, in its own column, and not by one that was replaced."""
        store.remember([Profile("ann", {"email": "old@a.example", "phone": "+4915112345678"})])
        store.remember([Profile("ann", {"email": "ann@a.example", "phone": "+4915112345678"})])
        assert list(store.owners("email", "ann@a.example")) == ["ann"]
        assert list(store.owners("phone", "+4915112345678")) == ["ann"]
        assert not store.owners("email", "old@a.example")
        assert not store.owners("phone", "ann@a.example")

    def test_two_people_with_one_address_are_both_found(self, store: Store) -> None:
        """An address that two share leads to both, in order."""
        store.remember([Profile("zoe", {"email": "us@a.example"}), Profile("ann", {"email": "us@a.example"})])
        assert list(store.owners("email", "us@a.example")) == ["ann", "zoe"]

    def test_events_come_back_as_they_were(self, store: Store) -> None:
        """Every field of an event survives, in order of time."""
        late = Event("purchased", NOW + 0.25, "harbor", "email", "spring", "hero", "promotional", "home/bed", "duvet",
                     129.95, 12.5, "gift", "b")  # fmt: skip
        early = Event("viewed", NOW - 1e6, id="a")
        store.record([Happening("ann", late), Happening("ann", early)])
        assert store.load("ann").profile.events == (early, late)

    def test_an_id_counts_once(self, store: Store) -> None:
        """An event whose id the person has already is not written again, nor twice in one call."""
        assert store.record([happening("viewed", "a"), happening("viewed", "a"), happening("viewed", "b")]) == 2
        assert store.record([happening("viewed", "b"), happening("viewed", "c")]) == 1
        assert [event.id for event in store.load("ann").profile.events] == ["a", "b", "c"]

    def test_the_same_id_of_another_person_is_another_event(self, store: Store) -> None:
        """Ids are a person's own."""
        assert store.record([happening("viewed", "a"), happening("viewed", "a", person="bob")]) == 2

    def test_events_make_a_person(self, store: Store) -> None:
        """Somebody of whom only events are known has them, and is still not in any people file."""
        store.record([happening("viewed", "a")])
        known = store.load("ann")
        assert known.version > 0
        assert not known.profile.known

    def test_versions_rise_with_what_is_new(self, store: Store) -> None:
        """The version rises with attributes and new events; the permission version only with what permission reads."""
        store.record([happening("viewed", "a")])
        first = store.load("ann")
        store.record([happening("viewed", "a")])
        assert store.load("ann").version == first.version
        for kind in sorted(PERMISSION):
            before = store.load("ann")
            store.record([happening(kind, kind)])
            after = store.load("ann")
            assert after.version > before.version
            assert after.permission > before.permission
        before = store.load("ann")
        store.remember([Profile("ann", {"tier": "gold"})])
        store.record([happening("opened", "b")])
        assert store.load("ann").version > before.version
        assert store.load("ann").permission == before.permission

    def test_everybody_in_order(self, store: Store) -> None:
        """All people come in order of their ids, with their events and with what was sent to them."""
        store.remember([Profile(f"p{number:04}", {"tier": "gold"}) for number in range(self.many)])
        store.record([happening("viewed", "a", person="p0003")])
        assert store.enter(an_entry("p0003", state=State.RESERVED), seen=store.load("p0003").version)
        people = list(store.people())
        assert [profile.person for profile in people] == [f"p{number:04}" for number in range(self.many)]
        assert sorted(event.kind for event in people[3].events) == ["sent", "viewed"]

    def test_of_a_person_named_twice_the_last_counts(self, store: Store) -> None:
        """The later row of a file holds."""
        assert not store.remember(
            [Profile("ann", {"tier": "silver"}), Profile("bob"), Profile("ann", {"tier": "gold"})]
        )
        assert store.load("ann").profile["tier"] == "gold"

    def test_of_an_id_named_twice_the_first_counts(self, store: Store) -> None:
        """As it does in files."""
        store.record([happening("viewed", "a", product="first"), happening("viewed", "a", product="second")])
        assert [event.product for event in store.load("ann").profile.events] == ["first"]

    def test_many_events_at_once(self, store: Store) -> None:
        """However many there are in one call, each new one counts, and none when they come again."""
        many = [happening("viewed", f"{number:04}", person=f"p{number % 3}") for number in range(self.many)]
        half = self.many // 2
        assert store.record(many[:half]) == half
        assert store.record(many) == self.many - half
        assert store.record(many) == 0
        assert len(store.load("p1").profile.events) == self.many // 3

    def test_a_store_is_empty_until_it_knows_somebody(self, store: Store) -> None:
        """By a people file, by an event or by a message; and again once they are forgotten."""
        assert store.empty()
        store.remember([Profile("ann")])
        assert not store.empty()
        store.forget("ann")
        assert store.empty()
        store.record([happening("viewed", "a", person="bob")])
        assert not store.empty()

    def test_nothing_is_nothing(self, store: Store) -> None:
        """An empty import writes nothing."""
        assert (list(store.remember([])), store.record([]), list(store.people())) == ([], 0, [])

    def test_half_a_character_is_refused(self, store: Store) -> None:
        """JSON may hold half of a surrogate pair, which is no text: it is refused and not shown; nothing is written."""
        half = "tulips\ud800"
        with pytest.raises(StoreError) as refused:
            store.record([happening("viewed", "a"), happening("viewed", "b", product=half)])
        assert "tulips" not in "".join(traceback.format_exception(refused.value))
        with pytest.raises(StoreError):
            store.remember([Profile("ann", {"note": "\udfff"})])
        assert store.load("ann").version == 0

    # Forgetting ---------------------------------------------------------------------------------------------------

    def test_forgets_everything(self, store: Store) -> None:
        """After forgetting, nothing is left of a person but that the family must not write."""
        store.remember([Profile("ann", {"email": "ann@a.example"}), Profile("bob", {"email": "bob@a.example"})])
        store.record([happening("viewed", "a")])
        entry = an_entry()
        assert store.enter(entry, seen=store.load("ann").version)
        assert store.forget("ann")
        known = store.load("ann")
        assert known.profile.events == (FORGOTTEN,)
        assert not known.profile.attributes
        assert not known.entries
        assert known.version == 0
        assert store.entry(entry.key) is None
        assert not store.owners("email", "ann@a.example")
        assert list(store.owners("email", "bob@a.example")) == ["bob"]
        assert [profile.person for profile in store.people()] == ["bob"]

    def test_stays_forgotten(self, store: Store) -> None:
        """A later import brings nobody back, by id or by an address, also under another id, and says who stays out."""
        store.remember([Profile("ann", {"email": "ann@a.example"}), Profile("cas", {"tier": "gold"})])
        store.forget("ann")
        address = {"email": "ann@a.example"}
        again = [Profile("cas", address), Profile("ann", {"tier": "gold"}), Profile("ann2", address), Profile("bob")]
        assert sorted(store.remember(again)) == ["ann", "ann2", "cas"]
        assert dict(store.load("cas").profile.attributes) == {"tier": "gold"}
        assert store.remember([Profile("ann"), Profile("ann")]) == ["ann", "ann"]
        assert store.record([happening("viewed", "a"), happening("viewed", "a", person="bob")]) == 1
        assert store.load("ann").version == 0
        assert store.load("ann2").version == 0
        assert store.load("ann@a.example").profile.events == (FORGOTTEN,)

    def test_an_address_that_somebody_shares_is_forgotten_for_both(self, store: Store) -> None:
        """Who else has it is still known, and may not be written to there; elsewhere they may."""
        shared = {"email": "us@a.example"}
        store.remember([Profile("ann", shared), Profile("ben", {**shared, "phone": "+4915112345678"}), Profile("cas")])
        assert not store.load("ben").forgotten_addresses
        store.forget("ann")
        known = store.load("ben")
        assert known.forgotten_addresses == {"us@a.example"}
        assert not known.forgotten
        assert list(store.owners("email", "us@a.example")) == ["ben"]
        assert not store.load("cas").forgotten_addresses
        store.forget("cas")
        assert store.load("ben").version == known.version

    def test_an_address_that_is_forgotten_before_arming_stops_the_message(self, store: Store) -> None:
        """A decision about somebody who shares an address is no longer one once the other is forgotten."""
        store.remember([Profile("ann", {"phone": "+4915112345678"}), Profile("ben", {"phone": "+4915112345678"})])
        known = store.load("ben")
        entry = an_entry("ben", permission=known.permission)
        assert store.enter(entry, seen=known.version)
        store.forget("ann")
        assert not store.enter(an_entry("ben", "other"), seen=known.version + 1)
        assert not store.swap(entry, moved(entry, State.SENDING, NOW), permitted=True)

    def test_forgetting_an_address_reaches_whoever_has_it(self, store: Store) -> None:
        """An address may be forgotten that is no id."""
        store.remember([Profile("ben", {"email": "us@a.example"})])
        before = store.load("ben")
        store.forget("us@a.example")
        known = store.load("ben")
        assert known.forgotten_addresses == {"us@a.example"}
        assert (known.version > before.version, known.permission > before.permission) == (True, True)

    def test_forgetting_a_stranger_keeps_them_out(self, store: Store) -> None:
        """Somebody who is not there can be forgotten ahead of time; there was nothing to erase."""
        assert not store.forget("nobody")
        assert store.remember([Profile("nobody")]) == ["nobody"]

    def test_a_forgotten_person_cannot_be_written_to(self, store: Store) -> None:
        """A worker that read a person before they were forgotten neither enters nor arms anything."""
        store.remember([Profile("ann")])
        seen = store.load("ann").version
        entry = an_entry(campaign="first")
        assert store.enter(entry, seen=seen)
        store.forget("ann")
        assert not store.enter(an_entry(), seen=seen + 1)
        assert not store.enter(an_entry(), seen=0)
        assert not store.swap(entry, moved(entry, State.SENDING, NOW), permitted=True)

    # Entries ------------------------------------------------------------------------------------------------------

    def test_enters_and_reads(self, store: Store) -> None:
        """An entry comes back field by field, by its key and with its person; the version rises."""
        entry = an_entry(
            run="march", permission=0, purpose="promotional", offer="early", category="home/bed", product="duvet",
            creative="hero", gate="g", reason="r", detail="ünd so", message_id="m", payload_hash="p", body_hash="b",
            data='{"order": "17"}',
        )  # fmt: skip
        assert store.enter(entry, seen=0)
        assert store.entry(entry.key) == entry
        known = store.load("ann")
        assert known.entries == {entry.key: entry}
        assert known.version == 1
        assert not known.profile.known
        assert store.entry("other") is None

    def test_a_version_that_was_overtaken_enters_nothing(self, store: Store) -> None:
        """Whoever decided on what is no longer so must decide again."""
        store.remember([Profile("ann")])
        seen = store.load("ann").version
        store.record([happening("purchased", "a")])
        assert not store.enter(an_entry(), seen=seen)
        assert not store.enter(an_entry(), seen=0)
        assert store.entry(an_entry().key) is None
        assert store.enter(an_entry(), seen=store.load("ann").version)

    def test_a_key_is_entered_once(self, store: Store) -> None:
        """An entry that is there is replaced only by whoever saw it as it is."""
        first = an_entry(token="one")
        assert store.enter(first, seen=0)
        second = replace(first, token="two")
        assert not store.enter(second, seen=1)
        assert not store.enter(second, seen=1, over=replace(first, token="other"))
        assert not store.enter(second, seen=1, over=replace(first, state=State.DEFERRED))
        assert store.load("ann").version == 1
        assert store.enter(second, seen=1, over=first)
        assert store.entry(first.key) == second

    def test_nothing_is_half_written(self, store: Store) -> None:
        """Where the entry cannot be written, the version does not rise either."""
        store.enter(an_entry(), seen=0)
        assert not store.enter(an_entry(token="two"), seen=1)
        assert store.load("ann").version == 1

    def test_swaps_what_is_as_it_was(self, store: Store) -> None:
        """An entry is replaced in its state and with its token, and not otherwise."""
        entry = an_entry()
        store.enter(entry, seen=0)
        armed = moved(entry, State.SENDING, NOW, due=NOW + LEASE)
        assert not store.swap(replace(entry, token="other"), armed)
        assert store.swap(entry, armed)
        assert not store.swap(entry, armed)
        sent = moved(armed, State.SENT, NOW, message_id="m-1")
        assert store.swap(armed, sent)
        assert store.entry(entry.key) == sent
        assert not store.swap(an_entry("bob"), sent)

    def test_an_unsubscribe_before_arming_stops_it(self, store: Store) -> None:
        """What changes permission after the decision keeps the message from being armed; other events do not."""
        store.remember([Profile("ann")])
        known = store.load("ann")
        entry = an_entry(permission=known.permission)
        store.enter(entry, seen=known.version)
        armed = moved(entry, State.SENDING, NOW)
        store.record([happening("viewed", "a"), happening("unsubscribed", "b", person="bob")])
        assert store.swap(entry, armed, permitted=True)
        assert store.swap(armed, entry)
        store.record([happening("unsubscribed", "c")])
        assert not store.swap(entry, armed, permitted=True)
        assert store.entry(entry.key) == entry

    def test_what_comes_to_count_raises_the_version(self, store: Store) -> None:
        """A report that a message was sent after all is seen by whoever is deciding just then."""
        released = an_entry(state=State.RELEASED, due=NOW)
        store.enter(released, seen=0)
        seen = store.load("ann").version
        assert store.swap(released, reported(released, State.SENT, NOW, "m-1"))
        assert store.load("ann").version > seen

    def test_lists_what_is_unfinished(self, store: Store) -> None:
        """Entries of the states asked for that are due come in order; finished ones and later ones do not."""
        states = sorted(UNFINISHED)
        for place, state in enumerate(states):
            for late in range(3):
                due = NOW + 100 * late - place
                assert store.enter(an_entry(f"{state}-{late}", state=state, due=due), seen=0)
        assert store.enter(an_entry("sent", state=State.SENT), seen=0)
        found = store.unfinished(UNFINISHED, NOW + 100)
        assert len(found) == 2 * len(states)
        assert [entry.due for entry in found] == sorted(entry.due for entry in found)
        assert [entry.person for entry in store.unfinished([State.UNKNOWN], NOW)] == ["unknown-0"]
        assert [entry.due for entry in store.unfinished(UNFINISHED, NOW + 1000, limit=2)] == [NOW - 4, NOW - 3]
        assert not store.unfinished([State.SENT], NOW + 1000)
        assert not store.unfinished([], NOW + 1000)

    def test_a_finished_entry_is_no_longer_listed(self, store: Store) -> None:
        """What was unfinished and is finished leaves the list."""
        entry = an_entry()
        store.enter(entry, seen=0)
        armed = moved(entry, State.SENDING, NOW, due=NOW)
        store.swap(entry, armed)
        store.swap(armed, moved(armed, State.SENT, NOW))
        assert not store.unfinished(UNFINISHED, NOW + 1000)

    def test_counts_by_state(self, store: Store) -> None:
        """Entries are counted by state: all, of a campaign, of a run, and since a time."""
        for number, (campaign, run, state) in enumerate(
            [("a", "", State.SENT), ("a", "", State.SENT), ("a", "2", State.DROPPED), ("b", "", State.UNKNOWN)]
        ):
            entry = an_entry(f"p{number}", campaign, state, run=run, changed=NOW + number)
            assert store.enter(entry, seen=0)
        assert store.counts() == {State.SENT: 2, State.DROPPED: 1, State.UNKNOWN: 1}
        assert store.counts("a") == {State.SENT: 2, State.DROPPED: 1}
        assert store.counts("a", run="") == {State.SENT: 2}
        assert store.counts(since=NOW + 1) == {State.SENT: 1, State.DROPPED: 1, State.UNKNOWN: 1}
        assert not store.counts("c")

    def test_counts_what_a_gate_had_the_last_word_on(self, store: Store) -> None:
        """Entries are counted by the gate that is named in them as well."""
        for number, (gate, state) in enumerate([("g", State.DROPPED), ("g", State.DEFERRED), ("h", State.DROPPED)]):
            assert store.enter(an_entry(f"p{number}", "a", state, gate=gate), seen=0)
        assert store.counts(gate="g") == {State.DROPPED: 1, State.DEFERRED: 1}
        assert store.counts("a", gate="h") == {State.DROPPED: 1}
        assert not store.counts("b", gate="g")

    # Many at once -------------------------------------------------------------------------------------------------

    def test_of_many_who_saw_the_same_one_enters(self, store: Store) -> None:
        """Of eight threads that decided on the same version, one wins; the next round again one."""
        for round_ in range(5):
            seen = store.load("ann").version
            entries = [an_entry(campaign=f"{round_}-{number}") for number in range(8)]
            assert _at_once(lambda entry, seen=seen: store.enter(entry, seen=seen), entries) == 1
        assert len(store.load("ann").entries) == 5

    def test_of_many_with_one_token_one_arms(self, store: Store) -> None:
        """Of eight threads that try to arm the same entry, one does."""
        entry = an_entry()
        store.enter(entry, seen=0)
        armed = moved(entry, State.SENDING, NOW)
        assert _at_once(lambda before: store.swap(before, armed, permitted=True), [entry] * 8) == 1

    def test_nobody_writes_to_whom_somebody_forgets(self, store: Store) -> None:
        """While some record and enter, one forgets the person; whoever comes first, nothing is left in the end."""
        store.remember([Profile("ann", {"email": "ann@a.example"})])

        def work(number: int) -> None:
            for turn in range(6):
                if number == 0 and turn == 3:
                    store.forget("ann")
                store.record([happening("viewed", f"{number}-{turn}")])
                store.remember([Profile("ann", {"email": "ann@a.example"})])
                store.enter(an_entry(campaign=f"{number}-{turn}"), seen=store.load("ann").version)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        known = store.load("ann")
        assert (known.version, known.profile.events, dict(known.entries)) == (0, (FORGOTTEN,), {})
        assert not store.owners("email", "ann@a.example")
        assert not store.counts()

    def test_people_do_not_get_into_each_others_way(self, store: Store) -> None:
        """Threads that write about different people all succeed."""
        assert _at_once(lambda entry: store.enter(entry, seen=0), [an_entry(f"p{n}") for n in range(32)]) == 32


def _at_once(attempt: Any, arguments: Sequence[Any]) -> int:
    """Try in threads, and count those that succeeded."""
    with ThreadPoolExecutor(len(arguments)) as pool:
        return sum(pool.map(attempt, arguments))
