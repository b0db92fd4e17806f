from __future__ import annotations

import re
from dataclasses import replace
from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendgate.errors import ConfigurationError, MailError
from sendgate.mail.letter import BOUNDARY, Letter
from sendgate.mail.mailboxes import Mailbox
from sendgate.mail.proof import refuse_misread
from sendgate.mail.unsubscribing import Claim, Scope
from sendgate.model.campaigns import Channel, Purpose
from sendgate.model.people import Profile
from sendgate.rendering.context import NO_UNSUBSCRIBE_URL
from sendgate.rendering.message import Email, Push, Sms

from .conftest import ANN, HARBOR, HELLO, KEY, NOW, RING, SPRING

HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID",
    "X-Sendgate-Key", "MIME-Version", "Content-Type",
]  # fmt: skip


def said(part) -> str:
    """Give the text of a part, without the end of its last line."""
    return part.get_content().replace("\r\n", "\n").removesuffix("\n")


def test_a_mail_says_what_was_meant(mailed):
    """Every header is there once, in order, with its value."""
    mail = mailed()
    assert mail.keys() == HEADERS
    assert mail["From"] == "Harbor Home <hello@harbor.example>"
    assert mail["To"] == "ann@example.org"
    assert mail["Subject"] == "Your duvet is waiting"
    assert parsedate_to_datetime(mail["Date"]).timestamp() == int(NOW)
    assert mail["Message-ID"] == f"<{KEY}@harbor.example>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Feedback-ID"] == "spring-duvets:harbor:promotional:Harbor_Home_Gro"
    assert mail["X-Sendgate-Key"] == KEY
    assert not mail.defects


def test_a_mail_has_text_and_html(mailed):
    """The last part is the one that is shown, so the HTML comes last."""
    text, html = mailed().iter_parts()
    assert (text.get_content_type(), said(text)) == ("text/plain", HELLO.text)
    assert (html.get_content_type(), said(html)) == ("text/html", HELLO.html)


def test_a_mail_of_text_only_has_one_part(mailed):
    """Without HTML there is nothing to choose between."""
    mail = mailed(replace(HELLO, html=""))
    assert (mail.get_content_type(), said(mail)) == ("text/plain", HELLO.text)


def test_the_parcel_says_whom_it_is_for(post_of):
    """Sender and recipient of the envelope are bare addresses."""
    parcel = post_of().parcel(KEY, ANN, HELLO, NOW)
    assert (parcel.sender, parcel.recipient) == ("hello@harbor.example", "ann@example.org")
    assert (parcel.key, parcel.campaign, parcel.channel) == (KEY, "spring-duvets", "email")


def test_the_same_message_has_the_same_bytes(post_of):
    """Nothing in it is drawn by lot: what is written twice can be compared."""
    assert post_of().parcel(KEY, ANN, HELLO, NOW) == post_of().parcel(KEY, ANN, HELLO, NOW)


@pytest.mark.parametrize(
    ("channel", "message", "recipient"),
    [(Channel.SMS, Sms("Hello", 1), "+4915112345678"), (Channel.PUSH, Push("a", "b", ""), "token-1")],
)
def test_other_channels_carry_the_message_itself(post_of, channel, message, recipient):
    """A text message and a notification go to phone and token, and need no sender."""
    post = post_of(brand=replace(HARBOR, sender=""), campaign=replace(SPRING, channel=channel))
    parcel = post.parcel(KEY, ANN, message, NOW)
    assert (parcel.recipient, parcel.content, parcel.sender) == (recipient, message, "")


