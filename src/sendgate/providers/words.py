"""What a provider said, in a form that may be written down: one line, short, and without addresses."""

from __future__ import annotations

import re
from contextlib import suppress

from sendgate.errors import MailError
from sendgate.mail.mailboxes import refuse_tricky_address
from sendgate.ports import Parcel

_ADDRESS = re.compile(r"[^\s<>\"'(),;:=]+@[^\s<>\"'(),;:]+")
_NUMBER = re.compile(r"\+\d{6,}|\b\d{9,}\b")
_UNSEEN = re.compile(r"[^ -~]+")
_LONGEST = 200
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


def scrubbed(said: str | bytes, *private: str) -> str:
    """Take addresses, long numbers and the given texts out of what a provider said, and make one line of it."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    for secret in filter(None, private):
        text = text.replace(secret, "<address>")
    text = _UNSEEN.sub(" ", _NUMBER.sub("<number>", _ADDRESS.sub("<address>", text)))
    return " ".join(text.split())[:_LONGEST]


def unfit_mail(parcel: Parcel) -> str:
    """Say why a parcel cannot be carried as e-mail; empty where it can. Parcels may come from other code than ours."""
    if not isinstance(parcel.content, bytes) or not parcel.content:
        return "it is not an e-mail"
    if not _KEY.fullmatch(parcel.key):
        return "its key is not one"
    with suppress(MailError):
        refuse_tricky_address(parcel.recipient)
        refuse_tricky_address(parcel.sender)
        return ""
    return "servers do not read its addresses alike"


def unfit_key(parcel: Parcel) -> str:
    """Say why a parcel cannot be named by its key; empty where it can."""
    return "" if _KEY.fullmatch(parcel.key) else "its key is not one"
