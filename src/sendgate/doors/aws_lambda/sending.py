"""``send_handler``: a queue of messages that are wanted."""

from __future__ import annotations

from typing import Any

from sendgate.doors.aws_lambda.asked import read_object, read_wanted
from sendgate.doors.aws_lambda.container import container
from sendgate.doors.aws_lambda.records import Batch, Context
from sendgate.doors.aws_lambda.telling import Counts, log, told


@log.inject_lambda_context(log_event=False)
def send_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Send what a batch of SQS asks for, and give the records that are to come again.

    A body is ``{"campaign": …, "person" | "email" | "phone": …, "run": …, "data": {…}}``. What is finished, waits, or
    is in doubt is done with, and stands in the ledger. What is busy, what cannot be read, and all that follows once the
    provider takes nothing more or the time runs out, comes again, and in the end to the dead-letter queue. Raises
    ConfigurationError or StoreError where the family's folder cannot be opened: then all of it comes again.
    """
    container.house()
    return Batch(context, _send)(event)


def _send(body: str, counts: Counts) -> None:
    house = container.house()
    wanted = read_wanted(read_object(body), house.campaigns)
    sent = house.send(house.request(wanted.campaign, wanted.who, wanted.run, wanted.data))
    outcome = counts.message(sent)
    log.info("message", outcome=outcome, extra=told(sent.entry, house.keyring))
