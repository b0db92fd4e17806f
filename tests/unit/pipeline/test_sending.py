"""From a request to a message that was sent once, or to the reason why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sendgate.errors import BusyError, RequestError, StoppedError, StoreError
from sendgate.model.campaigns import Purpose
from sendgate.model.decisions import Outcome
from sendgate.model.ledger import State
from sendgate.model.people import Profile
from sendgate.model.reasons import Reason
from sendgate.model.requests import Request
from sendgate.pipeline.recovery import replay, report, sweep
from sendgate.pipeline.sending import Terms
from sendgate.ports import Answer, Receipt

CAP = {"frequency": {"caps": [{"limit": 1, "per": "7d", "within": "family"}]}}
ACCEPTED = Receipt(Answer.ACCEPTED, "m-1")
BUSY = Receipt(Answer.NOT_SENT, detail="throttled")
REFUSED_CONNECTION = Receipt(Answer.NOT_SENT, detail="connection refused")
HOUR, DAY = 3600.0, 86400.0


def texts(house):
    """Give what was carried."""
    return [parcel.content.text for parcel in house.provider.carried]


def test_a_message_is_sent(house):
    """It is decided, written and carried, and the ledger has it with the provider's name for it."""
    sent = house.send(n="17")
    assert sent.fresh
    assert sent.entry == house.entry()
    assert (sent.entry.state, sent.entry.message_id, sent.entry.offer) == (State.SENT, "m-1", "only")
    assert sent.entry.body_hash
    assert texts(house) == ["Hi Ann 17"]


def test_the_same_request_is_the_same_message(house):
    """Asked for again, it is not sent again."""
    first = house.send()
    house.now += 100 * DAY
    assert house.send() == (first.entry, False)
    assert len(house.provider.carried) == 1


def test_the_same_key_with_other_data_is_refused(house):
    """A request that stands for something else gets no answer that is not its own."""
    house.send(n="17")
    with pytest.raises(RequestError, match="with other data"):
        house.send(n="18")
    assert len(house.provider.carried) == 1


def test_a_drop_is_written_down(house):
    """What a gate stops is in the ledger with the reason, and is not decided again in the same run."""
    house.happens("unsubscribed")
    house.now += 1
    sent = house.send()
    assert (sent.entry.state, sent.entry.gate, sent.entry.reason) == (
        State.DROPPED, "permission", "permission.unsubscribed",
    )  # fmt: skip
    assert not house.send().fresh
    assert not house.provider.carried


def test_a_deferred_message_waits_and_is_decided_again(house):
    """Before it is due nothing happens; then everything is looked at anew."""
    house.settings = CAP
    house.send(campaign="first")
    deferred = house.send().entry
    assert (deferred.state, deferred.gate, deferred.due) == (State.DEFERRED, "frequency", house.now + 7 * DAY)
    house.now += 6 * DAY
    assert not house.send().fresh
    house.now += DAY
    sent = house.send()
    assert (sent.entry.state, sent.fresh, sent.entry.asked) == (State.SENT, True, deferred.asked)


def test_a_deferral_comes_to_an_end(house):
    """A message that was put off for too long is dropped, with the reason that it still has."""
    house.settings, house.terms = CAP, Terms(give_up_after=10 * DAY)
    house.send(campaign="first")
    house.send()
    house.now += 7 * DAY
    house.send(campaign="second")
    assert house.send().entry.state is State.DEFERRED
    house.now += 7 * DAY
    house.send(campaign="third")
    assert (house.send().entry.state, house.entry().gate) == (State.DROPPED, "frequency")


def test_what_waits_without_an_end_is_looked_at_again(house):
    """A deferral that is open-ended gets a time all the same."""
    house.purpose = Purpose.PROMOTIONAL
    house.settings = {name: {"mode": "off"} for name in ("relevance", "intent", "just_bought")}
    house.happens("case_opened", at=house.now - HOUR, detail="case-1")
    entry = house.send().entry
    assert (entry.state, entry.gate, entry.due) == (State.DEFERRED, "moment", house.now + DAY)


