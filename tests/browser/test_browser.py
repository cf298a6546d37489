"""The built book in Chromium: wide and narrow, light and dark, with the network mapped away.

Sphinx does not see an undefined TeX macro, an image from outside, a script that throws or a
page that scrolls sideways; these tests do. `make browser` runs them.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
PAGES = sorted(
    path.relative_to(HTML).as_posix()
    for path in HTML.rglob("*.html")
    if "_static" not in path.parts
)
WIDTHS = {"wide": 1440, "narrow": 375}
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
# Faults of the theme and of Sphinx's bibliography, which a page cannot mend.
FAULTS_OF_THE_THEME = {
    "aria-allowed-role",
    "aria-deprecated-role",
    "aria-required-children",
    "label-content-name-mismatch",
    "region",
}

# What stands out of the window, save what lies in a box that scrolls.
OVERHANGING = """window => {
    const scrolls = e => e && e !== document.body
        && (/auto|scroll|hidden/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
    return [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > window + 1 && !scrolls(e.parentElement))
        .map(e => e.outerHTML.slice(0, 120)).slice(0, 5);
}"""


def chromium() -> str:
    """Return the path of a Chromium, or say what is missing."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise FileNotFoundError(
        "the browser tests need chromium on PATH (Debian: apt install chromium)"
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a network."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The book behind a server on this machine."""
    handler = partial(QuietHandler, directory=str(HTML))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    """A file server that keeps its log to itself."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Visit:
    """One page opened in one window, with what went wrong on the way."""

    def __init__(self, browser: Browser, base: str, name: str, width: int, mode: str) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=mode
        )
        self.context.add_init_script(
            f"localStorage.setItem('mode', '{mode}'); localStorage.setItem('theme', '{mode}');"
        )
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("requestfailed", lambda request: self.faults.append(f"failed: {request.url}"))
        self.page.on("request", lambda request: self._request(request.url, base))
        self.page.goto(f"{base}/{name}", wait_until="load")
        self.page.evaluate("async () => { if (window.MathJax) await MathJax.startup.promise; }")

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *exception: object) -> None:
        self.context.close()

    def _console(self, message: object) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _request(self, url: str, base: str) -> None:
        if not url.startswith((base, "data:", "blob:")):
            self.faults.append(f"outside: {url}")


def test_there_are_pages() -> None:
    assert "index.html" in PAGES, "build the book first: make book"
    assert len(PAGES) > 5


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_from_its_folder(browser: Browser, name: str, width: str, mode: str) -> None:
    with Visit(browser, HTML.as_uri(), name, WIDTHS[width], mode) as visit:
        page = visit.page
        assert page.evaluate("document.documentElement.dataset.theme") == mode
        assert not visit.faults
        assert_mathematics(page)
        assert_fits(page)


@pytest.mark.parametrize("name", PAGES)
def test_page_from_a_server(browser: Browser, served: str, name: str) -> None:
    with Visit(browser, served, name, WIDTHS["wide"], "light") as visit:
        assert not visit.faults
        assert_mathematics(visit.page)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_accessible(browser: Browser, name: str, mode: str) -> None:
    with Visit(browser, HTML.as_uri(), name, WIDTHS["wide"], mode) as visit:
        found = Axe().run(visit.page).response["violations"]
    faults = {
        rule["id"]: [node["html"][:200] for node in rule["nodes"]][:5]
        for rule in found
        if rule["id"] not in FAULTS_OF_THE_THEME
    }
    assert not faults


def test_search_from_its_folder(browser: Browser) -> None:
    with Visit(
        browser, HTML.as_uri(), "search.html?q=luminosity", WIDTHS["wide"], "light"
    ) as visit:
        visit.page.wait_for_selector("#search-results li", timeout=10_000)
        assert not visit.faults


def assert_mathematics(page: Page) -> None:
    """Every formula is set, and none in the red of an undefined macro or the yellow of an error."""
    unset = page.locator(".math:not(:has(mjx-container))").count()
    assert unset == 0, f"{unset} formulas are not set"
    errors = page.locator("mjx-merror, mjx-container [style*='color: red']").evaluate_all(
        "found => found.map(e => e.closest('mjx-container').textContent)"
    )
    assert not errors, f"broken TeX: {errors}"


def assert_fits(page: Page) -> None:
    """The page does not scroll sideways."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if wide > window:
        culprits = page.evaluate(OVERHANGING, window)
        pytest.fail(f"the page is {wide} pixels wide in a window of {window}: {culprits}")
