"""Parts have a largest size."""

from __future__ import annotations

import pytest

from sendgate.errors import RenderError
from sendgate.model.campaigns import Channel
from sendgate.rendering import limits

SEGMENTS = [
    ("a" * 160, 1),
    ("a" * 161, 2),
    ("a" * 306, 2),
    ("a" * 307, 3),
    ("€" * 80, 1),
    ("€" * 81, 2),
    ("é" * 160, 1),
    ("ê" * 70, 1),
    ("ê" * 71, 2),
    ("你" * 134, 2),
    ("你" * 135, 3),
    ("👋" * 35, 1),
    ("👋" * 36, 2),
    ("line\nbreak", 1),
]


@pytest.mark.parametrize(("text", "count"), SEGMENTS)
def test_segments_are_counted_as_networks_do(text, count):
    """Plain Latin text has 160 characters in a message, other text 70, and less in each of several."""
    assert limits.segments(text) == count


TOO_LARGE = [
    ("subject", "{{ 's' * 256 }}", "subject has 256 characters, more than 255"),
    ("preheader", "{{ 's' * 256 }}", "preheader has 256 characters, more than 255"),
    ("html", "x" * 102_401, "html has more than 102400 characters"),
    ("html", "ü" * 51_201, "html has 102402 bytes, more than 102400"),
    ("html", "{% for i in range(200) %}{{ '&' * 600 }}{% endfor %}", "html has more than 102400 characters"),
    ("text", "x" * 102_401, "text has more than 102400 characters"),
    ("text", "{{ person.given_name }}", "NUL character"),
    ("html", "{{ person.family_name }}", "half a character"),
]


@pytest.mark.parametrize(("part", "body", "message"), TOO_LARGE)
def test_a_mail_that_is_too_large_is_stopped(render, context_of, part, body, message):
    """No part goes beyond its limit or holds what cannot be sent; the error says which and by how much."""
    parts = {"subject": "s", "html": "<p>x</p>", "text": "t"} | {part: body}
    mail = "".join(f"{{% block {name} %}}{source}{{% endblock %}}" for name, source in parts.items())
    with pytest.raises(RenderError, match=message):
        render(mail, context=context_of({"given_name": "a\0b", "family_name": "a\udc80b"}))


def test_the_largest_mail_passes(render):
    """A mail exactly at its limits goes out."""
    mail = "{% block subject %}" + "s" * 255 + "{% endblock %}{% block html %}" + "x" * 102_400 + "{% endblock %}"
    assert len(render(mail + "{% block text %}t{% endblock %}").html) == limits.HTML


def test_a_text_message_has_so_many_segments(sms):
    """Six segments pass, the seventh stops the message."""
    assert len(sms("x" * 918)) == 918
    with pytest.raises(RenderError, match="7 short messages, more than 6"):
        sms("x" * 919)


@pytest.mark.parametrize(
    ("part", "body", "message"),
    [
        ("title", "x" * 121, "title has 121 characters"),
        ("body", "x" * 1001, "body has 1001 characters"),
        ("body", "你" * 1001 + "{{ '!' * 200 }}", "body has 1201 characters"),
        ("body", "👋" * 895, "the notification has 3599 bytes, more than 3584"),
        ("link", "https://x.example/" + "x" * 2031, "link has 2049 characters"),
    ],
)
def test_a_notification_that_is_too_large_is_stopped(render, part, body, message):
    """Title, body and link have limits, and all of it together fits what Apple and Google carry."""
    parts = {"title": "t", "body": "b", "link": "https://x.example/"} | {part: body}
    push = "".join(f"{{% block {name} %}}{source}{{% endblock %}}" for name, source in parts.items())
    with pytest.raises(RenderError, match=message):
        render(push, channel=Channel.PUSH)
