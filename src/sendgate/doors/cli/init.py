"""``sendgate init``: a working family to start from."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
from pathlib import Path

import click

from sendgate import shipped
from sendgate.doors.cli.consoles import give
from sendgate.errors import InputError, in_words
from sendgate.model.times import counted

_IGNORED = """\
# Secrets, and what sendgate remembers of people: neither belongs into a repository.
sendgate.keys
sendgate.db*
sendgate.journal*
outbox/
"""
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.py", "*.pyc", ".*")


@click.command("init", short_help="Make a working family to start from.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def command(folder: Path) -> None:
    """Make a working family in DIR: policy, campaigns, templates, sample people and events, and a secret of its own.

    DIR must not exist, or be empty.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"`{folder}` is not empty: nothing was written")
    try:
        _copy(folder)
    except OSError as error:
        raise InputError(f"`{folder}` cannot be written: {in_words(error)}") from error
    give(_next_steps(folder))


def _copy(folder: Path) -> None:
    """Copy everything beside its place first, so that a full disk leaves no half of a family."""
    from sendgate.wiring.house import KEYS

    draft = folder / ".sendgate-init"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(shipped.TEMPLATES, draft / "templates", ignore=_NOT_COPIED)
        shutil.copytree(shipped.SAMPLE_FAMILY, draft, ignore=_NOT_COPIED, dirs_exist_ok=True)
        (draft / ".gitignore").write_text(_IGNORED, encoding="utf-8")
        _write_keys(draft / KEYS)
        for path in draft.iterdir():
            path.rename(folder / path.name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_keys(path: Path) -> None:
    """Write a secret that nobody else may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"k1:{secrets.token_hex(32)}\n")


def _next_steps(folder: Path) -> str:
    files = f"--people people.csv --events events.csv --now {shipped.SAMPLE_NOW}"
    names = sorted(path.stem for path in (folder / "campaigns").glob("*.yaml"))
    campaign = "duvets" if "duvets" in names else next(iter(names), "CAMPAIGN")
    listed = "\n".join(f"  {line}" for line in _contents(folder))
    return (
        f"made a family in {folder}:\n{listed}\n\n"
        f"next:\n"
        f"  cd {shlex.quote(str(folder))}\n"
        f"  sendgate check\n"
        f"  sendgate dry-run {campaign} --audience audience.csv {files}\n"
        f"  sendgate explain {campaign} --person anna {files}\n\n"
        f"the sample ends at {shipped.SAMPLE_NOW}; leave --now out for lists of your own\n\n"
        f"and to send for real, into the folder `outbox` at first:\n"
        f"  sendgate import --people people.csv --events events.csv\n"
        f"  sendgate send thank-you --audience recent-buyers.csv\n"
        f"  sendgate ledger status"
    )


def _contents(folder: Path) -> list[str]:
    paths = sorted(folder.iterdir(), key=lambda path: (path.is_file(), path.name))
    return [
        f"{path.name}/  {counted(len(list(path.iterdir())), 'file')}" if path.is_dir() else path.name for path in paths
    ]
