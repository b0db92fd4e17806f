"""``smtp://user:password@host:587`` and ``smtps://``: a mail server, over connections that are kept.

Needs nothing beyond the standard library.
"""

from __future__ import annotations

import os
import ssl
from threading import Lock
from typing import ClassVar, Self

from sendgate.model.campaigns import Channel
from sendgate.ports import Answer, Arm, Parcel, Receipt
from sendgate.providers.place import LONGEST, Place, mistake, one_of, seconds
from sendgate.providers.smtp_session import RebuffedError, Server, Session
from sendgate.providers.words import unfit_mail

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"smtp": 587, "smtps": 465}


class Smtp:
    """Hands messages to one mail server. Each thread that sends has a connection of its own while it does."""

    channels: ClassVar = frozenset({Channel.EMAIL})

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = Lock()
        self._idle: list[Session] = []
        self._process = os.getpid()
        self._open = True

    @classmethod
    def at(cls, place: Place) -> Self:
        """Read the address of a server. Raises ConfigurationError."""
        return cls(_server(place))

    def send(self, parcel: Parcel, arm: Arm) -> Receipt:
        """Hand the message over, arm, and end it. Nothing is tried again once it is armed."""
        if reason := unfit_mail(parcel):
            return Receipt(Answer.REFUSED, detail=reason)
        try:
            session = self._offered(parcel)
        except RebuffedError as no:
            return no.receipt
        try:
            arm()
        except BaseException:
            session.close()
            raise
        receipt = session.commit(parcel)
        self._keep(session)
        return receipt

    def _offered(self, parcel: Parcel) -> Session:
        session = self._begun(parcel)
        try:
            session.offer(parcel)
        except RebuffedError:
            self._keep(session)
            raise
        except BaseException:
            session.close()
            raise
        return session

    def _begun(self, parcel: Parcel) -> Session:
        """Begin on a connection that is kept; where it died meanwhile, on a new one."""
        while session := self._take():
            try:
                session.begin(parcel)
            except RebuffedError:
                if session.alive:
                    self._keep(session)
                    raise
            else:
                return session
        session = Session(self._server)
        try:
            session.begin(parcel)
        except RebuffedError:
            self._keep(session)
            raise
        return session

    def _take(self) -> Session | None:
        with self._lock:
            if self._process != os.getpid():  # after a fork, connections are the parent's
                self._process, self._idle = os.getpid(), []
            return self._idle.pop() if self._idle else None

    def _keep(self, session: Session) -> None:
        if not session.alive:
            return
        with self._lock:
            if self._open:
                self._idle.append(session)
                return
        session.quit()

    def close(self) -> None:
        """Say goodbye on all connections; one that is in use is closed when it has done its work."""
        with self._lock:
            self._open, idle, self._idle = False, self._idle, []
        for session in idle:
            session.quit()

    def __repr__(self) -> str:
        return f"Smtp({self._server.host!r}, {self._server.port})"


def _server(place: Place) -> Server:
    place.allow("starttls", "timeout", "helo", "ca_file")
    if not place.host or place.path not in {"", "/"}:
        raise mistake(f"expected `{place.scheme}://host:port`", "such as smtp://mail.harbor.example:587")
    implicit = place.scheme == "smtps"
    starttls = (
        place.option("starttls", one_of(("required", "never")), "never" if implicit else "required") == "required"
    )
    if implicit and starttls:
        raise mistake("`smtps://` is encrypted from the first byte: it has no `starttls`")
    encrypted = implicit or starttls
    if not f"{place.user}{place.password}".isascii():
        raise mistake("user and password of a mail server must be ASCII")
    if place.password and not encrypted and place.host not in _LOOPBACK:
        raise mistake("a password would travel in the open", "leave out `starttls=never`")
    trusted = place.option("ca_file", _trusting, None) or ssl.create_default_context() if encrypted else None
    return Server(
        place.host, place.port or _PORTS[place.scheme], implicit, starttls, place.option("timeout", seconds, LONGEST),
        place.option("helo", _name, None), trusted, place.user, place.password,
    )  # fmt: skip


def _trusting(file: str) -> ssl.SSLContext | None:
    try:
        return ssl.create_default_context(cafile=file)
    except OSError as error:
        raise ValueError(f"no certificates can be read there: {error.strerror or 'not in PEM'}") from None


def _name(text: str) -> str | None:
    if not text.isascii() or not text.replace(".", "").replace("-", "").isalnum():
        raise ValueError("expected the name of a host")
    return text
