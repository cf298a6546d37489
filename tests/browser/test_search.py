"""The search of the built book: it finds, from a folder and from a server, and leads there."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

import pytest
from browser.visit import HTML, WIDTHS, Visit
from playwright.sync_api import Browser, Page

# What a reader may look for, and a page that must be among the answers.
WORDS = {
    "luminosity": "notebooks/more.html",
    "supernova": "notebooks/supernova.html",
    "Majorana": "notebooks/spin.html",
    "calorimeter": "notebooks/belle2.html",
    "upper_limit": "book/api/limits.html",
    "worksheets": "book/teaching.html",
}


def results(page: Page) -> list[str]:
    """Return where the answers of the search lead."""
    page.wait_for_selector("#search-results ul.search li a", timeout=20_000)
    page.wait_for_function("document.querySelector('#search-results h2').textContent !== ''")
    links = page.locator("#search-results ul.search li > a")
    return links.evaluate_all("found => found.map(a => a.href)")


def target(address: str, base: str) -> str:
    """Return the page of the book to which an address leads."""
    return unquote(urlsplit(address.removeprefix(f"{base}/")).path)


def found(browser: Browser, base: str, word: str) -> list[str]:
    """Return the pages of the book that the search gives for a word."""
    with Visit(browser, base, f"search.html?q={quote(word)}", WIDTHS["wide"], "light") as visit:
        pages = [target(address, base) for address in results(visit.page)]
        assert not visit.faults
    return pages


@pytest.fixture(params=["folder", "server"])
def base(request: pytest.FixtureRequest) -> str:
    """Where the book is."""
    return HTML.as_uri() if request.param == "folder" else request.getfixturevalue("served")


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_found(browser: Browser, base: str, word: str) -> None:
    assert WORDS[word] in found(browser, base, word)


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("Belle II", "notebooks/belle2.html"),
        ("besiii", "notebooks/besiii-stcf.html"),
        ("Scorecard", "notebooks/scorecard.html"),
        ("discovery", "notebooks/discovery.html"),
    ],
)
def test_a_chapter_is_the_first_answer_to_its_name(browser: Browser, name: str, page: str) -> None:
    assert found(browser, HTML.as_uri(), name)[0] == page


def test_the_first_answer_leads_to_the_word(browser: Browser, base: str) -> None:
    with Visit(browser, base, "search.html?q=supernova", WIDTHS["wide"], "light") as visit:
        address = next(a for a in results(visit.page) if "/notebooks/" in a)
        visit.page.click(f"#search-results a[href$='{address.rsplit('/', 1)[1]}']")
        visit.page.wait_for_url(re.compile(r"/notebooks/"))
        assert "supernova" in visit.page.inner_text("article").lower()
        assert not visit.faults


def test_a_reader_types_into_the_field(browser: Browser, base: str) -> None:
    with Visit(browser, base, "index.html", WIDTHS["wide"], "light") as visit:
        visit.page.keyboard.press("Control+k")
        visit.page.keyboard.type("supernova")
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url(re.compile(r"search\.html\?q=supernova"))
        assert WORDS["supernova"] in [target(a, base) for a in results(visit.page)]
        assert not visit.faults


def test_a_word_that_stands_nowhere_is_not_found(browser: Browser, base: str) -> None:
    with Visit(browser, base, "search.html?q=zweigelt", WIDTHS["wide"], "light") as visit:
        visit.page.wait_for_selector("#search-results p.search-summary", timeout=20_000)
        visit.page.wait_for_function(
            "document.querySelector('.search-summary').textContent.includes('did not match')"
        )
        assert visit.page.locator("#search-results li").count() == 0