@pytest.mark.parametrize(
    ("channel", "message", "attributes", "reason"),
    [
        ("email", HELLO, {}, "the person has no `email`"),
        ("sms", Sms("a", 1), {}, "the person has no `phone`"),
        ("push", Push("a", "b", ""), {}, "the person has no `push_token`"),
        ("sms", Sms("a", 1), {"phone": "0151 12345"}, "E.164"),
        ("sms", Sms("a", 1), {"phone": "+4915112345678\n"}, "E.164"),
        ("push", Push("a", "b", ""), {"push_token": "a b"}, "spaces"),
        ("push", Push("a", "b", ""), {"push_token": "tök"}, "spaces"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(post_of, channel, message, attributes, reason):
    """What is missing or odd is told, and not shown."""
    post = post_of(campaign=replace(SPRING, channel=Channel(channel)))
    with pytest.raises(MailError, match=re.escape(reason)) as refused:
        post.parcel(KEY, Profile("ann", attributes), message, NOW)
    assert not any(value in str(refused.value) for value in attributes.values())


# What mail servers carry ------------------------------------------------------------------------------------------

BODIES = {
    "short": "Dear Ann,",
    "umlauts": "Grüße aus Köln, 99 €",
    "chinese": "你好世界" * 300,
    "emoji": "🌷" * 5_000,
    "one long line": "word " * 5_000,
    "one long word": "x" * 50_000,
    "dots": ".\n..\n.hidden\n. ",
    "from": "From here to there\n>From there",
    "empty lines": "\n\na\n\n\nb\n\n",
    "spaces at the end": "a  \nb\t\n ",
    "controls": "a\x01b\x1fc\x7f\fd",
    "separators": "a\u2028b\u2029c\x85d\x1ce",
    "mixed ends": "a\r\nb\rc\nd",
    "equals": "a=3D=\n==20 =_= =?utf-8?q?x?=",
    "the boundary": f"--{BOUNDARY}\nContent-Type: text/html\n\n<b>\n--{BOUNDARY}--",
    "headers": "Bcc: eve@evil.example\n\nSubject: no",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_any_body_arrives_in_seven_bits_and_short_lines(post_of, body):
    """Neither 8BITMIME nor SMTPUTF8 is needed, and what arrives is what was written."""
    content = post_of().parcel(KEY, ANN, replace(HELLO, text=body, html=f"<p>{body}</p>"), NOW).content
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
    text, html = BytesParser(policy=policy.default).parsebytes(content).iter_parts()
    meant = body.replace("\r\n", "\n").replace("\r", "\n")
    assert text.get_payload(decode=True).decode().replace("\r\n", "\n") == meant + "\n"
    assert html.get_payload(decode=True).decode().replace("\r\n", "\n") == f"<p>{meant}</p>\n"


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_arrives_or_is_refused(text, html):
    """Whatever is written: the same is read, or there is no mail."""
    letter = Letter(Mailbox("a@b.example"), Mailbox("c@d.example"), "x", (), text, html)
    try:
        content = letter.written()
    except MailError:
        assert any("\ud800" <= letter <= "\udfff" for letter in text + html)
        return
    refuse_misread(letter, content)


# Headers ----------------------------------------------------------------------------------------------------------

SUBJECTS = [
    "Grüße",
    "🌷 Spring",
    "=?utf-8?q?hello?=",
    "a =?utf-8?b?aGVsbG8=?= b",
    'Quotes "and" \\ such',
    "a, b; c: <d@e.example>",
    "x" * 255,
    "ü" * 255,
    "words " * 42 + "end",
    "a  b   c",
    "Bcc: eve@evil.example",
    "=?x?y?z",
    "?= =?",
    "100 % off",
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_any_subject_is_read_as_it_was_written(mailed, subject):
    """Also one that looks like an encoded word, and one of many lines."""
    try:
        mail = mailed(replace(HELLO, subject=subject))
    except MailError:
        assert subject == "=?x?y?z"  # nobody knows what a reader makes of it
        return
    assert mail["Subject"] == subject
    assert mail.keys() == HEADERS


BREAKS = ["\r\n", "\n", "\r", "\0", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x7f", "\ud800"]
HIDDEN = [
    "=?utf-8?q?=0D=0ABcc:_eve@evil.example?=",
    "=?utf-8?q?=0ABcc:_eve@evil.example?=",
    "=?utf-8?b?DQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?=",
    "=?iso-8859-1?q?a=0D=0A_b?=",
    "=?utf-7?q?+AA0ACg-Bcc:_x?=",
    "=?utf-8?q?=E2=80=A8?=",
    "=?nonsense?q?a?=",
]
SMUGGLED = [f"a{end}Bcc: eve@evil.example" for end in BREAKS] + [f"a{end}" for end in BREAKS] + HIDDEN


def refused_or_whole(make) -> None:
    """Assert that a mail is refused, or has the headers of every mail and one recipient."""
    try:
        mail = make()
    except (MailError, ConfigurationError, UnicodeEncodeError):  # half a letter can be neither signed nor sent
        return
    assert mail.keys() == HEADERS
    assert mail["To"] == "ann@example.org"
    assert not mail.defects
    assert not [value for value in mail.values() if "\n" in value or "\r" in value]


@pytest.mark.parametrize("evil", SMUGGLED)
def test_nothing_is_smuggled_through_a_subject(mailed, evil):
    """Line breaks of every kind are refused, also those inside encoded words (CVE-2024-6923)."""
    with pytest.raises(MailError):
        mailed(replace(HELLO, subject=evil))


@pytest.mark.parametrize("evil", SMUGGLED)
@pytest.mark.parametrize("name", ["{} <hello@harbor.example>", '"{}" <hello@harbor.example>', "H <hello{}@h.example>"])
def test_nothing_is_smuggled_through_a_sender(mailed, evil, name):
    """Neither through the name nor through the address."""
    refused_or_whole(lambda: mailed(brand=replace(HARBOR, sender=name.format(evil))))


@pytest.mark.parametrize("evil", SMUGGLED)
def test_nothing_is_smuggled_through_names(mailed, evil):
    """Names of campaigns, brands and the family end up in headers that somebody counts by."""
    refused_or_whole(lambda: mailed(campaign=replace(SPRING, name=evil)))
    refused_or_whole(lambda: mailed(name=evil))
    refused_or_whole(lambda: mailed(brand=replace(HARBOR, key=evil), campaign=replace(SPRING, brand=evil)))
    refused_or_whole(lambda: mailed(brand=replace(HARBOR, unsubscribe_url=f"https://harbor.example/{evil}")))
    refused_or_whole(lambda: mailed(brand=replace(HARBOR, unsubscribe_mailto=f"leave{evil}@harbor.example")))


@pytest.mark.parametrize("evil", SMUGGLED)
def test_nothing_is_smuggled_through_an_address_or_a_key(mailed, post_of, evil):
    """An address or a key with a break in it is refused, not cut."""
    with pytest.raises(MailError):
        mailed(recipient=f"ann@example.org{evil}")
    with pytest.raises(MailError):
        mailed(recipient=f"{evil}@example.org")
    refused_or_whole(
        lambda: BytesParser(policy=policy.default).parsebytes(post_of().parcel(evil, ANN, HELLO, NOW).content)
    )


@given(st.text(max_size=80))
def test_any_subject_is_exact_or_refused(subject):
    """Whatever the letters."""
    letter = Letter(Mailbox("a@b.example", "B"), Mailbox("c@d.example"), subject, (), "t", "")
    try:
        content = letter.written()
    except MailError:
        return
    refuse_misread(letter, content)
    read = BytesParser(policy=policy.default).parsebytes(content)
    assert read["Subject"] == subject


@given(st.text(min_size=1, max_size=60))
def test_any_name_is_exact_or_refused(name):
    """A name with commas, quotes or letters beyond ASCII does not become another mailbox."""
    letter = Letter(Mailbox("a@b.example", name), Mailbox("c@d.example"), "s", (), "t", "")
    try:
        content = letter.written()
        refuse_misread(letter, content)
    except MailError:
        return
    # Not by the reader of `policy.default`: against RFC 2047 it puts a space between two encoded words of a name.
    shown, address = parseaddr(BytesParser(policy=policy.compat32).parsebytes(content)["From"].replace("\r\n", ""))
    assert (str(make_header(decode_header(shown))), address) == (name, "a@b.example")


END = f"--{BOUNDARY}--".encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: s", b"Subject: s\r\nBcc: eve@evil.example"),
        (b"Subject: s", b"Subject: z"),
        (b"Subject: s\r\n", b""),
        (b"To: c@d.example", b"To: c@d.example, eve@evil.example"),
        (b"To: c@d.example", b"To: C <c@d.example>"),
        (b"From: a@b.example", b"From: a@b.example (b)"),
        (b"X-A: 1", b"X-A: 1\r\nX-A: 1"),
        (b"X-A: 1\r\nX-B: 2", b"X-B: 2\r\nX-A: 1"),
        (b"\r\nt\r\n", b"\r\nt!\r\n"),
        (b"\r\nt\r\n", b"\r\nt\n"),
        (b"\r\nt\r\n", b"\r\n" + "ü".encode() + b"\r\n"),
        (b"\r\nt\r\n", b"\r\n" + b"t" * 999 + b"\r\n"),
        (b"text/html", b"text/plain"),
        (END, END[:-2] + b"\r\n\r\nmore\r\n" + END),
        (END + b"\r\n", b""),
    ],
)
def test_a_mail_that_says_something_else_stays(old, new):
    """What was written is read again, and every difference is found."""
    fields = (("X-A", "1"), ("X-B", "2"))
    letter = Letter(Mailbox("a@b.example"), Mailbox("c@d.example"), "s", fields, "t", "h")
    content = letter.written()
    refuse_misread(letter, content)
    assert old in content
    with pytest.raises(MailError):
        refuse_misread(letter, content.replace(old, new, 1))


# Ways out ---------------------------------------------------------------------------------------------------------


def test_one_click_leads_out(mailed, post_of):
    """Mailbox providers find an https link and a mailbox, both with a token, on a line that is no puzzle."""
    links = re.fullmatch(r"<(https://harbor\.example/leave\?token=(.+))>, <(mailto:.+)>", mailed()["List-Unsubscribe"])
    assert links
    assert Claim.read(links[2], RING) == Claim(KEY, Scope.BRAND, "harbor")
    assert links[3] == f"mailto:leave@harbor.example?subject={links[2]}"
    assert links[1] == post_of().unsubscribe_url(KEY)
    raw = post_of().parcel(KEY, ANN, HELLO, NOW).content
    assert f"\r\nList-Unsubscribe: <{links[1]}>".encode() in raw


def test_no_address_is_in_a_link(post_of):
    """Links are logged, forwarded and printed."""
    assert "ann" not in post_of().unsubscribe_url(KEY).replace(KEY, "")


def test_a_mailbox_alone_is_no_one_click(mailed, post_of):
    """Only an https link can be followed by a POST (RFC 8058)."""
    brand = replace(HARBOR, unsubscribe_url="")
    assert "List-Unsubscribe-Post" not in mailed(brand=brand)
    assert mailed(brand=brand)["List-Unsubscribe"].startswith("<mailto:leave@harbor.example?subject=")
    assert post_of(brand=brand).unsubscribe_url(KEY).startswith("mailto:")


def test_a_transactional_mail_has_no_way_out_in_its_head(mailed, post_of):
    """Nobody unsubscribes from a receipt; a link that its template prints still works."""
    campaign = replace(SPRING, purpose=Purpose.TRANSACTIONAL)
    assert "List-Unsubscribe" not in mailed(campaign=campaign)
    assert post_of(campaign=campaign).unsubscribe_url(KEY).startswith("https://harbor.example/leave?token=")


NOWHERE = replace(HARBOR, unsubscribe_url="", unsubscribe_mailto="")


@pytest.mark.parametrize(
    ("changes", "mistakes"),
    [
        ({"brand": NOWHERE}, ["marketing mail needs a way to unsubscribe"]),
        ({"ring": None}, ["there is no secret to sign the links to unsubscribe with"]),
        ({"brand": replace(HARBOR, sender="")}, ["mail needs a sender"]),
        ({"brand": replace(HARBOR, sender="a@b.example, c@d.example")}, ["mail cannot come from"]),
        ({"brand": replace(HARBOR, sender="grüße@harbor.example")}, ["mail cannot come from"]),
        ({"brand": replace(NOWHERE, sender="")}, ["mail needs a sender", "marketing mail needs a way to unsubscribe"]),
    ],
)
def test_what_a_campaign_lacks_is_told_at_once(post_of, changes, mistakes):
    """Before the first message, and everything together."""
    with pytest.raises(ConfigurationError) as told:
        post_of(**changes)
    assert [mistake.message.partition(" `")[0] for mistake in told.value.mistakes] == mistakes


def test_marketing_without_a_way_out_is_for_trying_only(post_of):
    """An outbox may take it; and a printed link that leads nowhere goes no further either."""
    dead = replace(HELLO, html=f'<a href="{NO_UNSUBSCRIBE_URL}">Leave</a>')
    assert post_of(brand=NOWHERE, trial=True).parcel(KEY, ANN, dead, NOW)
    assert post_of(brand=NOWHERE, trial=True).unsubscribe_url(KEY) == NO_UNSUBSCRIBE_URL
    with pytest.raises(MailError, match="leads nowhere"):
        post_of().parcel(KEY, ANN, dead, NOW)
    sms = replace(SPRING, channel=Channel.SMS)
    with pytest.raises(MailError, match="leads nowhere"):
        post_of(brand=NOWHERE, campaign=sms).parcel(KEY, ANN, Sms(f"Stop: {NO_UNSUBSCRIBE_URL}", 1), NOW)


@pytest.mark.parametrize(
    ("sender", "name", "domain"),
    [
        ('"Harbor, Home" <hello@harbor.example>', "Harbor, Home", "harbor.example"),
        ("Härbor & Söhne <hello@harbor.example>", "Härbor & Söhne", "harbor.example"),
        ("hello@harbor.example", "", "harbor.example"),
        ("Käse <hello@käse.example>", "Käse", "xn--kse-qla.example"),
        ("A.B. Inc. <hello@harbor.example>", "A.B. Inc.", "harbor.example"),
        ("=?utf-8?q?Harbor?= <hello@harbor.example>", "=?utf-8?q?Harbor?=", "harbor.example"),
    ],
)
def test_senders_are_read_as_they_were_meant(mailed, sender, name, domain):
    """Names with commas, dots or letters beyond ASCII; a domain beyond ASCII is written in IDNA."""
    (address,) = mailed(brand=replace(HARBOR, sender=sender))["From"].addresses
    assert (address.display_name, address.username, address.domain) == (name, "hello", domain)


@pytest.mark.parametrize("name", ["H&M", "Ünï Größe AG", "x" * 80, "日本"])
def test_the_feedback_id_is_in_gmails_alphabet(mailed, name):
    """Four parts, the last one of 5 to 15 characters."""
    told = mailed(name=name, campaign=replace(SPRING, name="Früh: ling"))["Feedback-ID"]
    assert re.fullmatch(r"[A-Za-z0-9._-]+(:[A-Za-z0-9._-]+){2}:[A-Za-z0-9._-]{5,15}", told)


def test_a_preheader_is_the_business_of_the_html(mailed):
    """It stands in the HTML, where a template hides it, and in no header."""
    mail = mailed(Email("s", "PREHEADER", "<p>h</p>", "t"))
    assert "PREHEADER" not in mail.as_string()
