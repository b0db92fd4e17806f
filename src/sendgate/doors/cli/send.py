"""``sendgate send``: a campaign for an audience, for real."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.accounts import refuse_overwriting, tell_rejected
from sendgate.doors.cli.consoles import draw, give, meter, tell
from sendgate.doors.cli.failing import DONE, INTERRUPTED, REJECTED, WRONG
from sendgate.doors.cli.stopping import stoppable
from sendgate.model.times import FOREVER, iso_end

if TYPE_CHECKING:
    from sendgate.doors.delivery import Delivery, Order

_NOTHING = "nothing"
_SHADOWS = ("everything", _NOTHING)


@click.command("send", short_help="Send a campaign to an audience.")
@options.campaign
@options.audience
@click.option("--run", default="", metavar="NAME", help="Which sending of a campaign that is sent again, as 2026-03.")
@options.workers
@click.option(
    "--shadow",
    type=click.Choice(_SHADOWS),
    help="Measure before you enforce: send everything that gates would stop, or send nothing.",
)
@options.policy
@click.option(
    "--out",
    type=options.FILE,
    metavar="FILE",
    help="Write what became of each row: .csv, .jsonl or .parquet; text also .gz or .zst.",
)
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    campaign: str,
    audience: Path,
    run: str,
    workers: int | None,
    shadow: str | None,
    policy: Path,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Send a campaign to everybody in an audience whom no gate holds back.

    CAMPAIGN is a file, or the name of one in `campaigns` beside the policy. People and events come from the store, see
    `sendgate import`. Columns of the audience beside `person`, `email` and `phone` are `data` in the templates.
    Nobody gets a message twice: the same command again does only what is left.
    """
    import rich  # noqa: F401  first of all: without it nothing is to be sent

    from sendgate.doors.delivery import Order, deliver
    from sendgate.wiring.house import House, Shadow

    _refuse_output(audience, policy, out)
    order = Order(campaign, audience, run, workers, out)
    with stoppable() as stop:
        with meter() as told:
            told("opening the store", 0, 0)
            with House(policy, shadow=Shadow(shadow) if shadow else None) as house:
                delivery = deliver(house, order, told, stop)
        _tell(delivery)
        _show(delivery, order, shadow, as_json=as_json)
    ctx.exit(_status(delivery))


def _refuse_output(audience: Path, policy: Path, out: Path | None) -> None:
    """Raise InputError, before anything is sent, where the result could not be written, or over something needed."""
    if out is None:
        return
    from sendgate.audience.formats import format_of

    format_of(out)
    refuse_overwriting([audience, policy], {"--out": out})


def _tell(delivery: Delivery) -> None:
    """Say what is worth knowing beside the result."""
    tell_rejected(delivery.account)
    if delivery.error:
        tell(f"sendgate: the run ended early: {delivery.error}", colour="red")
        tell("nothing more was begun; when this is mended, the same command again does the rest")
    elif delivery.stopped:
        tell("stopped: what was under way is finished; the same command again does the rest")
    if delivery.unwritten:
        tell(f"sendgate: {delivery.unwritten}", colour="red")
        tell("the account below holds; the same command again writes the file, and sends nothing twice")


def _show(delivery: Delivery, order: Order, shadow: str | None, *, as_json: bool) -> None:
    from sendgate.report.tally import tally_picture, tally_record

    tally = delivery.tally
    if as_json:
        record = {"campaign": delivery.campaign, "run": order.run, "shadow": shadow, **tally_record(tally)}
        record |= {"seconds": round(delivery.seconds, 3), "error": str(delivery.error) if delivery.error else None}
        give(json.dumps(record, indent=2, ensure_ascii=False))
        return
    heading = " · ".join(
        [delivery.campaign, *([f"run {order.run}"] if order.run else []), *([f"shadow: {shadow}"] if shadow else [])]
    )
    draw(tally_picture(heading, tally, seen_only=shadow == _NOTHING))
    if tally.fresh:
        speed = tally.fresh / max(delivery.seconds, 0.001)
        give(f"{tally.fresh:,} decided in {delivery.seconds:.1f} s, {speed:,.0f} a second")
    if tally.next_due < FOREVER:
        give(f"the first of those that wait is due at {iso_end(tally.next_due)}")
    if order.out and not delivery.unwritten:
        tell(f"what became of each row is in {order.out}")


def _status(delivery: Delivery) -> int:
    if delivery.error:
        return REJECTED if delivery.tally.fresh else WRONG
    if delivery.stopped:
        return INTERRUPTED
    return REJECTED if delivery.tally.needs_a_look or delivery.unwritten else DONE
