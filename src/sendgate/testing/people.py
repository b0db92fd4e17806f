"""What every store must do about people: the half of the suite that knows little of messages."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from sendgate.errors import StoreError
from sendgate.model.events import Event
from sendgate.model.keys import Keyring, message_key
from sendgate.model.ledger import Entry, State, moved
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


class PeopleContract:
    """The tests of ``StoreContract`` about profiles and forgetting."""

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
