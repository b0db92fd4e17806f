"""What ``explain`` and ``preview`` share: from options to a decision about one person, rendered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sendgate.doors.cli import options
from sendgate.doors.cli.accounts import status, tell_rejected
from sendgate.doors.cli.consoles import progress, tell
from sendgate.errors import UnknownPersonError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendgate.audience.run import Run
    from sendgate.model.people import Profile
    from sendgate.pipeline.composing import Composed
    from sendgate.wiring.settings import Setting

_REJECTIONS = 3
"""Rejected rows that are told one by one: here they are beside the point."""


@dataclass(frozen=True)
class OnePerson:
    """A decision about one person, with what it was made from."""

    setting: Setting
    profile: Profile
    composed: Composed
    status: int
    """The exit status that the files deserve."""


def decide_about(
    campaign: str, person: str, people: Sequence[Path], events: Sequence[Path], policy: Path, now: float | None
) -> OnePerson:
    """Read all files, decide, and render what was chosen. Raises ConfigurationError and InputError."""
    from sendgate.audience import open_run
    from sendgate.wiring.settings import read_setting

    at = options.present() if now is None else now
    with progress() as say:
        say("reading policy and campaign")
        setting = read_setting(campaign, policy)
        with open_run(now=at, people=people, events=events, progress=say) as run:
            profile = _profile(run, person)
            account = run.account
    tell_rejected(account, _REJECTIONS)
    return OnePerson(setting, profile, setting.composer(profile, at), status(account))


def _profile(run: Run, person: str) -> Profile:
    """Find a person. One whom no file knows is decided on an empty profile, as in a dry run."""
    from sendgate.wiring.settings import stranger

    try:
        return run.profile(person)
    except UnknownPersonError as error:
        tell(f"{error}; decided on an empty profile", colour="yellow")
        return stranger(person)
