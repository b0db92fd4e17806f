"""``sendgate dry-run --report`` and ``--json``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from sendgate import shipped
from sendgate.report.record import DryRun

_VOID = {"meta", "link", "img", "br", "hr", "input", "rect", "line"}
NASTY = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>\"'&"


class Page(HTMLParser):
    """A page as a browser would take it apart."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Give the attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def data(self) -> dict:
        """What is embedded for the search."""
        return json.loads(self.texts["script"][0])


@pytest.fixture
def page(rehearsed) -> Page:
    """The report of a dry run that nothing stands in the way of."""
    assert "report written to out.html" in rehearsed.stderr
    return Page((rehearsed.folder / "out.html").read_text(encoding="utf-8"))


@pytest.fixture
def report(sendgate) -> Callable[..., Page]:
    """Make a report of the family in the current folder."""

    def make(*words: str) -> Page:
        result = sendgate("dry-run", "duvets", "--report", "out.html", *words)
        assert result.exit_code in {0, 1}, result.stderr
        assert "report written to out.html" in result.stderr
        return Page(Path("out.html").read_text(encoding="utf-8"))

    return make


def test_a_report_says_what_would_happen(page) -> None:
    """The headline, the gates, the offers, the policy and the account."""
    assert page.texts["h1"] == ["2 of 6 recipients hear from Harbor Home now."]
    text = " ".join(page.texts["main"][0].split())
    assert "3 are spared a message that should not reach them and 1 waits for a better moment." in text
    assert "2 messages from the family in the last 7 days, the cap is 2" in text
    assert "limit 2, per 7d, within family" in text
    assert "persons in the audience whom no file knows: 1" in text
    assert "would block 3" in text
    assert "Frequency Switching it off would reach 1 person more" in text.replace("frequency", "Frequency")
    assert "permission Switching" not in text, "that is no matter of choice"
    persons = {page.data["words"][person["person"]] for person in page.data["people"]}
    assert persons == {"ann", "bob", "cas", "dan", "eve"}


