"""``sendgate check``: every mistake at once."""

from __future__ import annotations

from pathlib import Path

import click

from sendgate.doors.cli.consoles import give, tell
from sendgate.doors.cli.failing import DONE, WRONG, line, tally, warn
from sendgate.model.times import counted


@click.command("check", short_help="Find every mistake in policy, campaigns and templates.")
@click.argument("folder", metavar="[DIR]", default=Path(), type=click.Path(path_type=Path, file_okay=False))
@click.pass_context
def command(ctx: click.Context, folder: Path) -> None:
    """Find every mistake in policy, campaigns and templates of DIR (the current folder) at once.

    Warnings, about settings that are legal but foolish, stop nothing.
    """
    from sendgate.wiring.checking import check

    found = check(folder)
    for mistake in found.mistakes:
        give(line(mistake))
    warn(found.warnings)
    if found.mistakes:
        tell(tally(found.mistakes), colour="red")
    else:
        give(f"no mistakes in {counted(found.files, 'file')}", colour="green")
    ctx.exit(WRONG if found.mistakes else DONE)
