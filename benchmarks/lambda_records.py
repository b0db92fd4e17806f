"""Ten records of a queue through ``send_handler``, warm, with DynamoDB and SES as moto has them.

moto answers in this process and takes most of the time. So the very calls that the handler made are made again, bare,
in front of the same tables: what is left over is ours.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple
from unittest.mock import patch

from benchmarks.claims import Figure
from benchmarks.someone import someone
from sendgate import Event, Profile
from sendgate.model.times import DAY
from sendgate.ports import Happening

_BATCH = 10
_ROUNDS = 8
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
  frequency: {{caps: [{{limit: 3, per: 1d, within: channel}}, {{limit: 30, per: 7d, within: family}}]}}
store: dynamodb://bench?region={_REGION}
provider: ses://{_REGION}
"""
_CAMPAIGN = """\
name: news
brand: harbor
channel: email
purpose: relationship
category: home/bedding
offers: [{name: only, product: duvet, price: 129.00, creative: hero, template: offer.j2}]
"""


class _Call(NamedTuple):
    """A call to AWS, as it was made."""

    client: Any
    operation: str
    arguments: dict[str, Any]


class _Context:
    function_name = "bench"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:bench"
    aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 100_000


def run(_data: Path, _people: int, runs: int) -> list[Figure]:
    """Measure both on tables of their own that hold the same, and count the calls."""
    rounds = _ROUNDS * runs
    with tempfile.TemporaryDirectory() as made, patch.dict(os.environ, _ENVIRON | {"SENDGATE_FOLDER": made}):
        _write(Path(made))
        handled, calls = _handled(rounds)
        bare = _bare(rounds, calls)
    counts = Counter(call.operation for call in calls[-1])
    ratio = median(both / alone for both, alone in zip(handled[1:], bare[1:], strict=True))
    ours = median(both - alone for both, alone in zip(handled[1:], bare[1:], strict=True))
    return [
        Figure("send_handler, 10 records, warm, median", median(handled[1:]) * 1e3, "ms"),
        Figure("the same calls of AWS made bare, median", median(bare[1:]) * 1e3, "ms"),
        Figure("the handler against the bare calls", ratio, "x"),
        Figure("our share of ten records", ours * 1e3, "ms"),
        Figure("our share of one record", ours * 1e3 / _BATCH, "ms"),
        *(Figure(f"calls of `{name}` for ten records", count, "") for name, count in sorted(counts.items())),
    ]


def _write(folder: Path) -> None:
    (folder / "campaigns").mkdir()
    (folder / "sendgate.yaml").write_text(_POLICY)
    (folder / "campaigns" / "news.yaml").write_text(_CAMPAIGN)


def _handled(rounds: int) -> tuple[list[float], list[list[_Call]]]:
    """Time the handler, one batch after the other, and note the calls of each."""
    from sendgate.doors.aws_lambda import send_handler
    from sendgate.doors.aws_lambda.container import container

    times, noted = [], []
    with _aws(rounds):
        for number in range(rounds):
            with _noting() as calls, redirect_stdout(StringIO()):
                event = _event(number)
                started = perf_counter()
                response = send_handler(event, _Context())
                times.append(perf_counter() - started)
            assert response == {"batchItemFailures": []}, response
            assert sum(call.operation == "SendEmail" for call in calls) == _BATCH
            noted.append(calls)
        container.close()
    return times, noted


def _bare(rounds: int, noted: list[list[_Call]]) -> list[float]:
    """Time the calls alone, in the same order, on tables that hold the same."""
    import boto3

    times = []
    with _aws(rounds):
        clients = {name: boto3.client(name, region_name=_REGION) for name in ("dynamodb", "sesv2")}
        for calls in noted:
            made = [(clients[call.client], call.operation, call.arguments) for call in calls]
            started = perf_counter()
            for client, operation, arguments in made:
                client._make_api_call(operation, arguments)
            times.append(perf_counter() - started)
        for client in clients.values():
            client.close()
    return times


@contextmanager
def _aws(rounds: int) -> Iterator[None]:
    """Have AWS with a table that knows everybody of all batches."""
    import boto3
    from moto import mock_aws

    from sendgate.doors.aws_lambda.container import container
    from sendgate.stores.dynamodb import create_table

    with mock_aws():
        boto3.client("sesv2", region_name=_REGION).create_email_identity(EmailIdentity="hello@harbor.example")
        create_table(boto3.client("dynamodb", region_name=_REGION), "bench")
        store, now = container.house().store, container.now
        for number in range(rounds * _BATCH):
            given = someone(number)
            store.remember([Profile(given.person, given.attributes | {"given_name": "Ann"})])
            store.record(Happening(given.person, _moved(event, place, now)) for place, event in enumerate(given.events))
        yield
        container.close()


def _moved(event: Event, place: int, now: float) -> Event:
    """Bring what happened to somebody up to today."""
    return event._replace(id=f"e{place}", at=now - (place + 2) * DAY)


def _event(number: int) -> dict[str, Any]:
    people = range(number * _BATCH, (number + 1) * _BATCH)
    bodies = [json.dumps({"campaign": "news", "person": f"person-{person}"}) for person in people]
    return {"Records": [{"messageId": f"m{place}", "body": body} for place, body in enumerate(bodies)]}


@contextmanager
def _noting() -> Iterator[list[_Call]]:
    """Note every call of boto3, as it is made."""
    from botocore.client import BaseClient

    calls: list[_Call] = []
    real = BaseClient._make_api_call

    def noting(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        calls.append(_Call(client.meta.service_model.service_name, operation, arguments))
        return real(client, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", noting):
        yield calls
