"""Messages that wait and are due, of all campaigns, decided again and sent."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sendgate.doors.halting import Halt, workers_for
from sendgate.errors import ConfigurationError, SendgateError
from sendgate.model.ledger import WAITING, Entry, State
from sendgate.model.requests import Request
from sendgate.pipeline.recovery import sweep
from sendgate.pipeline.running import Done, send_all
from sendgate.pipeline.tally import Tally
from sendgate.wiring.house import House

_PAGE = 1000


@dataclass
class Released:
    """What came of what was due."""

    swept: Mapping[State, int]
    """What the messages became that a worker had left behind."""
    tally: Tally = field(default_factory=lambda: Tally(0))
    orphans: Counter[str] = field(default_factory=Counter)
    """Messages that are left as they are, by what is the matter with their campaign."""
    stopped: bool = False
    error: SendgateError | None = None


Told = Callable[[str, int, int, str], None]
Seen = Callable[[Done], None]


def release(
    house: House,
    told: Told,
    stopped: Callable[[], bool],
    *,
    limit: int | None = None,
    workers: int | None = None,
    seen: Seen | None = None,
) -> Released:
    """Sweep, then decide again about everything that waits and is due by now, the longest due first.

    ``seen`` is given each result as it comes. Raises StoreError where the store is away from the start.
    """
    now = time.time()
    insist = house.policy.sending.retry_transactional
    released = Released(sweep(house.store, now, insist=insist))
    return _Releasing(house, now, released, Halt(stopped), seen).run(told, limit, workers_for(house, workers))


class _Releasing:
    """One release while it goes on."""

    def __init__(self, house: House, now: float, released: Released, halt: Halt, seen: Seen | None) -> None:
        self._house, self._now, self._released, self._halt, self._seen = house, now, released, halt, seen
        self._stuck: set[str] = set()
        """Keys of messages that stay due, whatever is done: they would be found again and again."""

    def run(self, told: Told, limit: int | None, workers: int) -> Released:
        tally, released = self._released.tally, self._released
        while not self._halt() and (page := self._page(limit)):
            requests = list(self._requests(page))
            tally.rows += len(requests)
            for done in send_all(self._house.send, requests, workers=workers, stopped=self._halt):
                self._halt.note(done)
                self._note(done)
                told("releasing", tally.counted, tally.rows, "")
        released.error = self._halt.error
        released.stopped = released.error is None and self._halt()
        return released

    def _page(self, limit: int | None) -> Sequence[Entry]:
        due = self._house.store.unfinished(WAITING, self._now, _PAGE + len(self._stuck))
        left = _PAGE if limit is None else min(_PAGE, limit - self._released.tally.rows)
        return [entry for entry in due if entry.key not in self._stuck][: max(left, 0)]

    def _requests(self, page: Sequence[Entry]) -> Iterator[Request]:
        for entry in page:
            request = Request.again(entry)
            if trouble := self._trouble(entry, request):
                self._released.orphans[trouble] += 1
                self._stuck.add(entry.key)
            else:
                yield request

    def _trouble(self, entry: Entry, request: Request) -> str:
        """Say why a message cannot be decided about any more, or give the empty text."""
        try:
            same = self._house.key(request) == entry.key
        except ConfigurationError as error:
            return f"campaign `{entry.campaign}`: {error.mistakes[0].message}"
        return (
            "" if same else f"campaign `{entry.campaign}` goes by another channel now, or the family has another name"
        )

    def _note(self, done: Done) -> None:
        self._released.tally.add(done)
        if self._seen:
            self._seen(done)
        entry = done.sent.entry if done.sent else None
        if entry is None or (entry.state in WAITING and entry.due <= self._now):
            self._stuck.add(self._house.key(done.request))
