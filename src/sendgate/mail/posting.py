"""A rendered message and a person's address become a parcel that a provider can carry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime

from sendgate.errors import ConfigurationError, MailError, Mistake
from sendgate.mail.letter import Letter
from sendgate.mail.mailboxes import Mailbox, refuse_tricky_address
from sendgate.mail.proof import refuse_misread
from sendgate.mail.unsubscribing import Claim, Scope, mail_link, web_link
from sendgate.model.addresses import E164
from sendgate.model.campaigns import Brand, Campaign, Channel, Family, Purpose
from sendgate.model.keys import Keyring
from sendgate.model.people import ADDRESS_OF, Profile
from sendgate.ports import Parcel
from sendgate.rendering.context import NO_UNSUBSCRIBE_URL
from sendgate.rendering.message import Email, Message, Push, Sms

KEY_HEADER = "X-Sendgate-Key"
"""The header that carries the message's key: bounces and complaints often come with it."""

_PUSH_TOKEN = re.compile(r"[!-~]{1,4096}")


class Post:
    """Makes parcels of the messages of one campaign. Made once; may serve several threads.

    ``keyring`` signs the links to unsubscribe. ``trial``: nothing leaves the house, so a marketing message may go
    without such a link. Raises ConfigurationError with everything that the campaign lacks.
    """

    def __init__(
        self, family: Family, campaign: Campaign, keyring: Keyring | None = None, *, trial: bool = False
    ) -> None:
        self._family, self._campaign, self._keyring, self._trial = family, campaign, keyring, trial
        self._brand = family.brands.get(campaign.brand) or Brand(campaign.brand)
        mistakes = [*self._mistakes()]
        if mistakes:
            raise ConfigurationError(mistakes)
        self._sender = Mailbox.parse(self._brand.sender) if campaign.channel is Channel.EMAIL else Mailbox("")
        self._feedback_id = _feedback_id(family, campaign)

    def unsubscribe_url(self, key: str, scope: Scope = Scope.BRAND) -> str:
        """Give the link that a template prints: the page of the brand with a token, or else a mail to write."""
        if not self._keyring or not (self._brand.unsubscribe_url or self._brand.unsubscribe_mailto):
            return NO_UNSUBSCRIBE_URL
        token = Claim(key, scope, self._brand.key).token(self._keyring)
        if self._brand.unsubscribe_url:
            return web_link(self._brand.unsubscribe_url, token)
        return mail_link(self._brand.unsubscribe_mailto, token)

    def parcel(self, key: str, profile: Profile, message: Message, now: float) -> Parcel:
        """Make a parcel for a person, dated ``now`` (epoch seconds). The same arguments give the same bytes.

        Raises MailError, which shows no address, where the message would not arrive as it was meant.
        """
        self._refuse_dead_link(message)
        recipient = self._recipient(profile)
        content = self._mail(key, recipient, message, now) if isinstance(message, Email) else message
        return Parcel(key, self._campaign.name, self._campaign.channel, self._sender.address, recipient, content)

    def _recipient(self, profile: Profile) -> str:
        column = ADDRESS_OF[self._campaign.channel]
        address = profile[column]
        if not address:
            raise MailError(f"the person has no `{column}`")
        _REFUSE[self._campaign.channel](address)
        return address

    def _refuse_dead_link(self, message: Message) -> None:
        if not self._trial and any(NO_UNSUBSCRIBE_URL in part for part in _said(message)):
            raise MailError("the link to unsubscribe leads nowhere: the brand has no `unsubscribe_url`")

    def _mail(self, key: str, recipient: str, message: Email, now: float) -> bytes:
        letter = Letter(
            self._sender, Mailbox(recipient), message.subject, tuple(self._fields(key, now)),
            message.text, message.html,
        )  # fmt: skip
        content = letter.written()
        refuse_misread(letter, content)
        return content

    def _fields(self, key: str, now: float) -> Iterator[tuple[str, str]]:
        yield "Date", format_datetime(datetime.fromtimestamp(int(now), UTC))
        # From the key: a server or a mailbox that sees a message twice can tell.
        yield "Message-ID", f"<{key}@{self._sender.domain}>"
        if self._campaign.purpose is not Purpose.TRANSACTIONAL:
            yield from self._ways_out(key)
        yield "Feedback-ID", self._feedback_id
        yield KEY_HEADER, key

    def _ways_out(self, key: str) -> Iterator[tuple[str, str]]:
        """Give what RFC 2369 and RFC 8058 call one-click unsubscription: mailbox providers make a button of it."""
        if not self._keyring:
            return
        token = Claim(key, Scope.BRAND, self._brand.key).token(self._keyring)
        web = [web_link(self._brand.unsubscribe_url, token)] if self._brand.unsubscribe_url else []
        mail = [mail_link(self._brand.unsubscribe_mailto, token)] if self._brand.unsubscribe_mailto else []
        if web or mail:
            yield "List-Unsubscribe", ", ".join(f"<{link}>" for link in (*web, *mail))
        if web:
            yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"

    def _mistakes(self) -> Iterator[Mistake]:
        who = f"brand `{self._brand.key}`"
        if self._campaign.channel is Channel.EMAIL:
            yield from _sender_mistakes(who, self._brand.sender)
        links = self._brand.unsubscribe_url or self._brand.unsubscribe_mailto
        if links and not self._keyring:
            yield Mistake(who, "there is no secret to sign the links to unsubscribe with")
        marketing = self._campaign.purpose is not Purpose.TRANSACTIONAL
        if marketing and not links and not self._trial and self._campaign.channel is Channel.EMAIL:
            hint = "give the brand or the family an `unsubscribe_url`"
            yield Mistake(who, "marketing mail needs a way to unsubscribe", help=hint)


def _sender_mistakes(who: str, sender: str) -> Iterator[Mistake]:
    if not sender:
        yield Mistake(who, "mail needs a sender", help="`sender: Harbor Home <hello@harbor.example>`")
        return
    try:
        Mailbox.parse(sender)
    except MailError as error:
        yield Mistake(who, f"mail cannot come from `{sender}`: {error}")


def _said(message: Message) -> tuple[str, ...]:
    match message:
        case Email():
            return message.html, message.text
        case Sms():
            return (message.text,)
        case Push():
            return message.body, message.link


def _refuse_odd_phone(number: str) -> None:
    if not E164.fullmatch(number):
        raise MailError("the phone number is not in the form +4915112345678 (E.164)")


def _refuse_odd_token(token: str) -> None:
    if not _PUSH_TOKEN.fullmatch(token):
        raise MailError("the push token holds spaces or letters beyond ASCII")


_REFUSE: dict[Channel, Callable[[str], None]] = {
    Channel.EMAIL: refuse_tricky_address,
    Channel.SMS: _refuse_odd_phone,
    Channel.PUSH: _refuse_odd_token,
}


def _feedback_id(family: Family, campaign: Campaign) -> str:
    """Name what complaints are counted by: ``campaign:brand:purpose:family``, in the alphabet that Gmail reads.

    The last part, by which it knows the sender, has 5 to 15 characters:
    https://support.google.com/mail/answer/6254652
    """
    parts = (campaign.name, campaign.brand, campaign.purpose.value)
    return ":".join([*(_word(part)[:64] for part in parts), _word(family.name)[:15].ljust(5, "_")])


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "_", text) or "_"
