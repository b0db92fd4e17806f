from __future__ import annotations

import subprocess
import sys
import traceback
from contextlib import closing
from pathlib import Path

import pytest

from sendgate.errors import ConfigurationError, MissingExtraError
from sendgate.providers.opening import CARRIES, open_provider
from sendgate.providers.outbox import Outbox
from sendgate.providers.place import Place
from sendgate.providers.words import scrubbed
from sendgate.testing.providers import SECRET


def mistake(url: str) -> str:
    """Give the mistake that an address makes."""
    with pytest.raises(ConfigurationError) as found:
        open_provider(url, Path())
    (only,) = found.value.mistakes
    return str(only)


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("outbox://outbox", "/family/outbox"),
        ("outbox://a/b", "/family/a/b"),
        ("outbox:///var/mail", "/var/mail"),
        ("outbox://My%20Mail", "/family/My Mail"),
        ("outbox://../Beside", "/family/../Beside"),
    ],
)
def test_an_outbox_lies_beside_the_policy(url, folder):
    """A relative folder is relative to the family's, whatever the current one is."""
    assert repr(open_provider(url, Path("/family"))) == repr(Outbox(Path(folder)))


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("smtp://mail.harbor.example", "Smtp('mail.harbor.example', 587)"),
        ("smtps://mail.harbor.example", "Smtp('mail.harbor.example', 465)"),
        ("smtp://user%40h:p%40ss@mail.harbor.example:2525?timeout=5", "Smtp('mail.harbor.example', 2525)"),
        ("smtp://[::1]:25?starttls=never", "Smtp('::1', 25)"),
    ],
)
def test_servers_have_their_usual_ports(url, text):
    """Submission for smtp, and the encrypted one for smtps."""
    with closing(open_provider(url, Path())) as provider:
        assert repr(provider) == text


@pytest.mark.parametrize(
    "url", ["outbox://a", "smtp://a.example", "smtps://a.example", "ses://eu-west-1", "sns://eu-west-1"]
)
def test_what_a_kind_carries_is_what_its_provider_says(url):
    """Whoever checks settings opens none."""
    with closing(open_provider(url, Path())) as provider:
        assert CARRIES[url.partition(":")[0]] == provider.channels


def test_user_and_password_are_unescaped():
    """What is special in an address is written in percent signs."""
    place = Place.parse("smtp://user%40h:p%3A%2F%40ss@mail.example")
    assert (place.user, place.password, place.host) == ("user@h", "p:/@ss", "mail.example")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("smpt://mail.example", "provider: there is no provider `smpt://` (did you mean `smtp`?)"),
        ("mail.example", "provider: there is no provider `://` (expected one of"),
        ("outbox://", "provider: expected `outbox://folder`"),
        ("outbox://a?b=c", "provider: unknown option `b` of `outbox://`"),
        ("outbox://user@a", "provider: expected `outbox://folder`"),
        ("smtp://", "provider: expected `smtp://host:port`"),
        ("smtp://mail.example/path", "provider: expected `smtp://host:port`"),
        ("smtp://mail.example:port", "provider: the address of a provider cannot be read"),
        ("smtp://mail.example:99999", "provider: the address of a provider cannot be read"),
        ("smtp://mail.example?timout=5", "unknown option `timout` of `smtp://` (did you mean `timeout`?)"),
        ("smtp://mail.example?timeout=0", "`timeout` of `smtp://` cannot be `0`: expected seconds"),
        ("smtp://mail.example?timeout=never", "`timeout` of `smtp://` cannot be `never`: expected seconds"),
        ("smtp://mail.example?timeout=nan", "`timeout` of `smtp://` cannot be `nan`: expected seconds"),
        ("smtp://mail.example?timeout=1&timeout=2", "stands there twice"),
        ("smtp://mail.example?timeout", "the address of a provider cannot be read"),
        ("smtp://mail.example#here", "after a `#`"),
        ("smtp://mail.example?starttls=always", "`starttls` of `smtp://` cannot be `always`"),
        ("smtps://mail.example?starttls=required", "it has no `starttls`"),
        ("smtp://mail.example?helo=a%20b", "`helo` of `smtp://` cannot be `a b`: expected the name of a host"),
        ("smtp://mail.example?helo=a%0D%0ARSET", "expected the name of a host"),
        ("smtp://mail.example?ca_file=/none", "`ca_file` of `smtp://` cannot be `/none`: no certificates can be read"),
        ("ses://", "provider: expected `ses://region`"),
        ("ses://eu-west", "provider: expected `ses://region`"),
        ("ses://eu-west-1/x", "provider: expected `ses://region`"),
        ("ses://eu-west-1?configuration=a", "(did you mean `configuration_set`?)"),
        ("ses://eu-west-1?configuration_set=a%20b", "expected the name of a configuration set"),
        ("ses://eu-west-1?endpoint=localhost", "expected an address such as http"),
        ("sns://eu-west-1?sender_id=Harbor%20Home", "expected up to 11 letters"),
        ("sns://eu-west-1?sender_id=12345", "expected up to 11 letters"),
        ("sns://eu-west-1?kind=marketing", "`kind` of `sns://` cannot be `marketing`"),
    ],
)
def test_a_wrong_address_is_told_with_what_was_expected(url, told):
    """Before anything is sent."""
    assert told in mistake(url)


