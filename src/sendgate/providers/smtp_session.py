"""One connection to a mail server, driven by hand: so that arming comes between the body and the dot that ends it."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from socket import IPPROTO_TCP, MSG_PEEK, TCP_NODELAY, socket
from typing import NoReturn

from sendgate.ports import Answer, Parcel, Receipt
from sendgate.providers.words import scrubbed

_QUEUED = re.compile(r"(?:queued as|queued|id=|message accepted for delivery:?)\s*<?([A-Za-z0-9._@+-]+)", re.IGNORECASE)
_FATAL = frozenset({530, 534, 535, 538})
"""Authentication is missing or not strong enough (RFC 4954): so it will be for every other message."""
_TOO_LARGE = 552
_BYE = 421
_GOODBYE = 2.0
"""Seconds to wait for the answer to ours."""


@dataclass(frozen=True)
class Server:
    """A mail server and how to speak to it."""

    host: str
    port: int
    tls: bool
    """Encrypted from the first byte (smtps)."""
    starttls: bool
    """Encrypted before the first message; without it nothing is sent."""
    timeout: float
    """Seconds to wait for each answer."""
    helo: str | None
    """The name that we give; None: the name of this machine."""
    trusted: ssl.SSLContext | None = field(repr=False)
    """Whose certificates are believed; None where nothing is encrypted."""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


class RebuffedError(Exception):
    """The message was certainly not taken."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.detail)
        self.receipt = receipt


class Session:
    """A connection that is open, and greeted. ``alive`` is False once it cannot carry another message."""

    def __init__(self, server: Server) -> None:
        """Connect, encrypt and log in. Raises RebuffedError."""
        self.alive = True
        self._smtp = _connected(server)
        try:
            self._socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)  # the final dot must not wait for an ACK
            self._greet(server)
        except (OSError, ValueError) as error:
            self.close()
            raise RebuffedError(_unreached(error)) from None
        except BaseException:
            self.close()
            raise

    @property
    def _socket(self) -> socket:
        if self._smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        return self._smtp.sock

    def _greet(self, server: Server) -> None:
        self._hello()
        if server.starttls:
            if not self._smtp.has_extn("starttls"):
                raise RebuffedError(Receipt(Answer.STOPPED, detail="the mail server offers no encryption (STARTTLS)"))
            self._smtp.starttls(context=server.trusted)
            self._hello()
        if server.user:
            self._login(server)

    def _hello(self) -> None:
        code, words = self._smtp.ehlo()
        if not _positive(code):
            code, words = self._smtp.helo()
        if not _positive(code):
            self._rebuff(code, words, stops=True)

    def _login(self, server: Server) -> None:
        try:
            self._smtp.login(server.user, server.password)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPResponseException as error:
            answer = Answer.NOT_SENT if _transient(error.smtp_code) else Answer.STOPPED
            # Not in the server's words: it may repeat what we said.
            detail = f"{error.smtp_code}: the mail server refuses user and password"
            raise RebuffedError(Receipt(answer, detail=detail)) from None
        except smtplib.SMTPException:
            detail = "the mail server offers no way to log in that we know"
            raise RebuffedError(Receipt(Answer.STOPPED, detail=detail)) from None

    def begin(self, parcel: Parcel) -> None:
        """Name the sender. Raises RebuffedError: whom a server does not take mail from, it takes none from."""
        size = f" SIZE={len(_content(parcel))}" if self._smtp.has_extn("size") else ""
        self._ask(f"MAIL FROM:<{parcel.sender}>{size}", parcel, stops=True)

    def offer(self, parcel: Parcel) -> None:
        """Name the recipient, and hand over all of the message but the dot that ends it. Raises RebuffedError."""
        self._ask(f"RCPT TO:<{parcel.recipient}>", parcel)
        self._ask("DATA", parcel, expected=3)
        try:
            self._smtp.send(_stuffed(_content(parcel)))
            there = self._listens()
        except OSError:
            self._lose()
        if not there:
            self._lose()

    def _listens(self) -> bool:
        """Tell whether the server still listens, as far as one can see without asking.

        It must neither have hung up nor have spoken: what it said too early would be taken for its answer to the dot.
        """
        patience = self._socket.gettimeout()
        self._socket.settimeout(0)
        try:
            heard = self._smtp.file.peek(1) if self._smtp.file else b""
            if not heard and not isinstance(self._socket, ssl.SSLSocket):  # plain: the end, or nothing yet
                self._socket.recv(1, MSG_PEEK)
        except (BlockingIOError, ssl.SSLWantReadError):
            self._socket.settimeout(patience)
            return True
        return False

    def commit(self, parcel: Parcel) -> Receipt:
        """End the message. From here on the server may have taken it, whatever happens."""
        try:
            self._smtp.send(b".\r\n")
            code, words = self._smtp.getreply()
        except OSError:
            self.close()
            return Receipt(Answer.UNKNOWN, detail="the connection was lost after the whole message was handed over")
        said = f"{code} {scrubbed(words, parcel.recipient)}"
        if _positive(code):
            queued = _QUEUED.search(words.decode("ascii", "replace"))
            return Receipt(Answer.ACCEPTED, queued[1].rstrip(".") if queued else "", said)
        if not (_transient(code) or _permanent(code)):
            self.close()
            return Receipt(Answer.UNKNOWN, detail=f"an answer that means nothing: {said}")
        if code == _BYE:
            self.close()
        return Receipt(_answer(code), detail=said)

    def close(self) -> None:
        """Hang up. A message without its dot is discarded by the server (RFC 5321 section 4.1.1.4)."""
        self.alive = False
        self._smtp.close()

    def quit(self) -> None:
        """Say goodbye, and hang up."""
        with suppress(OSError):
            self._socket.settimeout(_GOODBYE)
            self._smtp.docmd("QUIT")
        self.close()

    def _ask(self, command: str, parcel: Parcel, *, expected: int = 2, stops: bool = False) -> None:
        try:
            code, words = self._smtp.docmd(command)
        except OSError:
            self._lose()
        if code // 100 != expected:
            self._rebuff(code, words, parcel.recipient, stops=stops)

    def _rebuff(self, code: int, words: bytes, private: str = "", *, stops: bool = False) -> NoReturn:
        """Say what the server said, and make the connection ready for the next message."""
        receipt = Receipt(_answer(code, stops=stops), detail=f"{code} {scrubbed(words, private)}")
        if code == _BYE or not (_transient(code) or _permanent(code)):
            self.close()
        else:
            self._reset()
        raise RebuffedError(receipt)

    def _reset(self) -> None:
        try:
            if not _positive(self._smtp.docmd("RSET")[0]):
                self.close()
        except OSError:
            self.close()

    def _lose(self) -> NoReturn:
        self.close()
        raise RebuffedError(Receipt(Answer.NOT_SENT, detail="the connection was lost before the message was whole"))


