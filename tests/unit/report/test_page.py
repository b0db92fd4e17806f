"""Messages as somebody can look at them."""

from __future__ import annotations

import email
import email.policy
from html.parser import HTMLParser

import pytest

from sendgate.rendering.message import Email, Message, Push, Sms
from sendgate.report.page import html_page, mail_file, text_page

MAIL = Email("Über alles", "a peek", "<p>hi</p>", "hi")


class _Frames(HTMLParser):
    """Collects the attributes of frames and of everything that may run."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[dict[str, str | None]] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "iframe":
            self.frames.append(dict(attrs))
        self.scripts += tag == "script" or any(name.startswith("on") for name, _ in attrs)


@pytest.mark.parametrize(
    "message",
    [
        Email("<script>x</script>", "", '"><script>x</script><p onload="x">', "x"),
        Sms("</pre><script>x</script>", 1),
        Push("<img onerror=x>", "<script>x</script>", "https://x.example/"),
    ],
)
def test_a_page_holds_a_message_without_rights(message: Message) -> None:
    """Whatever it contains, it stays within one frame that may do nothing."""
    found = _Frames()
    found.feed(html_page(message, "<script>about</script>"))
    assert found.scripts == 0
    (frame,) = found.frames
    assert frame["sandbox"] == ""
    assert "x" in (frame["srcdoc"] or "")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (MAIL, "Subject: Über alles\nPreheader: a peek\n\nhi\n"),
        (Sms("hi", 1), "Short messages: 1\n\nhi\n"),
        (Push("Title", "hi", ""), "Title: Title\n\nhi\n"),
    ],
)
def test_a_text_page_has_the_short_parts_on_top(message: Message, text: str) -> None:
    """Those that are empty are left out."""
    assert text_page(message) == text


def test_a_mail_file_is_a_mail() -> None:
    """Whatever is in the names of its header."""
    mail = email.message_from_bytes(
        mail_file(MAIL, '"Härbor, Home" <hello@harbor.example>', "ann@x.example"), policy=email.policy.default
    )
    assert (mail["Subject"], mail["To"]) == ("Über alles", "ann@x.example")
    assert mail["From"].addresses[0].display_name == "Härbor, Home"
    assert mail.get_body(("plain",)).get_content().strip() == "hi"


def test_a_mail_file_without_addresses_has_no_such_headers() -> None:
    """A brand may have no sender yet, and a person no address."""
    mail = email.message_from_bytes(mail_file(Email("s", "", "", "t"), "", ""), policy=email.policy.default)
    assert (mail["From"], mail["To"], mail.get_content_type()) == (None, None, "text/plain")


def test_a_mail_file_may_be_for_somebody_whose_name_is_not_ascii() -> None:
    """No mail server would get it, but a mail program shows it."""
    written = mail_file(MAIL, '"Härbor, Home" <hello@harbor.example>', "müller@customers.example")
    mail = email.message_from_bytes(written, policy=email.policy.SMTPUTF8)
    assert (mail["Subject"], mail["To"]) == ("Über alles", "müller@customers.example")
    assert mail.get_body(("plain",)).get_content().strip() == "hi"
