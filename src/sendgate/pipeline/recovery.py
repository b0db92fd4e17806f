"""What is done about messages that a worker left behind, and about what the provider reports later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from sendgate.errors import StoreError
from sendgate.model.ledger import HELD, Entry, State, moved, reported, swept
from sendgate.ports import Ledger, Store

_PAGE = 1000

_TRIES = 3
"""How often an answer is offered to a store that says no although nothing has changed."""


def sweep(ledger: Ledger, now: float, *, insist: bool = False) -> Mapping[State, int]:
    """Take the messages whose lease ran out from whoever had them, and count what they became.

    What was armed is UNKNOWN, what was only reserved is RELEASED. ``insist`` is that of ``Terms``.
    """
    counts: Counter[State] = Counter()
    while entries := ledger.unfinished(HELD, now, _PAGE):
        changed = [swept(entry, now, insist=insist) for entry in entries]
        done = [after.state for before, after in zip(entries, changed, strict=True) if ledger.swap(before, after)]
        counts.update(done)
        if len(entries) < _PAGE:
            break
    return counts


def report(ledger: Ledger, key: str, state: State, now: float, message_id: str = "") -> Entry | None:
    """Write down what the provider reports (SENT, BOUNCED or COMPLAINED), and give the entry as it is then.

    None where the ledger has no such message. Reports may come early, twice, late and in any order.
    """
    return _changed(ledger, key, lambda entry: reported(entry, state, now, message_id))


def settle(ledger: Ledger, key: str, *, sent: bool, now: float) -> Entry | None:
    """Settle a message that is in doubt by what somebody found out: it was sent, or it was not and is to be dropped.

    Gives the entry as it is then, None where there is none. Raises ValueError where the message is not in doubt.
    """
    state = State.SENT if sent else State.FAILED
    return _changed(ledger, key, lambda entry: moved(_doubtful(entry), state, now, detail="settled by hand"))


def retry(ledger: Ledger, key: str, now: float) -> Entry | None:
    """Give a message that was dropped, failed or is in doubt back, to be decided and sent again.

    Whoever retries a message in doubt takes the risk that it is sent twice. Gives the entry as it is then, None where
    there is none. Raises ValueError where the message is neither, or was only to be seen.
    """
    # Asked for anew: else one that is older than any deferral may be is dropped where it has to wait until the morning.
    again = {"due": now, "asked": now, "detail": "to be tried again"}
    return _changed(ledger, key, lambda entry: moved(_real(entry), State.RELEASED, now, **again))


def standing(store: Store, state: State, campaign: str = "") -> Iterator[Entry]:
    """Give the messages in a state, finished or not, of a campaign or of all. Reads everybody: it takes its time.

    Those that were only to be seen are left out: nothing is to be done about them.
    """
    if not store.counts(campaign).get(state):
        return
    for profile in store.people():
        for entry in store.load(profile.person).entries.values():
            if entry.state is state and campaign in {"", entry.campaign} and not entry.shadowed:
                yield entry


def _doubtful(entry: Entry) -> Entry:
    if entry.state is not State.UNKNOWN:
        raise ValueError(f"a message that is {entry.state} is not in doubt")
    return entry


def _real(entry: Entry) -> Entry:
    # The message itself has another key: sent under this one, it would be sent twice.
    if entry.shadowed:
        raise ValueError("a message that was only to be seen is not sent: send its campaign without --shadow nothing")
    return entry


def _changed(ledger: Ledger, key: str, change: Callable[[Entry], Entry]) -> Entry | None:
    """Change an entry, however often somebody else is faster."""
    while (entry := ledger.entry(key)) is not None:
        after = change(entry)
        if after is entry or ledger.swap(entry, after):
            return after
    return None


def replay(store: Store, entry: Entry) -> bool:
    """Write down an answer that a journal kept while the store was away, and tell whether it was still news.

    Raises StoreError where it is, and the store does not take it.
    """
    for _ in range(_TRIES):
        current = store.load(entry.person).entries.get(entry.key)
        if current is None or current.token != entry.token or current.state not in {State.SENDING, State.UNKNOWN}:
            return False
        if store.swap(current, entry):
            return True
    raise StoreError(f"the store did not take what became of message `{entry.key}`")
