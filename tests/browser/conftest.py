"""A real browser, where the machine has one: Chromium, without a window and without a network."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from sendgate import shipped
from sendgate.doors.cli import cli

QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


class Opened(NamedTuple):
    """A page in the browser, with what it said and asked for meanwhile."""

    page: Any
    said: list[str]
    """Messages on the console, and errors."""
    asked: list[str]
    """Addresses that were requested."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """Find the browser; without one these tests are skipped."""
    pytest.importorskip("playwright", reason="playwright is not installed here")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(NAMES)})")
    return found


@pytest.fixture(scope="session")
def report(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the report of the sample family."""
    out = tmp_path_factory.mktemp("report") / "report.html"
    family = shipped.SAMPLE_FAMILY
    lists = [word for name in ("audience", "people", "events") for word in (f"--{name}", str(family / f"{name}.csv"))]
    settings = ["--policy", str(family / "sendgate.yaml"), "--now", shipped.SAMPLE_NOW, "--report", str(out)]
    result = CliRunner().invoke(cli, ["dry-run", "duvets", *lists, *settings])
    assert result.exit_code == 0, result.stderr
    return out


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Start the browser, once for all tests of a file: that takes longer than most of them."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def browse(browser: Any) -> Iterator[Callable[..., Opened]]:
    """Open a file as somebody who was never there, and forget it behind the test."""
    contexts = []

    def browse(path: Path, *, width: int = 1280, height: int = 900, scheme: str = "light") -> Opened:
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        contexts.append(context)
        context.set_default_timeout(20_000)
        opened = Opened(context.new_page(), [], [])
        opened.page.on("console", lambda message: opened.said.append(message.text))
        opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
        opened.page.on("dialog", lambda dialog: (opened.said.append(dialog.message), dialog.dismiss()))
        opened.page.on("request", lambda request: opened.asked.append(request.url))
        opened.page.goto(path.as_uri())
        return opened

    yield browse
    for context in contexts:
        context.close()
