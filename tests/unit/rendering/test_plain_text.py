"""HTML read as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.rendering.plain_text import plain_text

READ = [
    ("<p>one</p><p>two</p>", "one\n\ntwo"),
    ("<p>one\n   line</p>", "one line"),
    ("<p>a<br>b<br/>c</p>", "a\nb\nc"),
    ("<div>a</div><div>b</div>", "a\nb"),
    ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
    ("<ol><li>a<li>b</ol><p>c", "1. a\n2. b\n\nc"),
    ("<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>", "1. a\n- b\n2. c"),
    ('<a href="https://x.example/?a=1&amp;b=2">go</a>!', "go (https://x.example/?a=1&b=2)!"),
    ('<a href="https://x.example">https://x.example</a>', "https://x.example"),
    ('<a href="mailto:a@x.example">a@x.example</a>', "a@x.example"),
    ('<a href="mailto:a@x.example">write</a>', "write (a@x.example)"),
    ('<a href="#top">top</a>', "top"),
    ('<a href="https://x.example"><img src="y" alt="logo"></a>', "logo (https://x.example)"),
    ('<a href="https://x.example"></a>', "https://x.example"),
    ("&lt;b&gt; &amp; caf&eacute; &#8364;", "<b> & café €"),
    ("a&nbsp;b &zwnj;c", "a b c"),
    ("<head><title>t</title><style>p{}</style></head><body>b</body>", "b"),
    ("<script>alert(1)</script><!-- c -->b", "b"),
    ('<div style="display: none">secret<p>more<br></p></div>shown', "shown"),
    ("<span hidden>a</span>b", "b"),
    ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    ("<h1>Title</h1>text", "Title\n\ntext"),
    ("plain", "plain"),
    ("", ""),
    ("</p></a></ul>x", "x"),
]


@pytest.mark.parametrize(("html", "text"), READ)
def test_html_reads_as_text(html, text):
    """Paragraphs, lists and links keep their sense; what is hidden stays hidden."""
    assert plain_text(html) == text


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<a href='https://x.example'>",
                "</a>",
                "<ul>",
                "</ul>",
                "<li>",
                "<style>",
                "</style>",
                "<br>",
                "a",
                " ",
                "<div hidden>",
                "</div>",
                "<",
                "&amp;",
                "\n",
            ]
        ),
        max_size=20,
    ).map("".join)
)
def test_broken_html_is_read_somehow(html):
    """Tags in any order, opened or not, never raise, and leave no blank ends or runs of blank lines."""
    text = plain_text(html)
    assert text == text.strip()
    assert "\n\n\n" not in text
