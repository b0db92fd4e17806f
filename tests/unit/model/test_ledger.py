from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import pytest

from sendgate.model.ledger import COUNTED, HELD, UNFINISHED, WAITING, Entry, State, moved, reported, swept
from sendgate.model.times import NEVER

NOW = 1_772_614_800.0

MOVES = {
    State.RESERVED: {State.SENDING, State.RELEASED, State.RESERVED, State.FAILED},
    State.SENDING: {State.SENT, State.UNKNOWN, State.FAILED, State.RESERVED, State.RELEASED},
    State.UNKNOWN: {State.SENT, State.FAILED, State.RELEASED},
    State.DEFERRED: {State.RELEASED},
    State.RELEASED: {State.RELEASED},
    State.FAILED: {State.RELEASED},
    State.DROPPED: {State.RELEASED},
    State.SENT: set(),
    State.BOUNCED: set(),
    State.COMPLAINED: set(),
}
"""What may follow what, written once more: a change of the promises must be made in both places."""


def entry(state: State = State.RESERVED, **changes) -> Entry:
    """Make an entry; one that is held has a lease of a minute."""
    due = NOW + 60 if state in HELD else NEVER
    fixed = {"at": NOW, "changed": NOW, "due": due, "token": "mine"}
    return Entry("key", "ann", "spring", "", "email", state, **{**fixed, **changes})


# Moves ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), list(product(State, State)), ids=lambda state: state.value)
def test_a_message_goes_only_where_it_may(before, after):
    """Of every pair of states it is laid down whether one may follow the other."""
    if after in MOVES[before]:
        assert moved(entry(before), after, NOW + 1).state is after
    else:
        with pytest.raises(ValueError, match=f"a message that is {before} cannot become {after}"):
            moved(entry(before), after, NOW + 1)


def test_a_move_notes_its_time_and_ends_the_lease():
    """What is next has no lease of its own, but the one it is given; the rest stays as it was."""
    before = entry(offer="early", permission=7)
    after = moved(before, State.SENDING, NOW + 5)
    assert (after.changed, after.due) == (NOW + 5, NEVER)
    assert replace(after, state=before.state, changed=before.changed, due=before.due) == before
    assert moved(before, State.SENDING, NOW + 5, due=NOW + 65).due == NOW + 65


def test_the_time_of_a_move_is_the_one_that_is_given():
    """Nobody can write another one among the changes."""
    assert moved(entry(), State.SENDING, NOW + 5, changed=0.0).changed == NOW + 5


def test_nothing_that_may_have_been_sent_is_sent_again_by_itself():
    """From in doubt, sent, bounced and complained no way leads to a reservation but by releasing, which people do."""
    for state in (State.UNKNOWN, State.SENT, State.BOUNCED, State.COMPLAINED):
        assert not MOVES[state] & HELD


def test_the_kinds_of_states_fit_together():
    """Whatever is held counts; what waits does not; what is in doubt does both: it counts, and is unfinished."""
    assert HELD < COUNTED
    assert not WAITING & COUNTED
    assert UNFINISHED - HELD - WAITING == {State.UNKNOWN}
    assert State.UNKNOWN in COUNTED


@pytest.mark.parametrize("state", State)
def test_an_entry_says_whether_it_counts_and_whether_it_is_finished(state):
    """A message is finished when nobody has to look at it any more."""
    assert entry(state).counted is (state in COUNTED)
    assert entry(state).finished is (state not in UNFINISHED)


# Sweeping ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("late", [-1.0, 0.0, 1e6])
def test_only_leases_that_ran_out_are_swept(state, late):
    """An armed message is then in doubt, a reserved one is decided again; everything else is left alone."""
    before = entry(state, due=NOW)
    after = swept(before, NOW + late)
    if late < 0 or state not in HELD:
        assert after is before
    else:
        assert after.state is {State.SENDING: State.UNKNOWN, State.RESERVED: State.RELEASED}[state]
        assert (after.changed, after.due) == (NOW + late, NOW + late)
        assert "lease ran out" in after.detail