@pytest.mark.parametrize("answer", [Receipt(Answer.UNKNOWN, detail="no answer"), OSError("reset")])
def test_a_message_in_doubt_counts_and_is_not_sent_again(house, answer):
    """Nobody knows whether it arrived: it counts against the caps, and only a person sends it again."""
    house.settings = CAP
    house.provider.answers = [answer]
    assert house.send().entry.state is State.UNKNOWN
    assert not house.send().fresh
    assert house.send(campaign="other").entry.gate == "frequency"


def test_the_words_of_a_crash_are_not_kept(house):
    """What a provider's exception says may hold an address; the ledger keeps its kind only."""
    house.provider.answers = [OSError("reset by ann@example.org")]
    assert house.send().entry.detail == "the provider raised OSError"


def test_a_transactional_message_in_doubt_may_be_sent_again(house):
    """Where the policy says so, twice is better than not at all."""
    house.purpose, house.terms = Purpose.TRANSACTIONAL, Terms(insist=True)
    house.provider.answers = [Receipt(Answer.UNKNOWN, detail="no answer")]
    assert house.send().entry.state is State.RELEASED
    house.now += HOUR
    assert house.send().entry.state is State.SENT


def test_a_busy_provider_is_asked_again_and_then_left_alone(house):
    """After a few tries, further apart each time, the message waits."""
    house.provider.answers = [BUSY, BUSY]
    assert house.send().entry.state is State.SENT
    assert house.pauses == [2.0, 4.0]
    house.provider.answers = [BUSY, REFUSED_CONNECTION, BUSY]
    entry = house.send("bob").entry
    assert (entry.state, entry.due, entry.detail) == (State.RELEASED, house.now + 900, "throttled")
    assert not house.send("bob").fresh
    house.now += HOUR
    assert house.send("bob").entry.state is State.SENT


def test_what_was_never_armed_goes_back(house):
    """A connection that cannot be made leaves nothing in doubt, and nothing under the cap."""
    house.settings = CAP
    house.provider.answers = [REFUSED_CONNECTION] * 3
    assert house.send().entry.state is State.RELEASED
    assert house.send(campaign="other").entry.state is State.SENT


def test_a_refused_message_is_finished(house):
    """The provider's no is kept with its words, and the message counts against no cap."""
    house.settings = CAP
    house.provider.answers = [Receipt(Answer.REFUSED, detail="550 no such user")]
    entry = house.send().entry
    assert (entry.state, entry.detail) == (State.FAILED, "550 no such user")
    assert not house.send().fresh
    assert house.send(campaign="other").entry.state is State.SENT


def test_when_the_provider_stops_the_run_stops(house):
    """Nothing is lost: the message waits."""
    house.provider.answers = [Receipt(Answer.STOPPED, detail="sending is paused")]
    with pytest.raises(StoppedError, match="sending is paused"):
        house.send()
    assert house.entry().state is State.RELEASED
    house.now += HOUR
    assert house.send().entry.state is State.SENT


def test_an_unsubscribe_before_arming_stops_the_message(house):
    """Between the decision and the last moment somebody may leave: decided again, it is dropped."""
    house.provider.before_arming = [lambda: house.happens("unsubscribed")]
    sent = house.send()
    assert (sent.entry.state, sent.entry.gate) == (State.DROPPED, "permission")
    assert not house.provider.carried


def test_a_purchase_before_reserving_is_seen(house):
    """What happens while a message is decided is seen: it is decided again on what is so now."""
    house.settings, house.purpose = {"relevance": {"mode": "off"}}, Purpose.PROMOTIONAL
    store = Elsewhere(house.store)
    store.before_enter = [lambda: house.happens("purchased", price=5.0)]
    assert house.send(store=store).entry.gate == "moment"