@pytest.mark.parametrize(
    "url",
    [
        f"smtp://user:{SECRET}@mail.example?starttls=never",
        f"smtp://user:{SECRET}@mail.example:port",
        f"smtp://user:{SECRET}@mail.example?timout=1",
        f"smtp://user:{SECRET}@",
        f"smpt://user:{SECRET}@mail.example",
        f"outbox://user:{SECRET}@out",
        f"ses://user:{SECRET}@eu-west-1",
        f"smtp://user:{SECRET}@mail.example#x",
        f"smtp://user:{SECRET}@[mail.example",
        f"smtp://user:{SECRET}%C3%BC@mail.example",
    ],
)
def test_no_password_is_shown_in_a_mistake(url):
    """Neither in the message nor anywhere in the traceback's own words."""
    with pytest.raises(ConfigurationError) as found:
        open_provider(url, Path())
    assert SECRET not in str(found.value)
    assert SECRET not in "".join(traceback.format_exception_only(found.value))
    assert found.value.__cause__ is None
    assert found.value.__suppress_context__ or found.value.__context__ is None


def test_a_password_does_not_travel_in_the_open():
    """Without encryption it is for this machine only."""
    assert mistake(f"smtp://user:{SECRET}@mail.example?starttls=never").startswith("provider: a password would travel")
    open_provider(f"smtp://user:{SECRET}@localhost:25?starttls=never", Path()).close()


def test_no_password_is_in_a_text_form():
    """Of whatever holds it."""
    provider = open_provider(f"smtp://user:{SECRET}@localhost?starttls=never", Path())
    for held in (provider, provider._server, Place.parse(f"smtp://user:{SECRET}@localhost")):
        assert SECRET not in f"{held!r}{held}"


def test_without_boto3_the_line_that_installs_it_is_told(monkeypatch):
    """SES and SNS are an extra."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingExtraError, match=r"`ses://` needs an optional part: pip install 'sendgate\[aws\]'"):
        open_provider("ses://eu-west-1", Path())


def test_an_outbox_loads_neither_boto3_nor_ssl():
    """What is not used is not paid for; nothing columnar is loaded by any provider."""
    program = """
import sys
from pathlib import Path
from sendgate.providers.opening import open_provider
open_provider("outbox://a", Path())
print(*(name for name in ("boto3", "botocore", "duckdb", "narwhals", "rich", "numpy") if name in sys.modules))"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"5.1.1 <ann@example.org>: no such user", "5.1.1 <<address>>: no such user"),
        ("Address ann.lee+x@sub.example.org, rejected", "Address <address>, rejected"),
        ("number +4915112345678 is not valid", "number <number> is not valid"),
        ("550 5.7.1 try 4.2.1 later", "550 5.7.1 try 4.2.1 later"),
        ("two\r\nlines\tand\x1b[31m colour", "two lines and [31m colour"),
        (b"\xff\xfe grue\xc3\x9fe", "grue e"),
        ("token-ann-7 is gone", "<address> is gone"),
        ("x" * 500, "x" * 200),
    ],
)
def test_what_a_provider_said_names_nobody(said, kept):
    """One short line of ASCII, without addresses and numbers."""
    assert scrubbed(said, "token-ann-7") == kept
