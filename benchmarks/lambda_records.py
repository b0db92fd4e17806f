"""Ten records of a queue through ``send_handler``, warm, with DynamoDB and SES as moto has them.

moto answers in this process and takes nearly all of the time: it copies its tables for each transaction. So each call
of boto3 is timed by itself, as it would be made bare, and what is left over is ours.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple
from unittest.mock import patch

from benchmarks.claims import Figure
from benchmarks.someone import someone
from sendgate import Profile
from sendgate.model.times import DAY
from sendgate.ports import Happening

_BATCH = 10
_ROUNDS = 4
_EVENTS = 12
"""What is known of each person: few, because of the copies."""
_REGION = "eu-west-1"
_ENVIRON = {
    "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": _REGION,
    "SENDGATE_KEYS": "bench:not-a-secret-only-for-benchmarks", "POWERTOOLS_LOG_LEVEL": "INFO",
}  # fmt: skip
_POLICY = f"""\
family:
  name: Harbor Home Group
  unsubscribe_url: https://harbor.example/leave
  brands:
    harbor: {{name: Harbor Home, sender: "Harbor Home <hello@harbor.example>"}}
    harbor-kids: {{name: Harbor Kids}}
    lumen: {{name: Lumen Lighting, shares_profile: false}}
  tiers: [member, silver, gold]
gates:
  permission: {{basis: opt_out}}
  frequency: {{caps: [{{limit: 100, per: 1d, within: channel}}, {{limit: 300, per: 7d, within: family}}]}}
store: dynamodb://bench?region={_REGION}
provider: ses://{_REGION}
"""
_CAMPAIGN = """\
name: {name}
brand: harbor
channel: email
purpose: relationship
category: home/bedding
offers: [{{name: only, product: duvet, price: 129.00, creative: {name}, template: offer.j2}}]
"""


class _Batch(NamedTuple):
    """An invocation with ten records."""

    seconds: float
    calls: list[tuple[str, float]]
    """Of boto3: the operation, and how long it took."""

    @property
    def bare(self) -> float:
        """How long AWS took."""
        return sum(seconds for _, seconds in self.calls)


class _Context:
    function_name = "bench"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:bench"
    aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 100_000


def run(_data: Path, _people: int, runs: int) -> list[Figure]:
    """Measure batches, each of a campaign of its own to the same people, warm: somebody else got it before."""
    with tempfile.TemporaryDirectory() as made, patch.dict(os.environ, _ENVIRON | {"SENDGATE_FOLDER": made}), _aws():
        campaigns = [f"news-{number}" for number in range(_ROUNDS * runs + 1)]
        write(Path(made), campaigns)
        _, *batches = _handled(campaigns)
    bare, ours = median(batch.bare for batch in batches), median(batch.seconds - batch.bare for batch in batches)
    counts = Counter(operation for operation, _ in batches[-1].calls)
    return [
        Figure("send_handler, 10 records, warm, median", median(batch.seconds for batch in batches) * 1e3, "ms"),
        Figure("its calls of boto3, with moto behind them, median", bare * 1e3, "ms"),
        Figure("the handler against its calls alone", median(b.seconds / b.bare for b in batches), "x"),
        Figure("our share of ten records, median", ours * 1e3, "ms"),
        Figure("our share of one record", ours / _BATCH * 1e3, "ms"),
        *(Figure(f"calls of {name} for ten records", count, "") for name, count in sorted(counts.items())),
    ]


def write(folder: Path, campaigns: Iterable[str]) -> None:
    """Write a family's folder with some campaigns."""
    (folder / "campaigns").mkdir()
    (folder / "sendgate.yaml").write_text(_POLICY)
    for name in campaigns:
        (folder / "campaigns" / f"{name}.yaml").write_text(_CAMPAIGN.format(name=name))


def _handled(campaigns: Iterable[str]) -> Iterator[_Batch]:
    from sendgate.doors.aws_lambda import send_handler
    from sendgate.doors.aws_lambda.container import container
    from sendgate.doors.aws_lambda.telling import log

    log.handlers[0].setStream(StringIO())  # written, and not shown
    people = [someone(number) for number in range(_BATCH + 1)]
    store, now = container.house().store, container.now
    for profile in people:
        store.remember([Profile(profile.person, {**profile.attributes, "given_name": "Ann"})])
        events = (e._replace(id=f"e{n}", at=now - (n + 2) * DAY) for n, e in enumerate(profile.events[-_EVENTS:]))
        store.record(Happening(profile.person, event) for event in events)
    for campaign in campaigns:
        with redirect_stdout(StringIO()):
            send_handler(_event(campaign, people[_BATCH:]), _Context())  # its templates are compiled now
        event = _event(campaign, people[:_BATCH])
        with _timed() as calls, redirect_stdout(StringIO()):
            started = perf_counter()
            response = send_handler(event, _Context())
            seconds = perf_counter() - started
        assert response == {"batchItemFailures": []}, response
        assert sum(operation == "SendEmail" for operation, _ in calls) == _BATCH, calls
        yield _Batch(seconds, calls)
    container.close()


@contextmanager
def _aws() -> Iterator[None]:
    import boto3
    from moto import mock_aws

    from sendgate.stores.dynamodb import create_table

    with mock_aws():
        boto3.client("sesv2", region_name=_REGION).create_email_identity(EmailIdentity="hello@harbor.example")
        create_table(boto3.client("dynamodb", region_name=_REGION), "bench")
        yield


def _event(campaign: str, people: Iterable[Profile]) -> dict[str, Any]:
    bodies = [json.dumps({"campaign": campaign, "person": profile.person}) for profile in people]
    return {"Records": [{"messageId": f"m{place}", "body": body} for place, body in enumerate(bodies)]}


@contextmanager
def _timed() -> Iterator[list[tuple[str, float]]]:
    """Time every call of boto3."""
    from botocore.client import BaseClient

    calls: list[tuple[str, float]] = []
    real = BaseClient._make_api_call

    def timing(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        started = perf_counter()
        try:
            return real(client, operation, arguments)
        finally:
            calls.append((operation, perf_counter() - started))

    with patch.object(BaseClient, "_make_api_call", timing):
        yield calls
