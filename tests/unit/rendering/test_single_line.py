"""Subjects and titles stay on one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.errors import RenderError
from sendgate.model.campaigns import Channel
from sendgate.rendering.budget import RefusedError
from sendgate.rendering.single_line import one_line

BREAKS = ["\r", "\n", "\r\n", "\0", "\t", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"]
ENCODED = [
    "=?utf-8?q?Hi=0D=0ABcc:_a@x.example?=",
    "=?UTF-8?B?SGkNCkJjYzogYUB4LmV4YW1wbGU=?=",
    "=?iso-8859-1?Q?a=00b?=",
    "=?utf-8?q?a?= =?utf-8?q?=0Ab?=",
    "x =?utf-8?q?=E2=80=A8?=",
    "=?no-such-charset?q?abc?=",
    "=?utf-8?b?A?=",
]


@pytest.mark.parametrize("bad", BREAKS)
@pytest.mark.parametrize(
    "printed",
    [
        "{{ person.given_name }}",
        "{{ 'x' ~ person.given_name }}",
        "{% set n %}{{ person.given_name }}{% endset %}{{ n }}",
    ],
)
def test_a_value_cannot_break_the_subject(subject, context_of, bad, printed):
    """A control character or line break in a value stops the mail, however it gets into the subject."""
    with pytest.raises(RenderError, match=r"control character|half a character"):
        subject(printed, context_of({"given_name": f"Ma{bad}Bcc: a@x.example"}))


@pytest.mark.parametrize("encoded", ENCODED)
def test_an_encoded_word_cannot_hide_a_break(subject, context_of, encoded):
    """What a mail program would decode to a line break is refused, as is what cannot be decoded."""
    with pytest.raises(RenderError, match=r"control character|cannot be decoded"):
        subject("{{ person.given_name }}", context_of({"given_name": encoded}))


@pytest.mark.parametrize("line", ["Grüße, 你好 👩‍👩‍👧", "50 % =? off?", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "a = b"])
def test_ordinary_subjects_pass(subject, context_of, line):
    """Letters of any script, emoji and harmless encoded words are left as they are."""
    assert subject("{{ person.given_name }}", context_of({"given_name": line})) == line


def test_the_layout_of_a_template_is_folded(subject):
    """Line breaks that the template's author wrote for readability become single spaces."""
    assert subject("\n  Hi\n  {% if true %}\n    there\n  {% endif %}\n") == "Hi there"


@pytest.mark.parametrize("part", ["title", "link"])
def test_titles_and_links_are_single_lines_too(render, context_of, part):
    """The title and link of a notification, and a preheader, obey the same rule."""
    parts = {"title": "t", "body": "b", "link": ""} | {part: "https://x.example/{{ person.given_name }}"}
    push = "".join(f"{{% block {name} %}}{body}{{% endblock %}}" for name, body in parts.items())
    with pytest.raises(RenderError, match="control character"):
        render(push, channel=Channel.PUSH, context=context_of({"given_name": "a\nb"}))


def test_a_body_may_have_lines(sms, context_of):
    """Text of several lines keeps the breaks of its values."""
    assert sms("{{ person.given_name }}", context_of({"given_name": "a\nb"})) == "a\nb"


@given(st.text())
def test_a_line_is_a_line_or_refused(text):
    """Whatever comes in: one line without control characters comes out, or an error."""
    try:
        line = one_line(text)
    except RefusedError:
        return
    assert len(line.splitlines()) <= 1
    assert not any(ord(character) < 32 for character in line)