def test_somebody_who_changes_all_the_time_is_left_for_later(house):
    """After a few decisions the worker lets go."""
    store = Elsewhere(house.store)
    store.before_enter = [lambda: house.happens("viewed")] * 5
    with pytest.raises(BusyError, match="5 times"):
        house.send(store=store)
    assert house.entry() is None


def test_a_lease_that_is_nearly_over_arms_nothing(house):
    """A worker that was slow gives the message back, and takes it anew."""
    house.provider.before_arming = [lambda: setattr(house, "now", house.now + 100)]
    with pytest.raises(BusyError):
        house.send()
    assert house.entry().state is State.RELEASED
    assert not house.provider.carried


def test_a_message_in_other_hands_is_left_alone(house):
    """While the lease holds, nobody else touches it."""
    seen = []

    def meanwhile():
        with pytest.raises(BusyError, match="another worker"):
            house.send()
        seen.append(True)

    house.provider.before_arming = [meanwhile]
    assert house.send().entry.state is State.SENT
    assert seen


def _left(house, state):
    """Leave a message behind as a worker does that is killed before the answer is written down."""

    class KilledError(BaseException):
        pass

    def killed():
        raise KilledError

    if state is State.SENDING:
        house.provider.answers = [killed]
    else:
        house.provider.before_arming = [killed]
    with pytest.raises(KilledError):
        house.send()
    house.provider.before_arming = []
    assert house.entry().state is state


def test_a_reservation_that_was_left_is_taken_over(house):
    """Nothing had left the house: after the lease the next worker sends it, once."""
    _left(house, State.RESERVED)
    with pytest.raises(BusyError):
        house.send()
    house.now += HOUR
    assert house.send().entry.state is State.SENT
    assert len(house.provider.carried) == 1


def test_what_was_armed_and_left_is_in_doubt(house):
    """Nobody knows whether it arrived: it is not sent again."""
    _left(house, State.SENDING)
    house.now += HOUR
    assert house.send().entry.state is State.UNKNOWN
    assert not house.send().fresh


def test_sweeping_takes_what_was_left(house):
    """The sweeper does the same without anybody asking for the message."""
    _left(house, State.SENDING)
    assert sweep(house.store, house.now) == {}
    house.now += HOUR
    assert sweep(house.store, house.now) == {State.UNKNOWN: 1}
    assert sweep(house.store, house.now) == {}
    assert house.entry().state is State.UNKNOWN


def test_an_answer_that_comes_after_the_sweeper_is_kept(house):
    """A worker that was only slow still says that the message was sent."""

    def slow():
        house.now += HOUR
        sweep(house.store, house.now)
        return Receipt(Answer.ACCEPTED, "m-9")

    house.provider.answers = [slow]
    entry = house.send().entry
    assert (entry.state, entry.message_id) == (State.SENT, "m-9")


def test_a_report_that_comes_before_the_answer_is_kept(house):
    """A complaint may be quicker than our own confirmation; it is not overwritten."""

    def quick():
        report(house.store, house.key(), State.COMPLAINED, house.now, "m-1")
        return Receipt(Answer.ACCEPTED, "m-1")

    house.provider.answers = [quick]
    assert house.send().entry.state is State.COMPLAINED


def test_somebody_forgotten_meanwhile_stays_forgotten(house):
    """A message under way to somebody who is being forgotten leaves no trace."""
    house.provider.answers = [lambda: house.store.forget("ann") and ACCEPTED]
    assert house.send().entry.state is State.SENT
    assert house.entry() is None
    assert (house.send().entry.gate, house.entry()) == ("permission", None)
    house.purpose = Purpose.TRANSACTIONAL
    assert (house.send().entry.state, house.entry()) == (State.DROPPED, None)
    assert len(house.provider.carried) == 1