def test_a_report_is_accessible(page) -> None:
    """Language, one main heading, no level left out, captions, labels, titles, and links that lead somewhere."""
    assert page.all("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.texts["caption"]) == len(page.all("table"))
    assert all(caption.strip() for caption in page.texts["caption"])
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {label["for"] for label in page.all("label")} == {field["id"] for field in page.all("input")}
    assert all(frame["title"] for frame in page.all("iframe"))
    assert all(cell.get("scope") in {"col", "row"} for cell in page.all("th"))
    assert all(link["href"].removeprefix("#") in ids for link in page.all("a"))
    assert all(region.get("aria-label") for _, region in page.elements if region.get("role") == "region")
    named = {name for _, attributes in page.elements for name in (attributes.get("aria-labelledby") or "").split()}
    assert named <= ids
    assert all(drawing["aria-hidden"] == "true" for drawing in page.all("svg"))


def test_a_report_needs_nothing_from_elsewhere(page) -> None:
    """No script but its own, no style sheet, no picture, no font, no form; frames without rights."""
    assert [script.get("src") for script in page.all("script")] == [None, None]
    assert page.all("link") == page.all("form") == page.all("img") == []
    assert [frame["sandbox"] for frame in page.all("iframe")] == ["", ""]
    assert "<p>" in page.all("iframe")[0]["srcdoc"]
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


def test_addresses_are_withheld_unless_asked_for(small, report) -> None:
    """In previews, in rejected rows, in ids, wherever."""
    (small / "templates" / "ten.j2").write_text(
        "{% block subject %}For {{ person.email }}{% endblock %}{% block text %}{{ person.email }}{% endblock %}"
    )
    with (small / "people.csv").open("a") as file:
        file.write("zoe@x.example,zoe@x.example,Zoe,,\nann,twice@x.example,,,\n")
    with (small / "audience.csv").open("a") as file:
        file.write("zoe@x.example,z\n")
    assert not re.search(r"\w@\w+\.example", report().html)
    shown = report("--show-addresses").html
    assert "zoe@x.example" in shown
    assert "For bob@x.example" in shown


def test_what_stands_in_files_stays_text(family, report) -> None:
    """A script in an id, an attribute, a name, a category, a reason or a template is never one of the page."""
    quoted = '"' + NASTY.replace('"', '""') + '"'
    for name, text in {
        "people.csv": f"{quoted},z@x.example,{quoted},{quoted},{quoted}\n",
        "audience.csv": f"{quoted},{quoted}\n",
        "events.csv": f"{quoted},subscribed,2024-01-01T10:00:00Z,,,,,,,\n"
        f"{quoted},viewed,2026-03-01T10:00:00Z,harbor,,,home/bedding,{quoted},,\n"
        f"ann,viewed,{quoted},harbor,,,,,,\n"
        f"cas,purchased,2026-03-01T10:00:00Z,harbor,,,{quoted},{quoted},1,0\n"
        f"cas,carted,2026-03-03T10:00:00Z,harbor,,,{quoted},{quoted},1,0\n",
    }.items():
        with (family / name).open("a") as file:
            file.write(text)
    quoted = json.dumps(NASTY)
    for name, words in {
        "campaigns/duvets.yaml": ("spring-duvets", "early"),
        "sendgate.yaml": ("Harbor Group", "Harbor Home"),
    }.items():
        settings = (family / name).read_text()
        for word in words:
            settings = settings.replace(f"name: {word}", f"name: {quoted}")
        (family / name).write_text(settings)
    for name in ("early.j2", "ten.j2"):
        text = (
            "{% block subject %}{{ person.given_name or 'x' }}SCRIPT{% endblock %}{% block html %}SCRIPT{% endblock %}"
        )
        (family / "templates" / name).write_text(text.replace("SCRIPT", NASTY))
    page = report()
    assert len(page.all("script")) == 2
    assert page.all("img") == []
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert any(NASTY in word for word in page.data["words"])
    assert all(frame["sandbox"] == "" for frame in page.all("iframe"))
    assert page.texts["title"][0] == f"{NASTY}: dry run"


def test_kept_facts_make_the_same_report(kept, sendgate) -> None:
    """Numbers, explanations, examples and messages are those of the run that read everything."""
    again = sendgate("dry-run", "duvets", "--facts", "facts.parquet", "--report", "again.html")
    assert "people and events were read for" in again.stderr
    full, same = (Page((kept.folder / name).read_text(encoding="utf-8")) for name in ("out.html", "again.html"))
    assert any("gates" in person for person in full.data["people"])
    assert same.data == full.data
    assert same.texts == full.texts
    assert [frame["srcdoc"] for frame in same.all("iframe")] == [frame["srcdoc"] for frame in full.all("iframe")]


def test_what_was_rejected_is_left_out_of_explanations_from_kept_facts(small, report) -> None:
    """A bad row, a repeated id and somebody of whom no file knows are what they were when the facts were counted."""
    events = small / "events.csv"
    head, *lines = events.read_text().splitlines()
    named = [f"{line},e{at}" for at, line in enumerate(lines)]
    bad = "ann,carted,yesterday,harbor,,,home/bedding,duvet,,,bad"
    events.write_text("\n".join([f"{head},id", *named, named[1], bad]) + "\n")
    full = report("--facts", "facts.parquet")
    kept = report("--facts", "facts.parquet")
    assert "yesterday" in full.html
    assert kept.data == full.data
    assert kept.texts == full.texts


def test_only_a_report_looks_people_up_in_the_files(kept, sendgate) -> None:
    """A run from kept facts reads no events, unless a page is to explain somebody."""
    plain = sendgate("dry-run", "duvets", "--facts", "facts.parquet")
    shown = sendgate("dry-run", "duvets", "--facts", "facts.parquet", "--report", "shown.html")
    assert "people and events were not read" in plain.stderr
    assert "no message was rendered" in plain.stdout
    assert "people and events were read for" in shown.stderr
    assert "rendered for real" in shown.stdout


def test_rows_with_their_own_time_can_be_shown(small, report) -> None:
    """Each is explained at its own."""
    (small / "audience.csv").write_text("person,at\nann,2026-03-04T12:00:00Z\nann,2023-02-01T12:00:00Z\n")
    page = report()
    assert "decided each row at its own time" in page.html
    assert [person["outcome"] for person in page.data["people"]] == ["send", "drop"]


def test_nobody_makes_a_report_too(small, report) -> None:
    """An audience without rows."""
    (small / "audience.csv").write_text("person\n")
    assert report().texts["h1"] == ["There is nobody on the list."]


def test_a_report_of_the_sample_family_is_small(sendgate, tmp_path) -> None:
    """Thousands of recipients or a million: aggregates and a bounded sample, at most 3 MB."""
    family = shipped.SAMPLE_FAMILY
    out = tmp_path / "out.html"
    lists = [word for name in ("audience", "people", "events") for word in (f"--{name}", str(family / f"{name}.csv"))]
    policy = ["--policy", str(family / "sendgate.yaml"), "--now", shipped.SAMPLE_NOW]
    result = sendgate("dry-run", "duvets", *lists, *policy, "--report", str(out), files=False)
    assert result.exit_code == 0, result.stderr
    page = Page(out.read_text(encoding="utf-8"))
    assert 200_000 < out.stat().st_size < 3_000_000
    assert len(page.data["people"]) == 400
    assert len(page.all("iframe")) == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--report", "out.pdf"], "`out.pdf` cannot be the report: expected a name that ends in .html"),
        (["--report", "no/out.html"], "there is no folder `no`"),
        (["--report", "p.html", "--policy", "p.html"], "--report would overwrite the input `p.html`"),
        (["--report", "x.html", "--out", "x.html"], "--report would overwrite what --out writes"),
        (["--show-addresses"], "--show-addresses goes with --report"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_at_once(family, sendgate, words: list[str], said: str) -> None:
    """Before anything is read, with status 2."""
    result = sendgate("dry-run", "duvets", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not list(family.glob("*.html"))


def test_json_is_one_object_of_the_documented_schema(family, sendgate) -> None:
    """On standard output, and nothing else; diagnostics stay apart."""
    with (family / "audience.csv").open("a") as file:
        file.write(",nobody\n")
    result = sendgate("dry-run", "duvets", "--json")
    told = msgspec.json.decode(result.stdout, type=DryRun)
    assert result.exit_code == 1
    assert "audience.csv:8: `person` is empty" in result.stderr
    assert (told.rows, told.decided, told.rejected) == (7, 6, 1)
    assert msgspec.structs.asdict(told.outcomes) == {"send": 2, "defer": 1, "drop": 3}
    assert told.offers == {"early": 1, "ten-percent": 1}
    assert [gate.gate for gate in told.gates if gate.would_block] == ["balance"]
    assert told.files[0].file == "people.csv"


def test_json_goes_with_the_files(small, sendgate) -> None:
    """Decisions and the report are written as well."""
    result = sendgate("dry-run", "duvets", "--json", "--report", "out.html", "--out", "out.csv")
    assert json.loads(result.stdout)["campaign"] == "spring-duvets"
    assert (small / "out.html").exists()
    assert (small / "out.csv").exists()
