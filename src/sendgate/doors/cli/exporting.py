"""``sendgate export``: what the store knows, back to files."""

from __future__ import annotations

from pathlib import Path

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.consoles import give, meter, tell
from sendgate.errors import InputError, in_words
from sendgate.model.times import counted

_FORMATS = ("parquet", "jsonl", "csv")


@click.command("export", short_help="Write people and events of the store to files.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="parquet", show_default=True, help="How files are written."
)
@options.policy
def command(folder: Path, form: str, policy: Path) -> None:
    """Write what the store knows to DIR, as files that `dry-run` and `import` read: people and events.

    What was sent is among the events. Messages that wait, and why others were dropped, stay in the ledger.
    """
    from sendgate.audience.exporting import export, refuse_overwriting
    from sendgate.audience.formats import Format
    from sendgate.wiring.house import House

    refuse_overwriting([folder / f"{name}.{form}" for name in ("people", "events")])
    with meter() as told, House(policy) as house:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"`{folder}` cannot be written: {in_words(error)}") from error
        done = export(house.store.people(), folder, Format(form), told)
    written = f"{counted(done.people, 'person', 'people')} and {counted(done.events, 'event')} written"
    give(f"{written} to {' and '.join(map(str, done.files))}")
    if done.guarded:
        formulas = "text that a spreadsheet would run as a formula, which has an apostrophe in front"
        tell(
            f"rows with {formulas}: {done.guarded:,}. Formats jsonl and parquet hold it as it is",
            colour="cyan",
            label="note",
        )
