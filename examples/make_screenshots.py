"""Draw the pages of the sample family for the documentation: ``.venv/bin/python examples/make_screenshots.py``.

Needs Chromium, and pngquant, which takes the colours down so that the pictures stay small.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
FAMILY = ROOT / "examples" / "sample_family"
NOW = "2026-03-04T17:00:00Z"
SIZES = {"desktop": (1280, 1040), "phone": (390, 844)}
LISTS = [word for name in ("audience", "people", "events") for word in (f"--{name}", f"{name}.csv")]
PAGES = {
    "report": ["dry-run", "duvets", *LISTS, "--now", NOW],
    "compare": ["compare", "duvets", *LISTS, "--now", NOW, "--set", "gates.frequency.caps.1.limit=1",
                "--set", "gates.relevance.at_least=2.5"],
    "tune": ["tune", "gates.relevance.at_least", "0.5:8:0.5", "duvets", *LISTS, "--now", NOW],
    "plan": ["plan", "plans/march.yaml", *LISTS[2:], "--now", NOW],
}  # fmt: skip
KEPT = {
    "report": ["desktop-light", "desktop-dark", "phone-light", "phone-dark"],
    "compare": ["desktop-light"],
    "tune": ["desktop-light"],
    "plan": ["desktop-light", "desktop-dark", "phone-light", "phone-dark"],
}
"""The pictures that the documentation shows."""
MOST_BYTES = 150_000
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


def main() -> None:
    """Make the pages, open each at the sizes and by the light that are shown, and keep what is seen."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium or not shutil.which("pngquant"):
        sys.exit("needs chromium and pngquant")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        for name in sys.argv[1:] or PAGES:
            made = page_of(name, Path(folder))
            for view in KEPT[name]:
                size, _, scheme = view.partition("-")
                width, height = SIZES[size]
                context = browser.new_context(
                    color_scheme=scheme, viewport={"width": width, "height": height}, reduced_motion="reduce"
                )
                page = context.new_page()
                page.goto(made.as_uri())
                picture(page, f"{name}-{view}")
                if name == "report" and scheme == "light":
                    answer(page)
                    picture(page, f"report-{size}-ask")
                context.close()
        browser.close()


def page_of(name: str, folder: Path) -> Path:
    """Make a page."""
    command = [str(Path(sys.executable).with_name("sendgate")), *PAGES[name], "--report", str(folder / f"{name}.html")]
    subprocess.run(command, cwd=FAMILY, check=True, capture_output=True)
    return folder / f"{name}.html"


def answer(page: Page) -> None:
    """Ask about somebody, by keyboard."""
    page.keyboard.press("/")
    page.keyboard.type("anna")
    page.keyboard.press("Enter")
    page.evaluate("document.activeElement.blur(); document.getElementById('ask').scrollIntoView()")


def picture(page: Page, name: str) -> None:
    """Keep what is seen, in so few colours that it is small."""
    page.wait_for_timeout(300)
    target = IMAGES / f"{name}.png"
    page.screenshot(path=target)
    subprocess.run(["pngquant", "--force", "--strip", "--output", str(target), "64", str(target)], check=True)
    size = target.stat().st_size
    print(f"{target.relative_to(ROOT)}: {size:,} bytes")
    assert size < MOST_BYTES


if __name__ == "__main__":
    main()
