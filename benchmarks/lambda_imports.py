"""What a function imports at its cold start, against the libraries that it is made of."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from statistics import median
from unittest.mock import patch

from benchmarks.claims import Figure
from benchmarks.imports import _seconds
from benchmarks.lambda_records import write

BARE = "import boto3, pydantic, jinja2, aws_lambda_powertools"
HANDLER = "from sendgate.doors.aws_lambda import send_handler"
FIRST = """
from types import SimpleNamespace
from sendgate.doors.aws_lambda import send_handler
from sendgate.doors.aws_lambda.container import container
context = SimpleNamespace(
    function_name="f", memory_limit_in_mb=1, invoked_function_arn="a", aws_request_id="r",
    get_remaining_time_in_millis=lambda: 60_000,
)
container.house().ready("news")
send_handler({"Records": [{"messageId": "m", "body": "{}"}]}, context)
sys.stdout = sys.__stdout__
"""


def run(_data: Path, _people: int, runs: int) -> list[Figure]:
    """Measure all in turn, each in an interpreter of its own."""
    environ = {"SENDGATE_KEYS": "bench:not-a-secret-only-for-benchmarks", "AWS_DEFAULT_REGION": "eu-west-1"}
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, environ | {"SENDGATE_FOLDER": folder}):
        write(Path(folder), ["news"])
        silent = f"import io, sys\nsys.stdout = io.StringIO()\n{FIRST}"
        rounds = [(_seconds(BARE), _seconds(HANDLER), _seconds(silent)) for _ in range(10 * runs)]
    bare, handler, first = (median(times) for times in zip(*rounds, strict=True))
    return [
        Figure(f"`{BARE}`, median", bare * 1e3, "ms"),
        Figure("send_handler", handler * 1e3, "ms"),
        Figure("send_handler against those imports", handler / bare, "x", 1.3),
        Figure("until the first record is looked at: folder, campaign, DynamoDB and SES opened", first * 1e3, "ms"),
        Figure("the same against those imports", first / bare, "x"),
    ]