@pytest.mark.parametrize(("purpose", "state"), [("transactional", State.RELEASED), ("promotional", State.UNKNOWN)])
def test_only_what_is_transactional_may_be_insisted_on(purpose, state):
    """A password that comes twice is better than one that never comes; an offer that comes twice is not."""
    assert swept(entry(State.SENDING, purpose=purpose), NOW + 60, insist=True).state is state


def test_sweeping_twice_is_sweeping_once():
    """Two sweepers that see the same entry agree."""
    once = swept(entry(State.SENDING), NOW + 60)
    assert swept(once, NOW + 1e6) is once


# Reports ----------------------------------------------------------------------------------------------------------

REPORTS = (State.SENT, State.SENT, State.SENT, State.BOUNCED, State.COMPLAINED, State.COMPLAINED)
"""Send, delivery, delivery once more, bounce, complaint, complaint once more."""


def after_reports(before, reports):
    """Report one after the other, each a second later, and some with the provider's name for the message."""
    for second, state in enumerate(reports):
        before = reported(before, state, NOW + second, "m-1")
    return before


@pytest.mark.parametrize("state", State)
def test_all_orders_of_reports_end_alike(state):
    """Reports may come early, twice, late and in any of 720 orders: what comes of it is the same."""
    ends = {replace(after_reports(entry(state), order), changed=0.0) for order in permutations(REPORTS)}
    assert len(ends) == 1
    (end,) = ends
    assert (end.state, end.due) == (State.COMPLAINED, entry(state).due if state is State.COMPLAINED else NEVER)


def test_some_reports_end_alike_too():
    """Whichever of them arrive, their order does not matter."""
    for some in ({State.SENT}, {State.SENT, State.BOUNCED}, {State.BOUNCED, State.COMPLAINED}):
        ends = {after_reports(entry(State.UNKNOWN), order).state for order in permutations(some)}
        assert ends == {max(some, key=[State.SENT, State.BOUNCED, State.COMPLAINED].index)}


@pytest.mark.parametrize("state", sorted(set(State) - {State.SENT, State.BOUNCED, State.COMPLAINED}))
def test_a_report_proves_that_it_was_sent(state):
    """Whatever was believed, also that it had failed or was given back."""
    after = reported(entry(state), State.SENT, NOW + 9, "m-1")
    assert (after.state, after.changed, after.due, after.message_id) == (State.SENT, NOW + 9, NEVER, "m-1")
    assert after.counted


def test_a_report_that_adds_nothing_changes_nothing():
    """A repeated report, or an earlier one that comes late, gives the same entry."""
    complained = entry(State.COMPLAINED, message_id="m-1")
    for state in (State.SENT, State.BOUNCED, State.COMPLAINED):
        assert reported(complained, state, NOW + 9, "m-2") is complained


def test_a_report_without_a_name_keeps_the_one_that_is_known():
    """A complaint may not say which message it is about; we know."""
    assert reported(entry(State.SENT, message_id="m-1"), State.COMPLAINED, NOW).message_id == "m-1"


@pytest.mark.parametrize("state", sorted(set(State) - {State.SENT, State.BOUNCED, State.COMPLAINED}))
def test_only_what_providers_know_can_be_reported(state):
    """No provider says that we dropped something."""
    with pytest.raises(KeyError):
        reported(entry(), state, NOW)


# Facts ------------------------------------------------------------------------------------------------------------


def test_facts_see_a_sent_event():
    """It has all that facts ask for, at the time of the decision, and the key as its id, so that it counts once."""
    event = entry(
        brand="harbor", creative="hero", purpose="promotional", category="home/bed", product="duvet", changed=NOW + 99
    ).as_event()
    assert (event.kind, event.at, event.id) == ("sent", NOW, "key")
    assert (event.brand, event.channel, event.campaign, event.creative) == ("harbor", "email", "spring", "hero")
    assert (event.purpose, event.category, event.product) == ("promotional", "home/bed", "duvet")
