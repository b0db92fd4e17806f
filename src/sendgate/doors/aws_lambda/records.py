"""A batch of a queue, record by record: what failed goes back, and is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from sendgate.doors.aws_lambda.asked import as_object
from sendgate.doors.aws_lambda.telling import Counts, defect, log
from sendgate.errors import ConfigurationError, InputError, SendgateError, StoppedError, StoreError
from sendgate.providers.words import scrubbed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

COVER = 45.0
"""Seconds that must be left for a message to be begun: the longest send, what is read and written around it."""


class Context(Protocol):
    """What Lambda says of an invocation, as far as it matters here."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Give how long the function may still run."""


class NotDoneError(Exception):
    """A record goes back to the queue. Its words are ours alone: Powertools writes them into its log."""


class Batch:
    """One invocation: works on the records while there is time, and while the provider takes messages."""

    def __init__(self, context: Context, work: Callable[[str, Counts], None], *, cover: float = COVER) -> None:
        self._context = context
        self._work = work
        self._cover = cover
        self._stopped = False
        self.counts = Counts()

    def __call__(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Work on an event of SQS, and give the partial batch response that Lambda asks for.

        Raises InputError where the event is none of SQS: without records there is nothing to give back.
        """
        records = as_object(event).get("Records")
        if not isinstance(records, list):
            raise InputError("expected an event of SQS, with `Records`")
        # Late: it brings asyncio along, and not every function is given batches.
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType

        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        with processor(records, self._record):
            processor.process()
        self.counts.publish()
        return dict(processor.response())

    def _record(self, record: SQSRecord) -> None:
        message = record.message_id
        if self._stopped or seconds_left(self._context) < self._cover:
            self.counts.outcomes["Left"] += 1
            raise NotDoneError("left for the next delivery")
        try:
            return self._work(record.body, self.counts)
        except (SendgateError, ConfigurationError) as error:
            self._stopped |= isinstance(error, StoppedError)
            outcome = self.counts.error(error)
            said = scrubbed(str(error)) if isinstance(error, StoreError) else str(error)
            words: dict[str, object] = {"error": type(error).__name__, "message": said}
        except Exception as error:  # noqa: BLE001  the other records of the batch must not go back with this one
            outcome, words = self.counts.error(error), defect(error)
        log.warning("not done", outcome=outcome, sqs_message=message, why=words)
        raise NotDoneError(outcome)


def seconds_left(context: Context) -> float:
    """Give how long the invocation may still run."""
    return context.get_remaining_time_in_millis() / 1000
