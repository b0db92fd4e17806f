"""A page where people leave: ``python page.py FAMILY [PORT]`` serves it on this machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import make_server

from sendgate.errors import TokenError
from sendgate.mail.unsubscribing import Claim
from sendgate.model.keys import Keyring
from sendgate.ports import Happening, Store
from sendgate.wiring.house import House

BUTTON = '<form method="post"><button>Unsubscribe from {brand}</button></form>'


class Page:
    """Shows a button to whoever follows a link, and takes the POST of a button or of a mailbox provider."""

    def __init__(self, store: Store, keyring: Keyring, clock: Callable[[], float]) -> None:
        self._store, self._keyring, self._clock = store, keyring, clock

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer one request, as WSGI has it."""
        token = parse_qs(environ.get("QUERY_STRING", "")).get("token", [""])[0]
        status, words = self._answer(environ["REQUEST_METHOD"], token)
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Referrer-Policy", "no-referrer")]
        start_response(status, headers)
        return [f"<!DOCTYPE html><title>Unsubscribe</title><p>{words}".encode()]

    def _answer(self, method: str, token: str) -> tuple[str, str]:
        try:
            claim = Claim.read(token, self._keyring)
            if method != "POST":  # scanners follow every link in a mail: looking changes nothing
                return "200 OK", BUTTON.format(brand=escape(claim.brand))
            entry = self._store.entry(claim.key)
            if entry is None:
                return "404 Not Found", "This link is too old. Please write to us."
            self._store.record([Happening(entry.person, claim.event(entry, self._clock()))])
        except TokenError:
            return "400 Bad Request", "This is not a link that we sent."
        return "200 OK", "Done. You will not hear from us again."


if __name__ == "__main__":
    port = int(sys.argv[2]) if sys.argv[2:] else 8000
    with House(Path(sys.argv[1]) / "sendgate.yaml") as house:
        make_server("127.0.0.1", port, Page(house.store, house.keyring, time.time)).serve_forever()
