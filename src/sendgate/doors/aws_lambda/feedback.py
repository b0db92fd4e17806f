"""``feedback_handler``: what became of the messages, as SES reports it."""

from __future__ import annotations

from functools import partial
from typing import Any

from sendgate.doors.aws_lambda.asked import as_object
from sendgate.doors.aws_lambda.container import container
from sendgate.doors.aws_lambda.records import Batch, Context
from sendgate.doors.aws_lambda.remembering import remembered
from sendgate.doors.aws_lambda.ses_events import Report
from sendgate.doors.aws_lambda.telling import Counts, log, told
from sendgate.errors import BusyError
from sendgate.model.times import MINUTE
from sendgate.pipeline.recovery import report
from sendgate.ports import Happening
from sendgate.wiring.house import House

COVER = 10.0
"""Seconds that must be left for a report to be begun."""

YOUNG = 15 * MINUTE
"""A report about a message that was sent less than so long ago, and that the ledger does not have, comes again: an
index of DynamoDB lags behind what was written. After that it is nobody's, or of somebody who was forgotten."""


@log.inject_lambda_context(log_event=False)
def feedback_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Write down what SES reports: settle the message, and remember what the person did.

    Takes a batch of SQS whose bodies come from SNS or EventBridge, and gives the records that are to come again; or one
    event of EventBridge. Reports may come twice, late, early, in any order. One about a message that the ledger does
    not have is counted, and nothing else. Raises InputError where an event of EventBridge cannot be read, BusyError
    where its message is not to be found yet, ConfigurationError and StoreError.
    """
    house = container.house()
    if "Records" in as_object(event):
        return Batch(context, partial(_read, house), cover=COVER)(event)
    counts = Counts()
    _write(house, Report.of(as_object(event.get("detail"))), counts)
    counts.publish()
    return {"batchItemFailures": []}


def _read(house: House, body: str, counts: Counts) -> None:
    _write(house, Report.read(body), counts)


def _write(house: House, said: Report, counts: Counts) -> None:
    """Settle the message first: what is remembered of the person takes its brand and campaign."""
    entry = report(house.store, said.key, said.state, container.now, said.message_id) if said.key else None
    if said.key and entry is None and container.now < said.sent + YOUNG:
        raise BusyError("the ledger does not have the message yet")
    counts.outcomes[said.name if entry else "Strangers"] += 1
    if entry is None:
        log.info("report", report=said.kind, known=False)
        return
    events = list(remembered(said, entry, house.policy.family))
    house.store.record(Happening(entry.person, event) for event in events)
    carried = said.name != "NotCarried"
    words = told(entry, house.keyring) | {"report": said.kind, "counts_as": said.name}
    (log.info if carried else log.error)("report", known=True, events=[event.kind for event in events], extra=words)
