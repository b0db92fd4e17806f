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

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from sendgate.model.ledger import UNFINISHED, State, moved, reported
from sendgate.model.people import Profile
from sendgate.ports import FORGOTTEN, Store
from sendgate.testing.people import KEYRING, LEASE, NOW, PeopleContract, an_entry, happening

__all__ = ["KEYRING", "LEASE", "NOW", "StoreContract", "an_entry", "happening"]


class StoreContract(PeopleContract):
    """Inherit, and give a fixture ``store`` that is empty and is closed afterwards."""

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
        seen = an_entry("seen", state=State.DROPPED, due=NOW)
        assert store.enter(seen, seen=0)
        assert store.entry(seen.key) == seen
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
