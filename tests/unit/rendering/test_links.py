"""A message leads only where it may."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.errors import RenderError
from sendgate.model.campaigns import Channel
from sendgate.rendering.budget import RefusedError
from sendgate.rendering.links import refuse_bad_link, refuse_bad_links

GOOD = [
    "https://harbor.example",
    "http://harbor.example:8080/a/b?c=d&e=f#g",
    "HTTPS://HARBOR.EXAMPLE/Ä?ö=ü",
    "https://[2001:db8::1]/x",
]
BAD = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "java\tscript:alert(1)",
    "java\0script:alert(1)",
    "\x01javascript:alert(1)",
    "\u00a0javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "ftp://harbor.example/x",
    "blob:https://harbor.example/x",
    "about:blank",
    "//elsewhere.example/x",
    "/relative",
    "relative.html",
    "harbor.example",
    "https:",
    "https://",
    "https:///path",
    "https:harbor.example",
    "https:/harbor.example",
    "https:\\\\harbor.example",
    "https://harbor.example\\@elsewhere.example",
    "https://harbor.example@elsewhere.example",
    "https://user:pass@harbor.example",
    "https://harbor.example:port/",
    "https://harbor.example/a b",
    "https://harbor.example/\r\nx",
    "https://harbor.example/\u2028x",
    "https://[::1",
    "http&#58;//harbor.example",  # in HTML a good link, written strangely
    "javascript&colon;alert(1)",
]


@pytest.mark.parametrize("link", GOOD)
def test_web_links_pass(link):
    """Http and https links with a host may be sent, in HTML and in a notification."""
    refuse_bad_link(link)
    refuse_bad_links(f'<a href="{link}">x</a>')


@pytest.mark.parametrize("link", BAD)
def test_a_notification_leads_to_the_web_only(link):
    """Other schemes, tricks with spaces, hosts and names, and relative links are refused."""
    with pytest.raises(RefusedError, match="bad link"):
        refuse_bad_link(link)


@pytest.mark.parametrize(
    "link", [*BAD[:-2], BAD[-1], "", "jav&#x61;script:alert(1)", "&#106;avascript:x", "java&NewLine;script:x"]
)
@pytest.mark.parametrize("written", ['<a href="{}">', "<a href='{}'>", '<A\nHREF = "{}" >', '<img alt=""src="{}">'])
def test_html_leads_to_the_web_only(link, written):
    """The same is refused in HTML, however the attribute is written and its value encoded."""
    with pytest.raises(RefusedError, match="bad link"):
        refuse_bad_links(written.format(link))


@pytest.mark.parametrize(
    "html",
    [
        "<a href=javascript:alert(1)>x</a>",
        "<a/href=javascript:alert(1)>x</a>",
        '<a title=""href="javascript:alert(1)">x</a>',
        '<a href="javascript:alert(1)',
        "<img src=data:image/png;base64,AAAA>",
        "<img src='https://x.example/a.png' srcset='https://x.example/a.png 1x, javascript:x 2x'>",
        '<form action="javascript:alert(1)">',
        '<button formaction="javascript:alert(1)">',
        '<svg><a xlink:href="javascript:alert(1)">',
        '<body background="javascript:alert(1)">',
        '<object data="data:text/html,x">',
        '<td style="background:url(javascript:alert(1))">',
        "<td style=\"background:URL( 'data:image/svg+xml,x')\">",
        '<meta http-equiv="refresh" content="0;url=https://x.example">',
        '<p>a ="</p><a href="javascript:alert(1)">',
        '<p>href="</p><a href="javascript:alert(1)">',
        '<img src="mailto:a@x.example">',
        '<img src="#a">',
    ],
)
def test_every_place_for_a_link_is_looked_at(html):
    """A bad link is found in any attribute that links or loads, and in styles."""
    with pytest.raises(RefusedError, match="bad link"):
        refuse_bad_links(html)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="mailto:hello@harbor.example">write</a>',
        '<a href="tel:+15551234">call</a>',
        '<a href="#terms">terms</a>',
        '<a href=" https://x.example ">spaces around</a>',
        '<img src="cid:logo@harbor">',
        '<img srcset="https://x.example/a.png 1x, https://x.example/b.png 2x">',
        '<td style="background:url(https://x.example/a.png)">',
        "<p>Read https://x.example/?src=mail&action=buy, or x = 3</p>",
        '<p data-href="anything" class="href">',
    ],
)
def test_what_a_mail_may_link_to(html):
    """A mail may also write, call, point within itself, and show an image that it carries."""
    refuse_bad_links(html)


LINKING = {
    "href",
    "src",
    "action",
    "formaction",
    "background",
    "poster",
    "cite",
    "data",
    "longdesc",
    "ping",
    "xlink:href",
}


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.bad = False

    def handle_starttag(self, tag, attrs):
        self.bad |= any(name in LINKING and (value or "").startswith("javascript:") for name, value in attrs)


PIECES = [
    "<a ",
    "<a/",
    "<img ",
    ">",
    "</a>",
    "href",
    "HREF",
    "src",
    "=",
    " = ",
    '"',
    "'",
    "javascript:x",
    "https://x.example/",
    " ",
    "/",
    "\n",
    "x",
    "&",
    "title",
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_whatever_a_parser_sees_is_seen(html):
    """No arrangement of tags, attributes and quotes hides a script from us that an HTML parser finds."""
    parser = _Links()
    parser.feed(html)
    parser.close()
    if parser.bad:
        with pytest.raises(RefusedError):
            refuse_bad_links(html)


def test_a_value_cannot_smuggle_a_link(render, context_of):
    """A value that becomes a link is judged as a link, in a mail and in a notification."""
    mail = '{% block subject %}s{% endblock %}{% block html %}<a href="{{ person.page }}">x</a>{% endblock %}'
    push = (
        "{% block title %}t{% endblock %}{% block body %}b{% endblock %}{% block link %}{{ person.page }}{% endblock %}"
    )
    context = context_of({"page": "javascript:alert(1)"})
    with pytest.raises(RenderError, match="bad link: `javascript:alert"):
        render(mail, context=context)
    with pytest.raises(RenderError, match="bad link: `javascript:alert"):
        render(push, channel=Channel.PUSH, context=context)
    with pytest.raises(RenderError, match="control character"):
        render(push, channel=Channel.PUSH, context=context_of({"page": "https://x.example/\r\nX: y"}))
