"""``release_handler``: what waited and is due, and what a worker left behind, on a schedule."""

from __future__ import annotations

from functools import partial
from typing import Any

from sendgate.doors.aws_lambda.container import container
from sendgate.doors.aws_lambda.records import COVER, Context, seconds_left
from sendgate.doors.aws_lambda.telling import Counts, log, told
from sendgate.doors.releasing import release
from sendgate.model.ledger import WAITING, State
from sendgate.model.times import HOUR
from sendgate.pipeline.running import Done
from sendgate.wiring.house import House

WORKERS = 8
"""Messages at a time."""

DOUBT = HOUR
"""A message that is in doubt for longer was not settled by a report of the provider: somebody has to look."""


@log.inject_lambda_context(log_event=False)
def release_handler(_event: Any, context: Context) -> dict[str, Any]:
    """Sweep, then decide again what is due, the longest due first, as far as the time goes.

    Gives the counts. ``Doubtful`` is how many messages have been in doubt for more than an hour, ``Waiting`` how many
    are still due, a thousand at most; both are metrics as well. Raises ConfigurationError and StoreError.
    """
    house, counts = container.house(), Counts()
    released = release(
        house,
        lambda *_: None,
        lambda: seconds_left(context) < COVER,
        workers=WORKERS,
        seen=partial(_tell, house, counts),
    )
    for trouble, number in released.orphans.items():
        log.error("messages that wait cannot be decided about", why=trouble, number=number)
    now = container.now
    # Always told, also where it is none: an alarm ends when the number goes back.
    gauges = {
        "Doubtful": len(house.store.unfinished([State.UNKNOWN], now - DOUBT)),
        "Waiting": len(house.store.unfinished(WAITING, now)),
    }
    swept = {state.value: count for state, count in released.swept.items()}
    result: dict[str, Any] = {"swept": swept, "released": dict(counts.outcomes), **gauges}
    counts.outcomes.update(gauges)
    counts.publish()
    log.info("released", extra=result)
    return result


def _tell(house: House, counts: Counts, done: Done) -> None:
    if done.sent is None:
        outcome = counts.error(done.error)
        log.warning("not done", outcome=outcome, campaign=done.request.campaign, why=type(done.error).__name__)
        return
    outcome = counts.message(done.sent)
    log.info("message", outcome=outcome, extra=told(done.sent.entry, house.keyring))
