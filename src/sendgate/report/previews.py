"""Messages as they would be sent, in frames that may do nothing."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser
from typing import NamedTuple

from sendgate.decide.plan import Plan
from sendgate.errors import RenderError
from sendgate.model.campaigns import Offer
from sendgate.model.decisions import Outcome
from sendgate.pipeline.composing import Composer
from sendgate.rendering.message import Email, Message
from sendgate.report.discretion import anonymous, without_addresses
from sendgate.report.page import body, lines
from sendgate.report.people import Explained
from sendgate.report.sampling import Decided

BYTES = 500_000
"""How much all messages of a page may take."""
EACH = 2
"""Messages for each offer."""

FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""Of the frame: no script, and nothing from the network. Pictures of a template are therefore not shown."""


class Preview(NamedTuple):
    """One message."""

    decided: Decided
    offer: str
    parts: Sequence[tuple[str, str]]
    """What an inbox shows, by name."""
    document: str
    """HTML for the frame."""
    styles: tuple[str, ...]
    """Hashes of its style sheets, as a content security policy writes them."""
    failure: str
    """Why it cannot be written; empty where it can."""


def previews(plan: Plan, composer: Composer, everybody: Sequence[Explained], *, addresses: bool) -> list[Preview]:
    """Render the chosen offers for some of those to whom they would be sent, some for each offer."""
    made: list[Preview] = []
    offers = {offer.name: offer for offer in plan.campaign.offers if offer.template}
    tried: Counter[str] = Counter()
    for one in everybody:
        name = one.decided.offer
        if one.decided.outcome is not Outcome.SEND or name not in offers or tried[name] >= EACH:
            continue
        tried[name] += 1
        preview = _preview(composer, one, offers[name], addresses=addresses)
        if sum(len(p.document) for p in (*made, preview)) <= BYTES:
            made.append(preview)
    order = list(offers)
    return sorted(made, key=lambda preview: order.index(preview.offer))


def _preview(composer: Composer, one: Explained, offer: Offer, *, addresses: bool) -> Preview:
    try:
        message = composer.render(one.profile if addresses else anonymous(one.profile), one.decision, offer)
    except RenderError as error:
        return Preview(one.decided, offer.name, (), "", (), str(error))
    document = _document(message)
    document = document if addresses else without_addresses(document)
    return Preview(one.decided, offer.name, lines(message), document, style_hashes(document), "")


def _document(message: Message) -> str:
    """Write the page in the frame; its policy stands before everything that a template wrote."""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{escape(FRAME_POLICY)}">'
    html = message.html if isinstance(message, Email) and message.html else _PLAIN.format(escape(body(message)))
    return f"<!doctype html>{policy}{html}"


_PLAIN = '<pre style="margin:24px;font:16px/1.5 system-ui,sans-serif;white-space:pre-wrap">{}</pre>'


class _Styles(HTMLParser):
    """Collects the text of style elements, as a browser sees it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "style":
            self._inside = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data


def style_hashes(html: str) -> tuple[str, ...]:
    """Find the style elements of a document, as sources for a content security policy."""
    parser = _Styles()
    parser.feed(html)
    parser.close()
    return tuple(source(text) for text in dict.fromkeys(parser.found))


def source(text: str) -> str:
    """Name a script or style sheet in a content security policy by its SHA-256."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
