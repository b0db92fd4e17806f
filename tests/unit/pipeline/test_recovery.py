"""What is done about messages in doubt, and about what the provider reports later."""

from __future__ import annotations

from itertools import permutations

import pytest

from sendgate.model.ledger import State
from sendgate.pipeline.recovery import report, retry, settle, sweep
from sendgate.ports import Answer, Receipt

DOUBT = Receipt(Answer.UNKNOWN, detail="no answer")


@pytest.fixture
def doubtful(house):
    """A house with one message in doubt."""
    house.provider.answers = [DOUBT]
    house.send()
    return house


def test_a_report_settles_a_doubt(doubtful):
    """An event of the provider with our key proves that the message was sent."""
    entry = report(doubtful.store, doubtful.key(), State.SENT, doubtful.now, "m-5")
    assert (entry.state, entry.message_id) == (State.SENT, "m-5")
    assert doubtful.entry() == entry


def test_a_report_about_nothing_of_ours_changes_nothing(house):
    """The provider also carries what others send."""
    assert report(house.store, "unknown", State.SENT, house.now) is None


def test_all_orders_of_reports_end_alike(house):
    """Early, twice, late, in any order: the same state in the end."""
    reports = [State.SENT, State.SENT, State.BOUNCED, State.BOUNCED, State.COMPLAINED, State.SENT]
    for number, order in enumerate(sorted(set(permutations(reports)))):
        house.provider.answers = [DOUBT]
        entry = house.send(campaign=f"c{number}").entry
        for state in order:
            report(house.store, entry.key, state, house.now)
        assert house.entry(campaign=f"c{number}").state is State.COMPLAINED


def test_a_doubt_is_settled_by_hand(doubtful):
    """Somebody looked it up: it was sent, or it was not."""
    assert settle(doubtful.store, doubtful.key(), sent=True, now=doubtful.now).state is State.SENT
    with pytest.raises(ValueError, match="a message that is sent is not in doubt"):
        settle(doubtful.store, doubtful.key(), sent=False, now=doubtful.now)


def test_what_was_not_sent_fails_and_frees_its_place(doubtful):
    """A doubt that is settled with no no longer counts."""
    assert settle(doubtful.store, doubtful.key(), sent=False, now=doubtful.now).state is State.FAILED
    assert not doubtful.entry().counted


def test_settling_nothing_gives_nothing(house):
    """A key that the ledger does not have is told."""
    assert settle(house.store, "unknown", sent=True, now=house.now) is None
    assert retry(house.store, "unknown", house.now) is None


def test_a_retry_sends_again(doubtful):
    """Whoever takes the risk gets a second try, decided anew."""
    assert retry(doubtful.store, doubtful.key(), doubtful.now).state is State.RELEASED
    assert doubtful.send().entry.state is State.SENT


def test_an_old_message_that_is_tried_again_may_wait_again(house):
    """However long ago it was asked for, it is not given up where a gate only holds it back."""
    house.settings = {"frequency": {"caps": [{"limit": 1, "per": "7d", "within": "family"}]}}
    house.provider.answers = [Receipt(Answer.REFUSED, detail="no such user")]
    house.send()
    house.now += 30 * 86400
    house.send(campaign="other")
    assert retry(house.store, house.key(), house.now).asked == house.now
    entry = house.send().entry
    assert (entry.state, entry.gate) == (State.DEFERRED, "frequency")


def test_what_was_sent_is_not_tried_again(house):
    """Nobody gets a message twice by a slip of the hand."""
    house.send()
    with pytest.raises(ValueError, match="a message that is sent cannot become released"):
        retry(house.store, house.key(), house.now)


def test_sweeping_goes_page_by_page(house, monkeypatch):
    """However many were left behind, one sweep takes them all."""
    monkeypatch.setattr("sendgate.pipeline.recovery._PAGE", 2)

    class KilledError(BaseException):
        pass

    for number in range(5):
        house.provider.answers = [KilledError()]
        with pytest.raises(KilledError):
            house.send(campaign=f"c{number}")
    house.now += 1000
    assert sweep(house.store, house.now) == {State.UNKNOWN: 5}
