"""``sendgate release``: what waits and is due."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.consoles import draw, give, meter, tell
from sendgate.doors.cli.failing import DONE, INTERRUPTED, REJECTED, WRONG, failure
from sendgate.doors.cli.stopping import Stop, stoppable
from sendgate.errors import SendgateError

if TYPE_CHECKING:
    from sendgate.doors.releasing import Released

_STEP = 0.2
"""Seconds between two looks whether somebody said stop."""


@click.command("release", short_help="Decide again about messages that wait and are due.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many, the longest due first.")
@options.workers
@click.option(
    "--watch", type=click.IntRange(1, 86_400), metavar="SECONDS", help="Stay, and look again after so many seconds."
)
@options.policy
@options.as_json
@click.pass_context
def command(
    ctx: click.Context, limit: int | None, workers: int | None, watch: int | None, policy: Path, *, as_json: bool
) -> None:
    """Decide again about messages of all campaigns that wait and are due, and send those that may go now.

    First of all, messages that a worker left behind are taken from it: what had been handed over is in doubt, what had
    not waits no more.
    """
    import rich  # noqa: F401  first of all: without it nothing is to be sent

    with stoppable() as stop:
        status = _once(policy, limit, workers, stop, as_json=as_json, tolerant=watch is not None)
        while watch is not None and _waited(watch, stop):
            status = _once(policy, limit, workers, stop, as_json=as_json, tolerant=True)
    ctx.exit(status)


def _waited(seconds: float, stop: Stop) -> bool:
    """Wait, unless somebody says stop; tell whether to go on."""
    until = time.monotonic() + seconds
    while not stop() and time.monotonic() < until:
        time.sleep(_STEP)
    return not stop()


def _once(policy: Path, limit: int | None, workers: int | None, stop: Stop, *, as_json: bool, tolerant: bool) -> int:
    """Release, say what came of it, and give the exit status; who stays on tolerates a store that is away."""
    from sendgate.doors.releasing import release
    from sendgate.wiring.house import House

    try:
        with meter() as told:
            told("opening the store", 0, 0)
            with House(policy) as house:
                released = release(house, told, stop, limit=limit, workers=workers)
    except SendgateError as error:
        if not tolerant:
            raise
        return failure(error)
    _tell(released)
    _show(released, as_json=as_json)
    return _status(released)


def _tell(released: Released) -> None:
    for state, number in released.swept.items():
        tell(f"{number:,} left behind by a worker: {state} now")
    for trouble, number in released.orphans.items():
        tell(f"{number:,} left as they are: {trouble}", colour="yellow", label="warning")
    if released.error:
        tell(f"sendgate: ended early: {released.error}", colour="red")
    elif released.stopped:
        tell("stopped: what was under way is finished")


def _show(released: Released, *, as_json: bool) -> None:
    from sendgate.report.tally import sum_of, tally_picture, tally_record

    tally = released.tally
    if as_json:
        extra = {"swept": released.swept, "orphans": released.orphans, "error": str(released.error or "") or None}
        give(json.dumps({**tally_record(tally), **extra}, indent=2, ensure_ascii=False))
    elif tally.rows:
        draw(tally_picture("messages that were due", tally, "message"))
    else:
        give(sum_of(tally, "message due", "messages due"))


def _status(released: Released) -> int:
    if released.error:
        return REJECTED if released.tally.fresh else WRONG
    if released.stopped:
        return INTERRUPTED
    return REJECTED if released.tally.needs_a_look or released.orphans else DONE
