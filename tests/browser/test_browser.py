"""The built book in Chromium: wide and narrow, light and dark, with the network mapped away.

Sphinx does not see an undefined TeX macro, an image from outside, a script that throws or a
page that scrolls sideways; these tests do. `make browser` runs them.
"""

from __future__ import annotations

import re

import pytest
from browser.letters import letters_too_small
from browser.visit import (
    HTML,
    WIDTHS,
    Visit,
    accessibility_faults,
    assert_fits,
    assert_mathematics,
    boxes_out_of_reach,
    cut_off,
    out_of_reach,
)
from playwright.sync_api import Browser, expect

PAGES = sorted(
    path.relative_to(HTML).as_posix()
    for path in HTML.rglob("*.html")
    if path.relative_to(HTML).parts[0] not in ("_static", "lite")
)

CHAPTER = "notebooks/bounds.html"
CHAPTERS = [page for page in PAGES if re.match(r"(notebooks|book)/[^/]+$|index", page)]
A4 = 718  # its width in pixels, less the margins that browsers leave
#: A page of each kind that is no chapter.
KINDS = (
    "index.html",
    "book/data.html",
    "book/explorer.html",
    "book/teaching.html",
    "genindex.html",
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
        assert not boxes_out_of_reach(page)
        assert not letters_too_small(page)


@pytest.mark.parametrize("name", CHAPTERS)
def test_nothing_is_cut(browser: Browser, name: str) -> None:
    with Visit(browser, HTML.as_uri(), name, 1300, "light") as visit:
        page = visit.page
        assert not cut_off(page)
        page.set_viewport_size({"width": 320, "height": 900})
        assert_fits(page)
        page.emulate_media(media="print")
        page.set_viewport_size({"width": A4, "height": 900})
        assert_fits(page)
        assert not cut_off(page)


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


@pytest.mark.parametrize("width", WIDTHS)
def test_keyboard_reaches_everything(browser: Browser, width: str) -> None:
    with Visit(browser, HTML.as_uri(), CHAPTER, WIDTHS[width], "light") as visit:
        found, missed = out_of_reach(visit.page)
    assert not missed
    assert all(found.values()), found


@pytest.mark.parametrize("name", KINDS)
def test_keyboard_reaches_everything_on_other_pages(browser: Browser, name: str) -> None:
    with Visit(browser, HTML.as_uri(), name, WIDTHS["narrow"], "light") as visit:
        found, missed = out_of_reach(visit.page)
    assert not missed
    assert found["search"]
    assert found["text"]


def test_keyboard_opens_what_is_folded(browser: Browser, served: str) -> None:
    with Visit(browser, served, CHAPTER, WIDTHS["wide"], "light") as visit:
        page = visit.page
        solution = page.locator(".solution.dropdown").first
        text = solution.locator(".section, p:not(.admonition-title)").first
        expect(text).to_be_hidden()
        solution.locator(".toggle-button").focus()
        page.keyboard.press("Enter")
        expect(text).to_be_visible()
        page.keyboard.press("Enter")
        expect(text).to_be_hidden()
        code = page.locator("article details").first
        assert not code.evaluate("e => e.open")
        code.locator("summary").focus()
        page.keyboard.press("Enter")
        assert code.evaluate("e => e.open")
        page.locator(".search-button-field").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#pst-search-dialog input")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#pst-search-dialog")).to_be_hidden()
        with page.expect_download() as file:
            page.locator("article a.download").first.focus()
            page.keyboard.press("Enter")
        assert file.value.suggested_filename.endswith(".png")
        assert not visit.faults


def test_search_from_its_folder(browser: Browser) -> None:
    with Visit(
        browser, HTML.as_uri(), "search.html?q=luminosity", WIDTHS["wide"], "light"
    ) as visit:
        visit.page.wait_for_selector("#search-results li", timeout=10_000)
        assert not visit.faults
