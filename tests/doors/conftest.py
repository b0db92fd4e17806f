"""A small family in a folder, and the command line to use on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sendgate.catalog import BUILT_IN
from sendgate.doors.cli import cli

NOW = "2026-03-04T12:00:00Z"

POLICY = """\
family:
  name: Harbor Group
  currency: EUR
  brands:
    harbor: {name: Harbor Home, sender: "Harbor Home <hello@harbor.example>"}
    kids: {name: Harbor Kids, sender: "Harbor Kids <hello@kids.example>"}
    lumen: {name: Lumen Lighting, shares_profile: false}
  tiers: [member, gold]
gates:
  frequency:
    caps: [{limit: 2, per: 7d}]
  balance: {unanswered: 1, mode: observe}
"""
CAMPAIGN = """\
name: spring-duvets
brand: harbor
channel: email
purpose: promotional
category: home/bedding
offers:
  - {name: early, product: duvet, category: home/bedding, incentive: early_access, template: early.j2}
  - {name: ten-percent, incentive: percent_off, template: ten.j2}
"""
EARLY = """\
{% block subject %}{{ person.given_name }}, yours first{% endblock %}
{% block html %}<p>Have a <a href="https://harbor.example/{{ person.nickname or '' }}">look</a>.</p>{% endblock %}
"""
TEN = """\
{% block subject %}Ten percent{% endblock %}
{% block text %}{% if evidence.viewed > 3 %}{{ person.nickname }}{% endif %}For you.{% endblock %}
"""
PEOPLE = """\
person,email,given_name,timezone,tier
ann,ann@x.example,Ann,Europe/Berlin,gold
bob,bob@x.example,,America/New_York,member
cas,cas@x.example,Cas,,
dan,dan@x.example,Dan,,
"""
EVENTS = """\
person,kind,at,brand,channel,purpose,category,product,price,discount
ann,subscribed,2024-01-01T10:00:00Z,,,,,,,
ann,viewed,2026-03-01T10:00:00Z,harbor,,,home/bedding,duvet,,
ann,carted,2026-03-02T10:00:00Z,harbor,,,home/bedding,duvet,,
ann,purchased,2025-06-01T10:00:00Z,kids,,,toys,bear,20,0
ann,purchased,2025-07-01T10:00:00Z,lumen,,,lamps,arc,90,0
ann,sent,2026-02-20T10:00:00Z,kids,email,promotional,,,,
bob,subscribed,2024-01-01T10:00:00Z,,,,,,,
bob,viewed,2026-03-01T10:00:00Z,harbor,,,home/bedding,duvet,,
bob,viewed,2026-03-01T11:00:00Z,harbor,,,home/bedding,duvet,,
cas,subscribed,2024-01-01T10:00:00Z,,,,,,,
cas,viewed,2026-03-01T10:00:00Z,harbor,,,home/bedding,duvet,,
cas,sent,2026-03-01T11:00:00Z,kids,email,promotional,,,,
cas,sent,2026-03-02T11:00:00Z,lumen,email,promotional,,,,
dan,unsubscribed,2026-01-01T10:00:00Z,,,,,,,
"""
AUDIENCE = "person,segment\nann,a\nbob,b\ncas,c\ndan,d\neve,e\nann,again\n"

FAMILY = {
    "sendgate.yaml": POLICY,
    "campaigns/duvets.yaml": CAMPAIGN,
    "templates/early.j2": EARLY,
    "templates/ten.j2": TEN,
    "people.csv": PEOPLE,
    "events.csv": EVENTS,
    "audience.csv": AUDIENCE,
}
_ASKED = {"permission", "frequency", "duplicate", "render"}
SMALL = FAMILY | {
    "sendgate.yaml": POLICY.replace("  balance: {unanswered: 1, mode: observe}\n", "")
    + "".join(f"  {gate.name}: off\n" for gate in BUILT_IN if gate.name not in _ASKED),
    "campaigns/duvets.yaml": "".join(line for line in CAMPAIGN.splitlines(True) if "early" not in line),
}
"""The same people under few gates and for one offer: what a run costs are questions, however few it asks them of."""

Run = Callable[..., Result]


@dataclass(frozen=True)
class Done:
    """What a command said, and the folder in which it was run."""

    exit_code: int
    stdout: str
    stderr: str
    folder: Path


def _settle(folder: Path, files: Mapping[str, str], patch: pytest.MonkeyPatch) -> Path:
    """Write a family's files into a folder, and make it the current one."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    patch.chdir(folder)
    patch.setenv("COLUMNS", "100")
    return folder