@pytest.mark.parametrize("purpose", [Purpose.RELATIONSHIP, Purpose.TRANSACTIONAL])
def test_an_address_that_was_forgotten_is_not_written_to_as_anothers(house, purpose):
    """Two people were said to have it: it is dropped, and the ledger says why; who has another address gets theirs."""
    house.purpose = purpose
    phone = house.store.load("ann").profile["phone"]
    house.store.remember([Profile("cas", {"phone": phone, "given_name": "Cas"})])
    assert decided(house, "cas").outcome is Outcome.SEND
    house.store.forget("ann")
    assert (decided(house, "cas").outcome, decided(house, "cas").gate) == (Outcome.DROP, "permission")
    entry = house.send("cas").entry
    assert (entry.state, entry.gate, entry.token) == (State.DROPPED, "permission", "")
    assert entry == house.entry("cas")
    house.store.remember([Profile("cas", {"phone": "+4915112345670", "given_name": "Cas"})])
    assert house.send("cas", campaign="other").entry.state is State.SENT
    assert len(house.provider.carried) == 1


def test_an_address_that_is_forgotten_before_arming_is_not_written_to(house):
    """Decided again, the message of who shares it is dropped."""
    phone = house.store.load("ann").profile["phone"]
    house.store.remember([Profile("cas", {"phone": phone, "given_name": "Cas"})])
    house.provider.before_arming = [lambda: house.store.forget("ann")]
    assert house.send("cas").entry.state is State.DROPPED
    assert not house.provider.carried


class Elsewhere:
    """A store with a world around it: things happen, or it goes away."""

    def __init__(self, store):
        self._store = store
        self.before_enter = []
        self.away = set()

    def __getattr__(self, name):
        if name in self.away:
            raise StoreError("the store is away")
        if name == "enter" and self.before_enter:
            self.before_enter.pop(0)()
        return getattr(self._store, name)


@pytest.mark.parametrize("step", ["load", "enter"])
def test_without_a_store_nothing_is_sent(house, step):
    """Marketing fails closed."""
    store = Elsewhere(house.store)
    store.away = {step}
    with pytest.raises(StoreError):
        house.send(store=store)
    assert not house.provider.carried


def test_when_the_store_goes_before_arming_nothing_is_sent(house):
    """The reservation stays, and is taken over later."""
    store = Elsewhere(house.store)
    house.provider.before_arming = [lambda: store.away.add("swap")]
    with pytest.raises(StoreError):
        house.send(store=store)
    assert not house.provider.carried
    assert house.entry().state is State.RESERVED


def test_when_the_store_goes_after_sending_the_journal_has_the_answer(house):
    """It is tried a few times, then written down beside the store, and replayed when that is back."""
    store, kept = Elsewhere(house.store), []
    house.journal = type("Journal", (), {"append": staticmethod(kept.append)})
    house.provider.answers = [lambda: store.away.add("swap") or Receipt(Answer.ACCEPTED, "m-7")]
    with pytest.raises(StoreError):
        house.send(store=store)
    assert house.entry().state is State.SENDING
    (entry,) = kept
    assert replay(house.store, entry)
    assert (house.entry().state, house.entry().message_id) == (State.SENT, "m-7")
    assert not replay(house.store, entry)


def test_a_short_absence_of_the_store_is_waited_out(house):
    """The answer is written down when the store is back."""
    store = Elsewhere(house.store)
    house.provider.answers = [lambda: store.away.add("swap") or Receipt(Answer.ACCEPTED, "m-7")]
    house.pauses = type("Pauses", (list,), {"append": lambda self, _: store.away.clear()})()
    assert house.send(store=store).entry.state is State.SENT


class Stubborn(Elsewhere):
    """A store that says no to the answer for a while, although nothing has changed: others keep writing."""

    def __init__(self, store, times):
        super().__init__(store)
        self.times = times

    def swap(self, before, after, *, permitted=False):
        if after.state is State.SENT and self.times:
            self.times -= 1
            return False
        return self._store.swap(before, after, permitted=permitted)


