"""The text of a mail, made from its HTML, for whoever reads without pictures."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_SKIPPED = frozenset({"head", "script", "style", "title", "template", "svg", "noscript"})
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_PARAGRAPHS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "section", "article", "footer", "hr"}
)
_LINES = frozenset({"div", "tr", "li", "header", "center", "address", "dt", "dd"})
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f\u200b\u200c\u00ad\u034f]+")
"""White space and what is put after a preheader to fill the inbox's line. A no-break space is kept as a space."""
_BLANK_LINES = re.compile(r"\n{3,}")


class _Reader(HTMLParser):
    """Collects the text of a document, with the breaks that its elements make."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._skipping: list[str] = []
        self._link = ""
        self._link_from = 0
        self._numbers: list[int] = []
        """Of each list that is open the last number; -1 where it has none."""

    def text(self) -> str:
        lines = (" ".join(line.split(" ")).strip() for line in "".join(self._pieces).replace("\xa0", " ").split("\n"))
        return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._skipping or tag in _SKIPPED or "hidden" in given or _HIDDEN.search(given.get("style") or ""):
            if tag not in _VOID:
                self._skipping.append(tag)
            return
        self._break(tag)
        if tag == "a":
            self._link, self._link_from = (given.get("href") or "").strip(), len(self._pieces)
        elif tag == "img":
            self._say(given.get("alt") or "")
        elif tag == "li":
            self._pieces.append(self._bullet())
        elif tag in {"ul", "ol"}:
            self._numbers.append(0 if tag == "ol" else -1)

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            if tag in self._skipping:
                while self._skipping.pop() != tag:
                    pass
            return
        if tag == "a":
            self._leave_link()
        elif tag in {"ul", "ol"} and self._numbers:
            self._numbers.pop()
        if tag not in {"br", "hr"}:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._say(data)

    def _say(self, text: str) -> None:
        text = _SPACES.sub(" ", text)
        if text.startswith(" ") and (not self._pieces or self._pieces[-1].endswith((" ", "\n"))):
            text = text[1:]
        if text:
            self._pieces.append(text)

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS and not (tag in {"ul", "ol"} and self._numbers):
            self._pieces.append("\n\n")
        elif tag in _LINES or tag == "br":
            if tag == "br" or not (self._pieces and self._pieces[-1].endswith("\n")):
                self._pieces.append("\n")
        elif tag in {"td", "th"}:
            self._say(" ")

    def _bullet(self) -> str:
        if not self._numbers or self._numbers[-1] < 0:
            return "- "
        self._numbers[-1] += 1
        return f"{self._numbers[-1]}. "

    def _leave_link(self) -> None:
        """Put the address after the words, unless it says no more than they do."""
        said = "".join(self._pieces[self._link_from :]).strip()
        address = self._link.removeprefix("mailto:").removeprefix("tel:")
        if address and not address.startswith("#") and address not in said:
            self._say(f" ({address})" if said else address)
        self._link = ""


def plain_text(html: str) -> str:
    """Read HTML as text: paragraphs and lists keep their shape, links are ``words (address)``, hidden text is left out.

    It takes about as long as rendering ten mails; a template with a ``text`` block of its own saves that.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()
