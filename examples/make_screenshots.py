"""Draw the report of the sample family for the README: ``.venv/bin/python examples/make_screenshots.py``.

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
MOST_BYTES = 150_000
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


def main() -> None:
    """Make the report, open it at every size by day and by night, and keep what is seen."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium or not shutil.which("pngquant"):
        sys.exit("needs chromium and pngquant")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        report = made(Path(folder))
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                context = playwright.chromium.launch_persistent_context(
                    Path(folder) / f"{size}-{scheme}",
                    executable_path=chromium,
                    args=QUIET,
                    color_scheme=scheme,
                    viewport={"width": width, "height": height},
                    reduced_motion="reduce",
                )
                page = context.new_page()
                page.goto(report.as_uri())
                picture(page, f"report-{size}-{scheme}")
                if scheme == "light":
                    answer(page)
                    picture(page, f"report-{size}-ask")
                context.close()


def made(folder: Path) -> Path:
    """Make the report."""
    lists = [word for name in ("audience", "people", "events") for word in (f"--{name}", f"{name}.csv")]
    command = [str(Path(sys.executable).with_name("sendgate")), "dry-run", "duvets", *lists, "--now", NOW]
    subprocess.run([*command, "--report", str(folder / "report.html")], cwd=FAMILY, check=True, capture_output=True)
    return folder / "report.html"


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
