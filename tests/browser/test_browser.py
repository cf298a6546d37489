"""The built book in Chromium: wide and narrow, light and dark, with the network mapped away.

Sphinx does not see an undefined TeX macro, an image from outside, a script that throws or a
page that scrolls sideways; these tests do. `make browser` runs them.
"""

from __future__ import annotations

import pytest
from browser.visit import (
    HTML,
    WIDTHS,
    Visit,
    accessibility_faults,
    assert_fits,
    assert_mathematics,
)
from playwright.sync_api import Browser

PAGES = sorted(
    path.relative_to(HTML).as_posix()
    for path in HTML.rglob("*.html")
    if "_static" not in path.parts
)


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
        faults = accessibility_faults(visit.page)
    assert not faults


def test_search_from_its_folder(browser: Browser) -> None:
    with Visit(
        browser, HTML.as_uri(), "search.html?q=luminosity", WIDTHS["wide"], "light"
    ) as visit:
        visit.page.wait_for_selector("#search-results li", timeout=10_000)
        assert not visit.faults
