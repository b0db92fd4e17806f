"""Where a message may lead: http and https, in a mail also mailto, tel, and a place in the mail itself."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from urllib.parse import urlsplit

from sendgate.rendering.budget import RefusedError

_ATTRIBUTE = re.compile(r"(href|srcset|src|action|background|poster|cite|data|longdesc|ping)\s*=\s*")
_BEFORE_ATTRIBUTE = (" ", "\n", '"', "'", "\t", "\r", "\f", "/", "xlink:", "form")
_VALUE = re.compile(r"""(?:"([^"]*)"|'([^']*)'|([^\s>]*))""")
_STYLE = re.compile(r"""url\s*\(\s*["']?([^"')]*)""")
_REFRESH = re.compile(r"""http-equiv\s*=\s*["']?\s*refresh""")
_UNSEEN = re.compile("[\x00-\x20\x7f-\xa0\\\\\u2028\u2029]")
"""Spaces, control characters and backslashes: browsers drop or turn them, and so read another link than we do."""

_LOADING = frozenset({"src", "srcset", "background", "poster"})


def refuse_bad_link(link: str) -> None:
    """Raise RefusedError unless the link is http or https with a plain host name."""
    if _UNSEEN.search(link) or not _web(link):
        raise RefusedError(f"bad link: `{link[:80]}` (only http and https links with a host are sent)")


def refuse_bad_links(html: str) -> None:
    """Raise RefusedError for the first link in the HTML that leads where no message may lead.

    Every place is looked at that reads like an attribute with a link in it, whatever surrounds it. That sees all that
    an HTML parser sees and a little more, at a tenth of its time, which counts once for each message.
    """
    low = html.lower()
    for found in _ATTRIBUTE.finditer(low):
        if low.endswith(_BEFORE_ATTRIBUTE, 0, found.start()):
            value = _VALUE.match(low, found.end())
            _refuse(found[1], value[value.lastindex or 0] if value else "")
    for found in _STYLE.finditer(low):
        _refuse("src", found[1])
    if _REFRESH.search(low):
        raise RefusedError("bad link: a page that moves on by itself (http-equiv refresh)")


@lru_cache(maxsize=8_192)
def _refuse(attribute: str, value: str) -> None:
    """Judge one attribute. Most links are the same for everybody, so the answer is kept."""
    links = _candidates(value) if attribute == "srcset" else [unescape(value).strip(" ")]
    for link in links:
        if _UNSEEN.search(link) or not (_web(link) or _inner(attribute, link)):
            raise RefusedError(f"bad link: `{link[:80]}` in `{attribute}` (only http and https links are sent)")


def _candidates(srcset: str) -> list[str]:
    return [part.split()[0] if part.split() else "" for part in unescape(srcset).split(",")]


def _inner(attribute: str, link: str) -> bool:
    """Tell whether it is one of the few other links that a mail may have."""
    scheme = link.partition(":")[0].lower()
    if attribute == "href":
        return link.startswith("#") or scheme in {"mailto", "tel"}
    return attribute in _LOADING and scheme == "cid"  # an image that travels with the mail


def _web(link: str) -> bool:
    try:
        parts = urlsplit(link)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return False
    # A name before the host (https://bank.example@elsewhere) only serves to deceive.
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