def _run(*words: str, files: bool = True) -> Result:
    lists = ["--people", "people.csv", "--events", "events.csv", "--now", NOW]
    if words[0] in {"dry-run", "compare", "tune"}:
        lists += ["--audience", "audience.csv"]
    reads = files and words[0] in {"dry-run", "explain", "preview", "compare", "tune"}
    return CliRunner().invoke(cli, [*words, *(lists if reads else [])])


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A family's folder, which is the current one."""
    return _settle(tmp_path, FAMILY, monkeypatch)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the family that few gates and one offer are enough for. It is the current one."""
    return _settle(tmp_path, SMALL, monkeypatch)


@pytest.fixture
def sendgate() -> Run:
    """Run a command; the files of the family are given to those that read them."""
    return _run


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Done]:
    """Run a command over a family as it stands above, once for all tests that only look at what it said and wrote."""

    @cache
    def run(*words: str, small: bool = False) -> Done:
        with pytest.MonkeyPatch.context() as patch:
            folder = _settle(tmp_path_factory.mktemp("once"), SMALL if small else FAMILY, patch)
            result = _run(*words)
        return Done(result.exit_code, result.stdout, result.stderr, folder)

    return run


@pytest.fixture
def rehearsed(once: Callable[..., Done]) -> Done:
    """A dry run that nothing stands in the way of, with what it can write; tests look at it from all sides."""
    return once("dry-run", "duvets", "--sample", "2", "--out", "out.csv", "--report", "out.html")


@pytest.fixture
def kept(once: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> Done:
    """A dry run that has kept its facts. Its folder is the current one, and tests write there under other names."""
    done = once("dry-run", "duvets", "--facts", "facts.parquet", "--out", "out.csv", "--report", "out.html", small=True)
    monkeypatch.chdir(done.folder)
    return done


# A family that sends ----------------------------------------------------------------------------------------------

SENDING_POLICY = """\
family:
  name: House
  unsubscribe_url: https://house.example/leave
  brands:
    harbor: {name: Harbor, sender: "Harbor <hello@harbor.example>"}
    kids: {name: Kids, sender: "Kids <hello@kids.example>"}
gates:
  permission: {basis: opt_out}
"""
HELLO = """\
name: hello
brand: harbor
channel: email
purpose: relationship
offers: [{name: only, creative: letter, template: hello.j2}]
"""
HELLO_TEMPLATE = """\
{% block subject %}Hello {{ person.given_name }}{% endblock %}
{% block text %}{% if data.order %}Order {{ data.order }}. {% endif %}Leave: {{ unsubscribe_url }}{% endblock %}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A family's folder that can send, with six people in its store. It is the current folder."""
    files = {
        "sendgate.yaml": SENDING_POLICY,
        "sendgate.keys": "k1:0123456789abcdef0123456789abcdef\n",
        "campaigns/hello.yaml": HELLO,
        "campaigns/again.yaml": HELLO.replace("name: hello", "name: again"),
        "templates/hello.j2": HELLO_TEMPLATE,
        "people.csv": "person,email,given_name\n" + "".join(f"p{n},p{n}@x.example,Pat{n}\n" for n in range(6)),
        "events.csv": "person,kind,at\np5,unsubscribed,2026-01-01\np0,viewed,2026-01-01\np0,viewed,2026-01-01\n",
        "audience.csv": "person\n" + "".join(f"p{n}\n" for n in range(6)),
    }
    _settle(tmp_path, files, monkeypatch)
    monkeypatch.delenv("SENDGATE_KEYS", raising=False)
    imported = CliRunner().invoke(cli, ["import", "--people", "people.csv", "--events", "events.csv"])
    assert imported.exit_code == 0, imported.output
    return tmp_path


@pytest.fixture
def letters(shop: Path) -> Callable[[], list[str]]:
    """Give the recipients of the mails in the outbox, in order."""

    def read() -> list[str]:
        mails = (path.read_text(encoding="utf-8") for path in (shop / "outbox").glob("*.eml"))
        return sorted(next(line for line in mail.splitlines() if line.startswith("To:"))[4:] for mail in mails)

    return read
