"""The frame of every page."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from sendgate.report import frame
from sendgate.report.frame import embedded, page, policy

PAGES = Path(frame.__file__).parent / "pages"


def digest(text: str) -> str:
    """Hash as a browser does."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("script", ["", "ask.js"])
def test_the_policy_lets_nothing_run_but_the_page_itself(script: str) -> None:
    """Its style and script are named by their hashes; from the network comes nothing."""
    html = page("frame.html.j2", script=script, title="x")
    told = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert told
    rules = dict(rule.strip().split(" ", 1) for rule in told[1].replace("&#39;", "'").split(";"))
    (css,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    codes = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert rules["default-src"] == "'none'"
    assert rules["style-src-elem"] == digest(css)
    assert rules["script-src"] == (digest(codes[0]) if script else "'none'")
    assert len(codes) == bool(script)
    assert (rules["base-uri"], rules["form-action"], rules["img-src"]) == ("'none'", "'none'", "data:")


def test_styles_of_framed_documents_may_be_added() -> None:
    """By their hashes as well."""
    assert "style-src-elem 'sha256-" in policy("a", "")
    assert policy("a", "", frozenset({"'sha256-b'"})).count("'sha256-") == 2


def test_what_a_page_prints_is_escaped_and_discreet() -> None:
    """Whatever was in a file; addresses are there when they are asked for."""
    html = page("frame.html.j2", title="<script>x</script> ann@x.example")
    assert "<title>&lt;script&gt;x&lt;/script&gt; a…@…</title>" in html
    assert "ann@x.example" in page("frame.html.j2", title="ann@x.example", addresses=True)


@pytest.mark.parametrize("text", ["</script>", "<!--<script>", "]]>", "\u2028\u2029", "&lt;", "a\"b\\c'"])
def test_embedded_data_cannot_end_its_element(text: str) -> None:
    """And reads back as what it was."""
    told = embedded({"a": text})
    assert not set("<>&\u2028\u2029") & set(told)
    assert json.loads(told) == {"a": text}


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.js")), ids=lambda path: path.name)
def test_scripts_set_text_and_never_html(path: Path) -> None:
    """What came from a file is never parsed as HTML, nor run."""
    code = path.read_text(encoding="utf-8")
    forbidden = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", ".style", "</")
    assert [word for word in forbidden if word in code] == []


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.j2")), ids=lambda path: path.name)
def test_templates_leave_escaping_on(path: Path) -> None:
    """Nothing is declared safe, and nothing comes from elsewhere."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe|autoescape|https?://|@import|url\((?!#)|\son\w+=", text)
