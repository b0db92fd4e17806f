"""Options and arguments that several commands share."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from sendgate.errors import InputError
from sendgate.model.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Callable


class Moment(click.ParamType[float, str]):
    """A time in ISO 8601."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it as epoch seconds."""
        try:
            return value if isinstance(value, float) else parse_time(str(value))
        except ValueError:
            self.fail(f"expected a time such as 2026-03-04T09:00:00Z, not `{value}`", param, ctx)


class CampaignName(click.ParamType[str, str]):
    """A campaign by path or by name."""

    name = "campaign"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take it as it is; it is looked up beside the policy."""
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Offer the campaigns of the current folder, and files."""
        policy = ctx.params.get("policy") or Path("sendgate.yaml")
        names = sorted(path.stem for path in (policy.parent / "campaigns").glob("*.y*ml"))
        found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
        return found or [CompletionItem(incomplete, type="file")]


class Whom(click.ParamType[str, str]):
    """An id, an email address or a phone number: of nothing, which a variable that is not set leaves, nobody."""

    name = "person"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take it as it is; it is looked up in files or in the store."""
        if not str(value).strip():
            self.fail("expected an id, an email address or a phone number: it is empty", param, ctx)
        return str(value)


FILE = click.Path(path_type=Path, dir_okay=False)

campaign = click.argument("campaign", type=CampaignName())
audience = click.option("--audience", type=FILE, required=True, metavar="FILE", help="The list of recipients.")
people = click.option(
    "--people",
    type=FILE,
    multiple=True,
    required=True,
    metavar="FILE",
    help="Who they are. May be given several times.",
)
events = click.option(
    "--events",
    type=FILE,
    multiple=True,
    required=True,
    metavar="FILE",
    help="What happened to them. May be given several times.",
)
policy = click.option(
    "--policy",
    type=FILE,
    default=Path("sendgate.yaml"),
    metavar="FILE",
    help="The settings of the gates.  [default: sendgate.yaml in the current folder]",
)
campaigns = click.option(
    "--campaigns",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of the campaigns that were sent.  [default: campaigns beside the policy]",
)
now = click.option(
    "--now",
    type=Moment(),
    metavar="TIME",
    help="Decide as of this time, in ISO 8601; without an offset it is UTC.  [default: the present]",
)
optional_people = click.option(
    "--people", type=FILE, multiple=True, metavar="FILE", help="Who they are. May be given several times."
)
optional_events = click.option(
    "--events", type=FILE, multiple=True, metavar="FILE", help="What happened to them. May be given several times."
)
workers = click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Messages in work at a time.  [default: 32, or twice the `rate` of the policy where that is less]",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object in place of tables.")
whom = click.argument("who", type=Whom(), metavar="PERSON")
facts = click.option(
    "--facts",
    type=FILE,
    metavar="FILE",
    help="Keep the computed facts in this Parquet file; take from it what an earlier run kept.",
)
report = click.option(
    "--report",
    type=FILE,
    metavar="FILE",
    help="Write a page to look at, .html: one file, which needs no network.",
)
changes = click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="SETTING=VALUE",
    help="Change a setting, such as gates.frequency.caps.0.limit=2. May be given several times.",
)
person = click.option(
    "--person", type=Whom(), required=True, metavar="ID", help="Whom: an id, an email address or a phone number."
)


def about_one_person(command: Callable[..., None]) -> Callable[..., None]:
    """Add what every command about one person asks for, in the order in which help lists it."""
    for option in reversed((campaign, person, people, events, policy, now)):
        command = option(command)
    return command


def confirm(question: str) -> None:
    """Ask on a terminal; raise Abort on no. Raises InputError where nobody can answer."""
    if not sys.stdin.isatty():
        raise InputError("nobody is there to say yes: add --yes")
    click.confirm(question, abort=True, err=True)


def present() -> float:
    """Read the clock: epoch seconds, whole ones, so that the time can be given again."""
    return float(int(time.time()))