def _connected(server: Server) -> smtplib.SMTP:
    try:
        if server.tls:
            return smtplib.SMTP_SSL(
                server.host, server.port, server.helo, timeout=server.timeout, context=server.trusted
            )
        return smtplib.SMTP(server.host, server.port, server.helo, timeout=server.timeout)
    except (OSError, ValueError) as error:
        raise RebuffedError(_unreached(error)) from None


def _unreached(error: Exception) -> Receipt:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
        return Receipt(_answer(error.smtp_code, stops=True), detail=f"{error.smtp_code} {scrubbed(words)}")
    cause = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
    if isinstance(error, ssl.SSLCertVerificationError):
        cause = f"its certificate is not to be trusted: {error.verify_message}"
    return Receipt(Answer.NOT_SENT, detail=f"the mail server cannot be reached: {scrubbed(cause)}")


def _answer(code: int, *, stops: bool = False) -> Answer:
    """Say what a refusal means. ``stops``: it is not about this message alone."""
    if not _permanent(code):
        return Answer.NOT_SENT
    if code in _FATAL or (stops and code != _TOO_LARGE):
        return Answer.STOPPED
    return Answer.REFUSED


def _positive(code: int) -> bool:
    return 200 <= code < 300  # noqa: PLR2004


def _transient(code: int) -> bool:
    return 400 <= code < 500  # noqa: PLR2004


def _permanent(code: int) -> bool:
    return 500 <= code < 600  # noqa: PLR2004


def _content(parcel: Parcel) -> bytes:
    return parcel.content if isinstance(parcel.content, bytes) else b""


def _stuffed(content: bytes) -> bytes:
    """Double the dots that begin a line, and end the last line (RFC 5321 section 4.5.2)."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"
