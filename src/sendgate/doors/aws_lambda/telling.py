"""What the functions tell: a log line for each message, and metrics. No address is ever in them.

A person is a keyed hash, so that lines about one person can be found together by whoever holds the secret, and by
nobody else. What boto3 says of itself below INFO is the requests that it makes, with everything in them, so it is
kept from saying it.
"""

from __future__ import annotations

import logging
import traceback
from collections import Counter

from sendgate.errors import (
    BusyError,
    ConfigurationError,
    InputError,
    MissingExtraError,
    RequestError,
    StoppedError,
    StoreError,
)
from sendgate.model.keys import Keyring
from sendgate.model.ledger import Entry, State
from sendgate.pipeline.sending import Sent
from sendgate.pipeline.tally import ending_of

try:
    from aws_lambda_powertools import Logger, Metrics, single_metric
    from aws_lambda_powertools.metrics import MetricUnit
except ImportError as error:
    raise MissingExtraError("AWS Lambda", "aws") from error

SERVICE = "sendgate"
NAMESPACE = "Sendgate"
"""Where CloudWatch has the metrics; the alarms of ``deploy/template.yaml`` look there."""

log = Logger(service=SERVICE)

_ERRORS: tuple[tuple[type[BaseException], str], ...] = (
    (InputError, "Rejected"),
    (ConfigurationError, "Rejected"),
    (RequestError, "Rejected"),
    (BusyError, "Busy"),
    (StoreError, "StoreAway"),
    (StoppedError, "ProviderStopped"),
)
"""What a message counts as that could not be done. What is rejected comes to the dead-letter queue in the end: the
alarm there is how somebody learns of it. The others pass, or concern the whole."""

_HASH_LENGTH = 20
_metrics = Metrics(namespace=NAMESPACE, service=SERVICE)

for _talkative in ("boto3", "botocore", "s3transfer", "urllib3", "aws_lambda_powertools"):
    logging.getLogger(_talkative).setLevel(logging.INFO)


class Counts:
    """What an invocation did, by name; and what gates stopped, by gate."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.gates: Counter[str] = Counter()

    def message(self, sent: Sent) -> str:
        """Count a message, and give what it counts as: how it ended, or that it had been done before."""
        outcome = ending_of(sent.entry).value.title().replace(" ", "") if sent.fresh else "Repeated"
        self.outcomes[outcome] += 1
        if sent.fresh and sent.entry.gate and sent.entry.state in {State.DROPPED, State.DEFERRED}:
            self.gates[sent.entry.gate] += 1
        return outcome

    def error(self, error: BaseException | None) -> str:
        """Count a message that could not be done, and give what it counts as."""
        outcome = next((word for kind, word in _ERRORS if isinstance(error, kind)), "Broken")
        self.outcomes[outcome] += 1
        return outcome

    def publish(self) -> None:
        """Write the counts to the log, in the form of which CloudWatch makes metrics."""
        for name, count in self.outcomes.items():
            _metrics.add_metric(name=name, unit=MetricUnit.Count, value=count)
        if self.outcomes:
            _metrics.flush_metrics()
        for gate, count in self.gates.items():
            with single_metric("Stopped", MetricUnit.Count, count, namespace=NAMESPACE) as metric:
                metric.add_dimension("service", SERVICE)
                metric.add_dimension("gate", gate)


def hashed(person: str, keyring: Keyring) -> str:
    """Name a person in a log."""
    return keyring.sign("log", person).partition(".")[2][:_HASH_LENGTH]


def told(entry: Entry, keyring: Keyring) -> dict[str, str]:
    """Give what a log line says of a message. Sentences stay in the ledger: they say what people did."""
    return {
        "key": entry.key, "person": hashed(entry.person, keyring), "campaign": entry.campaign,
        "state": entry.state.value, "gate": entry.gate, "reason": entry.reason,
    }  # fmt: skip


def defect(error: BaseException) -> dict[str, object]:
    """Say what went wrong in a way that nobody foresaw: what and where, and not the words, which may quote."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return {
        "error": type(error).__name__,
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
