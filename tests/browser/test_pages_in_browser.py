"""The pages of ``compare``, ``tune`` and ``plan`` in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from sendgate import shipped
from sendgate.doors.cli import cli
from sendgate.model.decisions import Outcome
from sendgate.model.times import DAY
from sendgate.report.agenda import Agenda, Campaigns, Fate
from sendgate.report.plan_page import about, plan_page
from tests.browser.conftest import Opened

FAMILY = shipped.SAMPLE_FAMILY
LISTS = [word for name in ("people", "events") for word in (f"--{name}", str(FAMILY / f"{name}.csv"))]
AUDIENCE = ["--audience", str(FAMILY / "audience.csv")]
COMMANDS = {
    "compare": ["compare", "duvets", *AUDIENCE, "--set", "gates.relevance.at_least=2.5"],
    "tune": ["tune", "gates.relevance.at_least", "0.5:8:0.5", "duvets", *AUDIENCE],
    "plan": ["plan", str(FAMILY / "plans" / "march.yaml")],
}
PAGES = pytest.mark.parametrize("name", COMMANDS)


@pytest.fixture(scope="module")
def made(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make a page of the sample family, once."""
    folder = tmp_path_factory.mktemp("pages")

    def made(name: str) -> Path:
        page = folder / f"{name}.html"
        if not page.exists():
            policy = ["--policy", str(FAMILY / "sendgate.yaml"), "--now", shipped.SAMPLE_NOW]
            result = CliRunner().invoke(cli, [*COMMANDS[name], *LISTS, *policy, "--report", str(page)])
            assert result.exit_code == 0, result.stderr
        return page

    return made


@pytest.fixture
def look(browse: Callable[..., Opened], made: Callable[[str], Path]) -> Callable[..., Opened]:
    """Open a page by its name."""
    return lambda name, **how: browse(made(name), **({"height": 844} | how))


@PAGES
def test_a_page_opens_quietly_at_every_size_by_day_and_by_night(look, made, name: str) -> None:
    """Nothing on the console, no request but for the file itself, nothing wider than the screen, and not one colour."""
    grounds = set()
    for width, scheme in ((390, "dark"), (1280, "light")):
        opened = look(name, width=width, scheme=scheme)
        assert opened.said == []
        assert opened.asked == [made(name).as_uri()]
        assert opened.page.evaluate("document.documentElement.scrollWidth") == width
        grounds.add(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2


@PAGES
def test_tables_fit_on_a_phone(look, name: str) -> None:
    """No column is off the screen; where one would be, a shade says so."""
    page = look(name, width=390).page
    assert page.locator("main .scroll").count() > 0
    wide = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
    assert page.evaluate(wide) == 0
    heads = page.locator("main .scroll thead .number")
    assert all(0 < head.bounding_box()["x"] + head.bounding_box()["width"] < 390 for head in heads.all())


@pytest.mark.parametrize("days", [7, 40])
def test_the_days_of_a_plan_can_be_told_apart_on_a_phone(browse, tmp_path: Path, days: int) -> None:
    """A week fits, with its days below each other's months; a longer plan can be moved. Nothing is written over."""
    fate = Fate({outcome: days if outcome is Outcome.SEND else 0 for outcome in Outcome}, 0, 1.0, {})
    campaign = Campaigns("espresso-spring", "harbor", 0.0, days, days, fate, None)
    out = {(day * DAY, 0): 1 for day in range(days)}
    found = Agenda((campaign,), 1, {1: 1}, {1: 1}, None, out, 0, 0, ())
    page = tmp_path / "plan.html"
    page.write_text(plan_page(about("Harbor", "plan.yaml", "sendgate.yaml", 0.0, days * DAY), found, ""), "utf-8")
    written = """[...document.querySelectorAll(".agenda thead th")].slice(1).map(cell => {
        const text = document.createRange();
        text.selectNodeContents(cell);
        const {left, right} = text.getBoundingClientRect();
        return [left, right];
    })"""
    places = browse(page, width=390).page.evaluate(written)
    assert len(places) == days + 1
    assert all(right < left for (_, right), (left, _) in pairwise(places))
    assert (places[-1][1] < 390) == (days == 7)


@PAGES
def test_every_drawing_has_its_numbers_in_a_table(look, name: str) -> None:
    """A drawing stands in a table, or has one behind it; in the figure, or in the section that follows for ``tune``."""
    page = look(name).page
    drawings = page.locator("main svg[aria-hidden='true'], main [aria-hidden='true'] svg")
    assert drawings.count() > 0
    bare = page.evaluate("""[...document.querySelectorAll("figure")].filter(figure => !figure.querySelector("table")
        && !figure.closest("section").nextElementSibling.querySelector("table")).length""")
    assert bare == 0
    assert page.evaluate("[...document.querySelectorAll('main table')].every(table => table.tHead && table.caption)")


@PAGES
def test_a_page_can_be_walked_with_the_tabulator(look, name: str) -> None:
    """The first stop leads past the navigation; every stop is visible, tables that scroll among them."""
    page = look(name, width=390).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.tagName"))
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2 or page.evaluate("document.activeElement.tagName") == "BODY"
    assert {"A", "DIV"} <= seen


@pytest.mark.parametrize("name", ["compare", "plan"])
def test_the_numbers_of_a_drawing_unfold_with_enter(look, name: str) -> None:
    """They are folded at first."""
    page = look(name).page
    table = page.locator("details.numbers table").first
    assert not table.is_visible()
    page.locator("details.numbers summary").first.focus()
    page.keyboard.press("Enter")
    assert table.is_visible()