def test_a_no_of_the_store_for_no_reason_is_not_the_last_word(house):
    """DynamoDB says no where transactions were in each other's way: the answer is offered again."""
    sent = house.send(store=Stubborn(house.store, 2))
    assert (sent.entry.state, house.entry().state) == (State.SENT, State.SENT)
    assert house.pauses == [2.0, 4.0]


def test_an_answer_that_the_store_does_not_take_goes_to_the_journal(house):
    """It is not lost, and replaying it does not lose it either."""
    store, kept = Stubborn(house.store, 6), []
    house.journal = type("Journal", (), {"append": staticmethod(kept.append)})
    with pytest.raises(StoreError, match="did not take"):
        house.send(store=store)
    (entry,) = kept
    with pytest.raises(StoreError, match="did not take"):
        replay(store, entry)
    assert replay(store, entry)
    assert house.entry().state is State.SENT


def test_a_slow_clock_sees_what_a_fast_one_wrote(house):
    """Ten minutes between the clocks of two machines let no message over a cap."""
    house.settings = CAP
    house.send(campaign="first")
    house.now -= 600
    entry = house.send(campaign="second").entry
    assert (entry.state, entry.gate) == (State.DEFERRED, "frequency")


def test_a_time_far_ahead_is_not_the_present(house):
    """A typing error in an import does not move the clock of decisions."""
    house.happens("viewed", at=house.now + 300 * DAY)
    assert house.send().entry.at == house.now


def test_somebody_unknown_is_decided_by_the_address(house):
    """An address that the store does not know is enough to write to, if nothing more is asked for."""
    house.store.remember([Profile("carla", {"given_name": "Carla"})])
    assert house.send("carla").entry.gate == "deliverability"
    entry = house.send("+4915112345670").entry
    assert (entry.gate, entry.reason) == ("render", "render.value_missing")


def test_a_gate_that_only_observes_is_noted(house):
    """The message goes out, and the ledger says which gate would have stopped it."""
    house.settings = {"frequency": {**CAP["frequency"], "mode": "observe"}}
    house.send(campaign="first")
    entry = house.send().entry
    assert (entry.state, entry.gate, entry.reason) == (State.SENT, "frequency", "frequency.cap_reached")


def test_an_answer_for_another_attempt_changes_nothing(house):
    """A worker whose message was taken over cannot speak for it."""
    entry = house.send().entry
    assert not replay(house.store, replace(entry, token="another", state=State.FAILED))
    assert house.entry() == entry


def decided(house, person="ann", campaign="hello", now=None):
    """Decide only."""
    key = house.key(person, campaign)
    return house.sender(campaign).decide(Request(campaign, person), key, house.now if now is None else now)


def test_deciding_leaves_no_trace(house):
    """The answer is that of sending, at the time that is asked for, and nothing is written or carried."""
    before = house.store.load("ann")
    assert decided(house).outcome is Outcome.SEND
    house.happens("unsubscribed", at=house.now + HOUR)
    assert decided(house).outcome is Outcome.SEND
    assert decided(house, now=house.now + 2 * HOUR).gate == "permission"
    assert (house.store.load("ann").entries, house.provider.carried) == (before.entries, [])


def test_what_was_sent_is_a_duplicate(house):
    """Whoever asks what would become of a message learns that it was sent already."""
    house.send()
    house.now += DAY
    assert decided(house).reason is Reason.ALREADY_SENT


@pytest.mark.parametrize("purpose", [Purpose.RELATIONSHIP, Purpose.TRANSACTIONAL])
def test_nobody_who_was_forgotten_is_written_to_in_thought(house, purpose):
    """The decision about somebody forgotten is that of sending: no, whatever the purpose."""
    house.purpose = purpose
    house.store.forget("ann")
    decision = decided(house)
    assert (decision.outcome, decision.gate) == (Outcome.DROP, "permission")
