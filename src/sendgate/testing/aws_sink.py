"""SES and SNS on this machine, as far as sending goes: takes messages into memory, and makes trouble when told to."""

from __future__ import annotations

import base64
import json
import socket
import struct
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Self
from urllib.parse import parse_qs

from sendgate.testing.providers import Taken

_SES = "/v2/email/outbound-emails"
_XML = """<?xml version="1.0"?><PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
<MessageId>fake-{}</MessageId></PublishResult></PublishResponse>"""
_XML_ERROR = """<?xml version="1.0"?><ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error>
<Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"""


class AwsSink:
    """Listens on a free port of the loopback interface while its block lasts.

    Troubles are played once each, in order: ``429 TooManyRequestsException``, ``500 InternalFailure``, ``reset``,
    ``hang``, ``garbage``; with ``taken, `` before it the message is taken all the same.
    """

    def __init__(self, words: str = "nobody can say") -> None:
        """``words`` is what the service says beside the code of an error."""
        self.words = words
        self.taken: list[Taken] = []
        self.requests: list[dict[str, Any]] = []
        """What was asked: the JSON of SES, the form of SNS."""
        self._lock = Lock()
        self._troubles: list[str] = []
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    @property
    def attempts(self) -> int:
        """How many requests there were."""
        return len(self.requests)

    def trouble(self, name: str) -> None:
        """Make trouble for the next request."""
        self._troubles.append(name)

    # What requests ask.

    def heard(self, request: dict[str, Any]) -> str:
        """Note a request, and give the trouble that is due."""
        with self._lock:
            self.requests.append(request)
            return self._troubles.pop(0) if self._troubles else ""

    def take(self, taken: Taken) -> int:
        """Take a message, and give its number."""
        with self._lock:
            self.taken.append(taken)
            return len(self.taken)


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, sink: AwsSink) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.sink = sink
        self._open: set[socket.socket] = set()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, until either side ends it."""
        self._open.add(request)
        super().process_request_thread(request, client_address)
        self._open.discard(request)

    def hang_up(self) -> None:
        """End the connections that clients have kept."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no error here."""


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        ses = self.path == _SES
        request = json.loads(body) if ses else {name: values[0] for name, values in parse_qs(body.decode()).items()}
        trouble = self.server.sink.heard(request)
        taken = trouble.startswith("taken, ") or not trouble
        number = self.server.sink.take(_of_ses(request) if ses else _of_sns(request)) if taken else 0
        if trouble:
            self._make(trouble.removeprefix("taken, "), ses=ses)
        else:
            self._answer(200, json.dumps({"MessageId": f"fake-{number}"}) if ses else _XML.format(number))

    def _make(self, act: str, *, ses: bool) -> None:
        if act in {"reset", "hang"}:
            self.close_connection = True
            if act == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            else:
                self.connection.recv(1)  # until the other side has had enough
            return
        if act == "garbage":
            self._answer(200, "<not what was meant")
            return
        status, _, code = act.partition(" ")
        said = self.server.sink.words
        body = json.dumps({"message": said}) if ses else _XML_ERROR.format(code, said)
        self._answer(int(status), body, {"x-amzn-ErrorType": code})

    def _answer(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is that of the library
        """Say nothing."""


def _of_ses(request: dict[str, Any]) -> Taken:
    tags = {tag["Name"]: tag["Value"] for tag in request.get("EmailTags", ())}
    (recipient,) = request["Destination"]["ToAddresses"]
    return Taken(tags.get("sendgate-key", ""), recipient, base64.b64decode(request["Content"]["Raw"]["Data"]))


def _of_sns(request: dict[str, Any]) -> Taken:
    return Taken("", request["PhoneNumber"], request["Message"].encode())
