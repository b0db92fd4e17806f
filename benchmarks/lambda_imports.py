"""What a function imports at its cold start, against the libraries that it is made of."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.claims import Figure
from benchmarks.imports import _seconds
from benchmarks.lambda_records import write

BARE = "import boto3, pydantic, jinja2, aws_lambda_powertools"
HANDLERS = "import sendgate.doors.aws_lambda"
OPENED = """
import sendgate.doors.aws_lambda
from sendgate.doors.aws_lambda.container import container
container.house().ready("news")
"""


def run(_data: Path, _people: int, runs: int) -> list[Figure]:
    """Measure all in turn, each in an interpreter of its own."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), ["news"])
        os.environ |= {"SENDGATE_FOLDER": folder, "SENDGATE_KEYS": "bench:not-a-secret-only-for-benchmarks"}
        rounds = [(_seconds(BARE), _seconds(HANDLERS), _seconds(OPENED)) for _ in range(10 * runs)]
    bare, handlers, opened = (median(times) for times in zip(*rounds, strict=True))
    return [
        Figure(f"`{BARE}`, median", bare * 1e3, "ms"),
        Figure("the handlers", handlers * 1e3, "ms"),
        Figure("the handlers against those imports", handlers / bare, "x", 1.3),
        Figure("the handlers, and a family opened with its store, its campaign and boto3", opened * 1e3, "ms"),
        Figure("the same against those imports", opened / bare, "x"),
    ]
