"""``sendgate unsubscribe``: somebody followed a link to leave."""

from __future__ import annotations

import time
from pathlib import Path

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.consoles import give


@click.command("unsubscribe", short_help="Record that somebody followed a link to unsubscribe.")
@click.argument("token")
@options.policy
def command(token: str, policy: Path) -> None:
    """Check the TOKEN of a link to unsubscribe, and record that its person leaves. For forms and webhooks of yours.

    The token is what stands behind `token=` in the link, or in the subject of a mail to your address for leaving.
    """
    from sendgate.wiring.house import House

    with House(policy) as house:
        left = house.unsubscribe(token, time.time())
    what = f"{left.channel} of {left.brand}" if left.brand else f"all {left.channel} of the family"
    give(f"{'unsubscribed' if left.fresh else 'was unsubscribed already'} from {what}")
