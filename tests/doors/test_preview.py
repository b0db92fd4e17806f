"""``sendgate preview``."""

from __future__ import annotations

import email
import email.policy
import webbrowser
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest


def test_the_message_is_printed(family, sendgate) -> None:
    """Subject and text on standard output, the decision on standard error."""
    result = sendgate("preview", "duvets", "--person", "ann")
    assert result.exit_code == 0
    assert result.stdout.startswith("Subject: Ann, yours first\n")
    assert "look" in result.stdout
    assert result.stderr.startswith("send early to ann: viewed 1 time in 4 days")


def test_another_offer_can_be_looked_at(family, sendgate) -> None:
    """Whichever would be chosen."""
    assert "Subject: Ten percent" in sendgate("preview", "duvets", "--person", "ann", "--offer", "ten-percent").stdout


def test_a_message_that_would_not_be_sent_is_shown_all_the_same(family, sendgate) -> None:
    """And the reason is said."""
    result = sendgate("preview", "duvets", "--person", "dan")
    assert result.exit_code == 0
    assert "not to be sent now (drop, permission: unsubscribed on 2026-01-01 10:00 UTC)" in result.stderr
    assert "Subject: " in result.stdout


def test_a_page_cannot_run_scripts(family, sendgate) -> None:
    """The message stands in a frame without rights, on a page whose policy allows no script."""
    (family / "templates" / "early.j2").write_text(
        "{% block subject %}<script>alert(1)</script>{% endblock %}"
        '{% block html %}<p onclick="alert(2)">hi</p><script>alert(3)</script>{% endblock %}'
    )
    result = sendgate("preview", "duvets", "--person", "ann", "--out", "p.html")
    page = (family / "p.html").read_text()
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "<script>" not in page
    assert "Content-Security-Policy" in page
    assert "default-src &#x27;none&#x27;" in page
    assert '<iframe sandbox=""' in page
    assert 'srcdoc="&lt;p onclick=' in page


def test_a_mail_file_opens_in_a_mail_program(family, sendgate) -> None:
    """With sender, recipient, subject, and both bodies; marked as not sent."""
    sendgate("preview", "duvets", "--person", "ann", "--out", "p.eml")
    mail = email.message_from_bytes((family / "p.eml").read_bytes(), policy=email.policy.default)
    assert mail["From"] == "Harbor Home <hello@harbor.example>"
    assert mail["To"] == "ann@x.example"
    assert mail["Subject"] == "Ann, yours first"
    assert mail["X-Unsent"] == "1"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_text_file_has_subject_and_text(family, sendgate) -> None:
    """As it is printed."""
    sendgate("preview", "duvets", "--person", "ann", "--out", "p.txt")
    printed = sendgate("preview", "duvets", "--person", "ann").stdout
    assert (family / "p.txt").read_text() == printed


def test_the_browser_opens_a_file(family, sendgate, monkeypatch) -> None:
    """The same page as ``--out`` writes."""
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    assert sendgate("preview", "duvets", "--person", "ann", "--browser").exit_code == 0
    path = Path(url2pathname(urlsplit(opened[0]).path))
    assert "<iframe sandbox" in path.read_text()
    path.unlink()


def test_a_short_message_is_previewed(family, sendgate) -> None:
    """A text message has no subject, and cannot be a mail file."""
    (family / "campaigns" / "sms.yaml").write_text(
        "name: sms\nbrand: harbor\nchannel: sms\npurpose: relationship\noffers: [{name: hi, template: sms.j2}]\n"
    )
    (family / "templates" / "sms.j2").write_text("{% block text %}Hi {{ person.given_name }}{% endblock %}")
    assert "Hi Ann" in sendgate("preview", "sms", "--person", "ann").stdout
    refused = sendgate("preview", "sms", "--person", "ann", "--out", "p.eml")
    assert refused.exit_code == 2
    assert "only mail can be written as .eml" in refused.stderr
    assert not (family / "p.eml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--offer", "early-bird"], "there is no offer `early-bird` in the campaign"),
        (["--out", "p.pdf"], "expected .html, .txt or .eml"),
        (["--out", "no/p.html"], "`no/p.html` cannot be written: no such file or directory"),
    ],
)
def test_wrong_wishes_are_refused(family, sendgate, words: list[str], said: str) -> None:
    """Status 2, and a sentence."""
    result = sendgate("preview", "duvets", "--person", "ann", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_message_that_cannot_be_written_is_an_error_here(family, sendgate) -> None:
    """There is nothing to show; the missing value is named."""
    result = sendgate("preview", "duvets", "--person", "bob", "--offer", "early")
    assert result.exit_code == 2
    assert "`person.given_name` is missing" in result.stderr
