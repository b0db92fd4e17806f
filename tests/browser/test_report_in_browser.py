"""The report in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sendgate.report.frame import page as make_page

SIZES = pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 900)], ids=["phone", "desktop"])


@SIZES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_opens_without_a_word_and_without_a_network(report, browse, width, height, scheme) -> None:
    """Nothing on the console, no request but for the file itself, nothing wider than the screen."""
    opened = browse(report, width=width, height=height, scheme=scheme)
    page = opened.page
    page.evaluate("document.querySelectorAll('iframe').forEach(frame => frame.scrollIntoView())")
    page.wait_for_function("document.querySelectorAll('iframe').length === 4")
    assert opened.said == []
    assert [url for url in opened.asked if not url.startswith(("file:", "about:"))] == []
    assert len([url for url in opened.asked if url.startswith("file:")]) == 1
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator(".funnel thead .loss").is_visible()
    assert "recipients hear from Harbor Home now" in page.inner_text("h1")


def test_day_and_night_have_their_own_colours(report, browse) -> None:
    """As the system wishes."""
    grounds = {
        scheme: browse(report, scheme=scheme).page.evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert grounds == {"light": "rgb(243, 239, 232)", "dark": "rgb(22, 20, 18)"}


def test_the_search_works_by_keyboard(report, browse) -> None:
    """A slash leads there; type, arrows and Enter choose, Escape closes; the answer has gates, values and offers."""
    opened = browse(report)
    page = opened.page
    page.keyboard.press("/")
    page.keyboard.type("nils")
    field = page.locator("#who-is-it")
    assert field.get_attribute("aria-expanded") == "true"
    assert field.get_attribute("aria-activedescendant") == "found-0"
    page.keyboard.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    answer = page.inner_text("#answer")
    assert "nils" in page.inner_text("#answer h3")
    assert "evidence of 0.00 that this is wanted, 1.00 is needed" in answer
    assert "dusty-rose-early" in answer
    assert page.locator("#answer tr.passes").count() > 5
    assert page.locator("#answer li.blocks").count() >= 1
    assert opened.said == []


@SIZES
def test_what_the_search_finds_is_on_the_screen(report, browse, width, height) -> None:
    """Below the navigation stands the question, and below that what is found; so it stays when somebody is chosen."""
    page = browse(report, width=width, height=height).page
    place = "document.querySelector('{}').getBoundingClientRect().{}"
    below = page.evaluate("document.querySelector('nav').offsetHeight")
    page.keyboard.press("/")
    page.keyboard.type("p00")
    assert page.locator("#found li").count() > 5
    assert page.evaluate(place.format("#found", "bottom")) <= height
    assert page.evaluate(place.format(".ask label", "top")) >= below
    page.keyboard.press("Enter")
    assert page.evaluate(place.format(".ask label", "top")) >= below
    assert page.evaluate(place.format("#answer h3", "bottom")) <= height


def test_the_search_finds_gates_and_says_who_is_not_there(report, browse) -> None:
    """A word such as a gate's lists examples; a stranger is told how to ask elsewhere."""
    page = browse(report).page
    page.fill("#who-is-it", "quiet hours")
    assert "quiet hours: " in page.inner_text("#found-0")
    page.fill("#who-is-it", "nobody-of-this-name")
    assert "Not among the 400 of 2,001 recipients on this page" in page.inner_text("#found")
    assert "sendgate explain spring-duvets" in page.inner_text("#found")
    page.keyboard.press("Enter")
    assert page.inner_text("#answer") == ""


def test_an_example_leads_to_its_explanation(report, browse) -> None:
    """A click on a person in an example fills the search."""
    page = browse(report).page
    link = page.locator(".cases a").first
    link.click()
    assert link.inner_text() in page.inner_text("#answer h3")
    assert page.evaluate("document.activeElement.id") == "answer"


