"""The command line. Each command is a module of its own, imported when somebody asks for it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NoReturn

import click

from sendgate.doors.cli.consoles import printing, tell, tell_of_help
from sendgate.doors.cli.failing import INTERRUPTED, failure, is_interrupt

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "init": "init",
        "check": "check",
        "dry-run": "dry_run",
        "explain": "explain",
        "preview": "preview",
        "compare": "compare",
        "tune": "tune",
        "plan": "plan",
        "replay": "replay",
        "train": "train",
        "evaluate": "evaluate",
        "import": "importing",
        "send": "send",
        "release": "release",
        "ledger": "ledger",
        "profile": "profile",
        "unsubscribe": "unsubscribe",
        "forget": "forget",
        "export": "exporting",
        "schema": "schema",
    }
)
"""The commands, in the order in which people need them, with their modules."""


class Commands(click.Group):
    """Commands that are imported when they are needed, and errors that are told in a line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        return _loaded(cmd_name) if cmd_name in COMMANDS else None

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the options; this is where click prints the help."""
        with printing():
            return super().make_context(info_name, args, parent, **extra)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first word names."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from sendgate.policy.suggestions import suggest

            ctx.fail(f"no such command `{args[0]}` ({suggest(args[0], COMMANDS)})")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command, and turn what went wrong into words and an exit status."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _stopped(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001  the last door: a user gets a line, not a traceback
            if is_interrupt(error):
                _stopped(ctx)
            ctx.exit(failure(error))


@cache
def _loaded(name: str) -> click.Command:
    """Import a command, once: what is wrapped again at every use becomes too deep to call in the end."""
    return tell_of_help(importlib.import_module(f"{__name__}.{COMMANDS[name]}").command)


def _stopped(ctx: click.Context) -> NoReturn:
    tell("stopped")
    ctx.exit(INTERRUPTED)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sendgate")
def cli() -> None:
    """Decide who should hear from you now, and say why.

    Start with `sendgate init my-family`. Exit status: 0 done; 1 done, but rows were rejected; 2 the input or the
    configuration is wrong, and nothing was done.
    """


def main() -> None:
    """Run the command line: the console script ``sendgate``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # what a terminal cannot show must not stop a run
    cli(prog_name="sendgate", color=False if os.environ.get("NO_COLOR") else None)
