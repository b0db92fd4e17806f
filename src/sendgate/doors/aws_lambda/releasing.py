"""``release_handler``: what waited and is due, and what a worker left behind, on a schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sendgate.doors.aws_lambda.container import container
from sendgate.doors.aws_lambda.records import COVER, Context, seconds_left
from sendgate.doors.aws_lambda.telling import Tally, log, told
from sendgate.errors import ConfigurationError, StoppedError
from sendgate.model.ledger import State, moved
from sendgate.model.requests import Request
from sendgate.model.times import DAY, HOUR
from sendgate.pipeline.recovery import sweep, waiting
from sendgate.pipeline.running import Done, send_all
from sendgate.wiring.house import House

WORKERS = 8
"""Messages at a time."""

DOUBT = HOUR
"""A message that is in doubt for longer was not settled by a report of the provider: somebody has to look."""


@log.inject_lambda_context(log_event=False)
def release_handler(_event: Any, context: Context) -> dict[str, Any]:
    """Sweep, then decide again what is due, the longest due first, as far as the time goes.

    Gives the counts. The metric ``Doubtful`` is how many messages have been in doubt for more than an hour, and
    ``Waiting`` how many are still due. Raises ConfigurationError and StoreError.
    """
    house = container.house()
    tally = Tally()
    swept = sweep(house.store, container.now, insist=house.policy.sending.retry_transactional)
    _release(house, tally, context)
    now = container.now
    # Always told, also where it is none: an alarm ends when the number goes back.
    gauges = {
        "Doubtful": len(house.store.unfinished([State.UNKNOWN], now - DOUBT)),
        "Waiting": len(house.store.unfinished([State.DEFERRED, State.RELEASED], now)),
    }
    counts = {"swept": {state.value: count for state, count in swept.items()}, "released": dict(tally.outcomes)}
    tally.outcomes.update(gauges)
    tally.publish()
    result: dict[str, Any] = {**counts, **gauges}
    log.info("released", extra=result)
    return result


def _release(house: House, tally: Tally, context: Context) -> None:
    stopped = False

    def enough() -> bool:
        return stopped or seconds_left(context) < COVER

    for done in send_all(house.send, _requests(house), workers=WORKERS, stopped=enough):
        stopped |= isinstance(done.error, StoppedError)
        _tell(house, done, tally)


def _requests(house: House) -> Iterator[Request]:
    """Ask again for what is due. Of a campaign that cannot be read any more, tomorrow: it holds up nothing else."""
    broken: Counter[str] = Counter()
    for entry in waiting(house.store, container.now):
        try:
            house.ready(entry.campaign)
        except ConfigurationError as error:
            broken[entry.campaign] += 1
            if broken[entry.campaign] == 1:
                log.error("a campaign of messages that wait cannot be read", campaign=entry.campaign, why=str(error))
            now = container.now
            house.store.swap(entry, moved(entry, State.RELEASED, now, due=now + DAY, detail="its campaign is gone"))
        else:
            yield Request.again(entry)


def _tell(house: House, done: Done, tally: Tally) -> None:
    if done.sent is None:
        tally.outcomes["Left"] += 1
        log.warning("not done", outcome="Left", campaign=done.request.campaign, why=type(done.error).__name__)
        return
    outcome = tally.message(done.sent.entry, fresh=done.sent.fresh)
    log.info("message", outcome=outcome, extra=told(done.sent.entry, house.keyring))
