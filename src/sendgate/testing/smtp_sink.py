"""A mail server on this machine that takes mail into memory, and makes trouble at any stage when told to."""

from __future__ import annotations

import base64
import re
import socket
import ssl
import struct
from collections.abc import Mapping
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import BinaryIO, NamedTuple, Self

from sendgate.testing.providers import Taken

_KEY = re.compile(rb"^X-Sendgate-Key: (\S+)\r$", re.MULTILINE)
STAGES = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "dot")
_STAGE_OF = {"HELO": "ehlo", "EHLO": "ehlo", "STARTTLS": "starttls", "AUTH": "auth", "MAIL": "mail", "RCPT": "rcpt",
             "DATA": "data"}  # fmt: skip


class Trouble(NamedTuple):
    """What happens instead of the usual answer."""

    stage: str
    """One of STAGES."""
    act: str
    """A whole reply (``451 later``); ``reset``; ``hang``: read on and say nothing; ``deaf``: not even read."""
    taken: bool = False
    """At the dot: the message is taken all the same."""


class _HungUpError(Exception):
    """The conversation is over."""


class SmtpSink:
    """Listens on a free port of the loopback interface while its block lasts.

    ``context`` offers STARTTLS with a certificate (or TLS from the first byte, with ``implicit``); ``users`` asks for a
    name and a password. Troubles are played once each, in the order in which they were made.
    """

    def __init__(
        self,
        context: ssl.SSLContext | None = None,
        *,
        implicit: bool = False,
        users: Mapping[str, str] | None = None,
        size: int = 0,
    ) -> None:
        self._context, self._implicit, self._users, self._size = context, implicit, dict(users or {}), size
        self._lock = Lock()
        self._troubles: list[Trouble] = []
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.taken: list[Taken] = []
        self.commands: list[str] = []
        """What clients said, bodies apart."""
        self.connections = 0
        self.attempts = 0
        """How many times MAIL was said."""
        self.ended = Event()
        """Set when its block ends."""
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        self._threads.append(Thread(target=self._listen))
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.ended.set()
        self.hang_up()
        for thread in self._threads:
            thread.join()

    def trouble(self, name: str) -> None:
        """Make trouble: ``rcpt: 550 unknown``, ``dot: reset``, ``dot: taken, hang``."""
        stage, _, act = name.partition(": ")
        self._troubles.append(Trouble(stage, act.removeprefix("taken, "), act.startswith("taken, ")))

    def hang_up(self) -> None:
        """End all conversations, as a server does that is started anew."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            self._threads.append(Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with suppress(OSError, _HungUpError):
                _Conversation(self, connection).run()
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    # What conversations ask.

    def due(self, stage: str) -> Trouble | None:
        """Give, once, the trouble that is to be made at a stage."""
        with self._lock:
            if self._troubles and self._troubles[0].stage == stage:
                return self._troubles.pop(0)
        return None

    def heard(self, command: str) -> None:
        """Note a command."""
        with self._lock:
            self.commands.append(command)
            self.attempts += command.upper().startswith("MAIL")

    def take(self, recipient: str, content: bytes) -> None:
        """Take a message."""
        key = _KEY.search(content)
        with self._lock:
            self.taken.append(Taken(key[1].decode() if key else "", recipient, content))

    def secured(self, connection: socket.socket) -> socket.socket:
        """Encrypt a connection."""
        assert self._context
        wrapped = self._context.wrap_socket(connection, server_side=True)
        with self._lock:
            self._open.discard(connection)
            self._open.add(wrapped)
        return wrapped

    def knows(self, user: str, password: str) -> bool:
        """Tell whether they belong together."""
        return self._users.get(user) == password

    @property
    def extensions(self) -> list[str]:
        """What it offers on a plain connection."""
        offers = ["sink", *(["STARTTLS"] if self._context and not self._implicit else [])]
        return [*offers, *(["AUTH PLAIN"] if self._users else []), *([f"SIZE {self._size}"] if self._size else [])]

    @property
    def implicit(self) -> bool:
        """Whether it encrypts from the first byte."""
        return self._implicit


class _Conversation:
    """One connection: reads commands, and answers."""

    def __init__(self, sink: SmtpSink, connection: socket.socket) -> None:
        self._sink = sink
        self._raw = connection
        self._connection = sink.secured(connection) if sink.implicit else connection
        self._lines: BinaryIO = self._connection.makefile("rb")
        self._recipient = ""

    def run(self) -> None:
        """Talk until the other side, or a trouble, ends it."""
        try:
            self._answer("connect", "220 sink")
            while line := self._lines.readline():
                self._obey(line.decode("utf-8", "replace").rstrip("\r\n"))
        finally:
            self._lines.close()
            if self._connection is not self._raw:
                self._connection.close()

    def _obey(self, command: str) -> None:
        self._sink.heard(command)
        verb = command.partition(" ")[0].upper()
        stage = _STAGE_OF.get(verb, "")
        usual = getattr(self, f"_{verb.lower()}", lambda _: "250 ok")(command)
        if self._answer(stage, usual) and usual.startswith("354"):
            self._message()
        elif usual.startswith("220"):
            self._connection = self._sink.secured(self._connection)
            self._lines = self._connection.makefile("rb")
        elif verb == "QUIT":
            raise _HungUpError

    def _answer(self, stage: str, usual: str, *, content: bytes | None = None) -> bool:
        """Answer as usual, or with the trouble that is due; tell whether it was as usual."""
        trouble = self._sink.due(stage)
        if content is not None and (usual if not trouble else trouble.taken and usual):
            self._sink.take(self._recipient, content)
        if trouble:
            self._make(trouble.act)
            return False
        self._say(usual)
        return True

    def _make(self, act: str) -> None:
        if act == "reset":
            linger = struct.pack("ii", 1, 0)  # closing sends a RST, not a FIN
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            raise _HungUpError
        if act == "deaf":
            self._sink.ended.wait()
            raise _HungUpError
        if act == "hang":
            while self._connection.recv(65_536):  # until the other side has had enough
                pass
            raise _HungUpError
        self._say(act)
        if act.startswith("421"):
            raise _HungUpError

    def _say(self, text: str) -> None:
        self._connection.sendall(text.replace("\n", "\r\n").encode() + b"\r\n")

    def _ehlo(self, command: str) -> str:
        offers = self._sink.extensions
        dashes = [*("-" for _ in offers[1:]), " "]
        return "\n".join(f"250{dash}{offer}" for dash, offer in zip(dashes, offers, strict=True))

    def _starttls(self, command: str) -> str:
        return "220 go ahead"

    def _auth(self, command: str) -> str:
        _, user, password = base64.b64decode(command.split()[2]).decode().split("\0")
        return "235 welcome" if self._sink.knows(user, password) else f"535 5.7.8 {user} {password} is not known"

    def _rcpt(self, command: str) -> str:
        self._recipient = command.removeprefix("RCPT TO:<").removesuffix(">")
        return "250 ok"

    def _data(self, command: str) -> str:
        return "354 go on"

    def _quit(self, command: str) -> str:
        return "221 bye"

    def _message(self) -> None:
        if trouble := self._sink.due("body"):
            self._lines.read(1)
            self._make(trouble.act)
        lines = []
        while (line := self._lines.readline()) != b".\r\n":
            if not line:
                raise _HungUpError  # without its end there is no message
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self._answer("dot", "250 2.0.0 Ok: queued as 4F1D2A", content=b"".join(lines))
