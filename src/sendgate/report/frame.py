"""The frame of every page: one file, its own look and script, and a policy under which nothing else can run or load.

A page is a template in ``pages/`` that extends ``frame.html.j2``. Whatever it prints is escaped, and addresses in it
are shortened unless they are asked for. Drawings come as ``Markup`` from ``charts``, and are not touched.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sendgate.report import phrases
from sendgate.report.discretion import without_addresses
from sendgate.report.palette import DARK, LIGHT, variables
from sendgate.report.previews import source

_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def page(
    template: str, *, script: str = "", addresses: bool = False, styles: frozenset[str] = frozenset(), **words: Any
) -> str:
    """Write a page of ``pages/``.

    ``script`` names a file there, ``styles`` the hashes of style sheets that framed documents bring
    (``previews.style_hashes``). ``words`` are what the template says; ``data`` among them is embedded as JSON.
    """
    pages = _pages(addresses)
    css = pages.get_template("page.css.j2").render(light=variables(LIGHT), dark=variables(DARK))
    code = _text(pages, script) if script else ""
    own = {"css": Markup(css), "script": Markup(code)}  # noqa: S704  files of ours
    return pages.get_template(template).render(policy=policy(css, code, styles), **own, **words)


def policy(css: str, code: str, styles: frozenset[str] = frozenset()) -> str:
    """Write the content security policy of a page: its own style and script by their hashes, and nothing else.

    Attributes ``style`` are allowed, because the frames with messages inherit the policy and mails are styled so.
    """
    sheets = " ".join([source(css), *sorted(styles)])
    scripts = source(code) if code else "'none'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src-elem {sheets};"
        " style-src-attr 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def embedded(data: object) -> Markup:
    """Write JSON for a script element: no text in it can end the element, or begin another."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))  # noqa: S704  what ends an element is escaped


@cache
def _pages(addresses: bool) -> Environment:  # noqa: FBT001  the key of a cache
    pages = Environment(
        loader=PackageLoader("sendgate.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=None if addresses else _discreet,
    )
    words = (phrases.count, phrases.share, phrases.people, phrases.expected, phrases.percent, phrases.listed)
    pages.filters |= {word.__name__: word for word in (*words, phrases.spoken, embedded)}
    return pages


def _discreet(value: object) -> object:
    return without_addresses(value) if type(value) is str else value


def _text(pages: Environment, name: str) -> str:
    loader = pages.loader
    return loader.get_source(pages, name)[0] if loader else ""
