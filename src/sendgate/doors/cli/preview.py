"""``sendgate preview``: the message as one person would read it."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sendgate.doors.cli import options
from sendgate.doors.cli.consoles import give, tell, write
from sendgate.errors import InputError

if TYPE_CHECKING:
    from sendgate.doors.cli.one_person import OnePerson
    from sendgate.rendering.message import Message


@click.command("preview", short_help="Show the message that one person would get.")
@options.about_one_person
@click.option("--offer", metavar="NAME", help="Show this offer, whichever would be chosen.")
@click.option("--out", type=options.FILE, metavar="FILE", help="Write the message: .html, .txt, or .eml for mail.")
@click.option("--browser", is_flag=True, help="Show the message in the browser.")
@click.pass_context
def command(
    ctx: click.Context,
    campaign: str,
    person: str,
    people: tuple[Path, ...],
    events: tuple[Path, ...],
    policy: Path,
    now: float | None,
    offer: str | None,
    out: Path | None,
    *,
    browser: bool,
) -> None:
    """Show the message that one person would get, even where it would not be sent now.

    CAMPAIGN is a file, or the name of one in `campaigns` beside the policy. Without --out and --browser the text is
    printed.
    """
    from sendgate.doors.cli.one_person import decide_about

    if out and out.suffix not in {".html", ".txt", ".eml"}:
        raise InputError(f"`{out}` has no extension that says its format: expected .html, .txt or .eml")
    about = decide_about(campaign, person, people, events, policy, now)
    message = _message(about, offer)
    if out:
        write(out, _content(out, message, about))
        tell(f"written to {out}")
    if browser:
        _browse(_content(Path("preview.html"), message, about))
    if not (out or browser):
        _print(message)
    ctx.exit(about.status)


def _message(about: OnePerson, wanted: str | None) -> Message:
    """Give the message that would be sent, or that of the offer that is asked for."""
    from sendgate.policy.suggestions import suggest

    decision, message, _ = about.composed
    offers = {offer.name: offer for offer in about.setting.campaign.offers}
    if wanted is not None and wanted not in offers:
        raise InputError(f"there is no offer `{wanted}` in the campaign: {suggest(wanted, offers)}")
    tell(_standing(about), colour="" if message else "yellow")
    if message and wanted in {None, decision.offer}:
        return message
    return about.setting.composer.render(about.profile, decision, offers[wanted or decision.offer])


def _standing(about: OnePerson) -> str:
    """Say what the decision is."""
    decision = about.composed.decision
    if not decision.gate:
        return f"send {decision.offer} to {decision.person}: {decision.detail}"
    return f"not to be sent now ({decision.outcome.value}, {decision.gate}: {decision.detail})"


def _print(message: Message) -> None:
    from sendgate.report.page import text_page

    give(text_page(message).rstrip("\n"))


def _content(out: Path, message: Message, about: OnePerson) -> bytes:
    from sendgate.rendering.message import Email
    from sendgate.report.page import html_page, mail_file, text_page

    if out.suffix == ".html":
        return html_page(message, _standing(about)).encode()
    if out.suffix == ".txt":
        return text_page(message).encode()
    if not isinstance(message, Email):
        raise InputError(f"`{out}`: only mail can be written as .eml")
    brand = about.setting.policy.family.brands[about.setting.campaign.brand]
    return mail_file(message, brand.sender, about.profile["email"])


def _browse(content: bytes) -> None:
    with tempfile.NamedTemporaryFile(prefix="sendgate-preview-", suffix=".html", delete=False) as file:
        file.write(content)
    tell(f"opening {file.name}")
    webbrowser.open(Path(file.name).as_uri())