def test_messages_look_as_they_are_sent(report, browse) -> None:
    """The styles of a mail hold in its frame, and its script does not run."""
    page = browse(report).page
    page.locator("iframe").first.scroll_into_view_if_needed()
    frame = page.frame_locator("iframe").first
    heading = frame.locator("h1")
    assert "Georgia" in heading.evaluate("element => getComputedStyle(element).fontFamily")
    night = browse(report, scheme="dark").page
    night.locator("iframe").first.scroll_into_view_if_needed()
    ground = night.frame_locator("iframe").first.locator("body").evaluate("e => getComputedStyle(e).backgroundColor")
    assert ground == "rgb(22, 20, 18)", "the style sheet of the mail is allowed by its hash"


def test_everything_can_be_reached_with_the_tabulator(report, browse) -> None:
    """The first stop leads past the navigation; the focus is always visible."""
    page = browse(report).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.tagName"))
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2 or page.evaluate("document.activeElement.tagName") in {"BODY", "IFRAME"}
    assert {"A", "INPUT", "SUMMARY"} <= seen


def test_a_report_can_be_printed(report, browse) -> None:
    """On white paper, without the navigation and the search."""
    page = browse(report, scheme="dark").page
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    assert not page.locator("#who-is-it").is_visible()
    assert page.locator("#gates").is_visible()


def test_a_printed_report_is_whole(report, browse) -> None:
    """The numbers of drawings are unfolded, messages stand to their end, and no heading is left behind."""
    page = browse(report, width=720).page
    page.locator("iframe").first.scroll_into_view_if_needed()
    page.emulate_media(media="print")
    tables = page.locator("details.numbers table")
    assert tables.count() == 4
    assert all(table.is_visible() for table in tables.all())
    room = page.evaluate("[...document.querySelectorAll('.frame')].map(frame => frame.clientHeight)")
    shown = page.evaluate("[...document.querySelectorAll('iframe')].map(e => e.getBoundingClientRect().height)")
    assert shown == pytest.approx(room)
    frame = page.frame_locator("iframe").first.locator("html")
    assert frame.evaluate("element => document.body.scrollHeight <= innerHeight")
    for heading in ("h2", "h3", ".says"):
        ends = f"[...document.querySelectorAll('main {heading}')].map(e => getComputedStyle(e).breakAfter)"
        assert set(page.evaluate(ends)) == {"avoid"}


def test_scripts_from_files_stay_text(report, browse, tmp_path: Path) -> None:
    """In the search as well: what was found, and all that is said of it, is set as text."""
    nasty = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    told = dict.fromkeys(("until", "clock", "since", "risk", "withheld"), 0)
    offer = {
        "name": 0,
        "standing": nasty,
        "evidence": 0,
        "incentive": 0,
        "relevance": nasty,
        "rank": nasty,
        "scores": [[0, 0]],
    }
    data = {"words": [nasty], "rows": 1, "ask": nasty, "people": [
        {"row": 1, "person": 0, "outcome": "drop", "gate": nasty, "detail": 0, "offer": 0, "blocks": [nasty, "x"],
         "known": True, "gates": [["blocks", 0, 0, 0, 0]], "offers": [{**offer, "gates": [["passes", 0, 0, 0, 0]]}],
         "history": [[0, 0, 0]], **told}
    ]}  # fmt: skip
    html = report.read_text(encoding="utf-8")
    start = html.index('id="data">') + len('id="data">')
    escaped = json.dumps(data).replace("<", "\\u003c")
    changed = tmp_path / "nasty.html"
    changed.write_text(html[:start] + escaped + html[html.index("</script>", start) :], encoding="utf-8")
    opened = browse(changed)
    opened.page.fill("#who-is-it", "script")
    assert nasty in opened.page.inner_text("#found")
    opened.page.keyboard.press("Enter")
    assert nasty in opened.page.inner_text("#answer")
    assert opened.page.locator("#answer img, #answer script, #found img").count() == 0
    assert "owned" not in opened.page.title()
    assert opened.said == []


def test_the_policy_stops_a_script_that_got_in(browse, tmp_path: Path) -> None:
    """Even if something were not escaped, the browser would not run it."""
    path = tmp_path / "page.html"
    html = make_page("frame.html.j2", title="quiet")
    path.write_text(html.replace("</body>", "<script>document.title='owned'</script></body>"), encoding="utf-8")
    opened = browse(path)
    assert opened.page.title() == "quiet"
    assert any("Content Security Policy" in word for word in opened.said)
