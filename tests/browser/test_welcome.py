"""The welcome page in Chromium: claims, results and ways in, without scrolling."""

from __future__ import annotations

import pytest
from browser.visit import HTML, WIDTHS, Visit, assert_fits
from playwright.sync_api import Browser, Page

# The claims with what comes out, how many are reproduced, and where to go.
SHOWN = ("article table", "article table ~ p, article div:has(table) ~ p", ".welcome")
WAYS = {
    "Read": "book/one-hour.html",
    "Rerun": "book/data.html",
    "Teach": "book/teaching.html",
    "Research": "notebooks/your-search.html",
}


def below_the_window(page: Page) -> list[str]:
    """Return what of the welcome cannot be seen without scrolling."""
    height = page.evaluate("window.innerHeight")
    boxes = {name: page.locator(name).first.bounding_box() for name in SHOWN}
    return [name for name, box in boxes.items() if box["y"] + box["height"] > height]


def test_one_screen(browser: Browser) -> None:
    with Visit(browser, HTML.as_uri(), "index.html", WIDTHS["wide"], "light") as visit:
        assert visit.page.evaluate("[window.innerWidth, window.innerHeight]") == [1440, 900]
        assert not below_the_window(visit.page)
        assert visit.page.locator("article table tbody tr").count() == 4
        assert not visit.faults


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("way", WAYS)
def test_ways_in(browser: Browser, way: str, width: str) -> None:
    with Visit(browser, HTML.as_uri(), "index.html", WIDTHS[width], "light") as visit:
        assert_fits(visit.page)
        visit.page.locator(".welcome .sd-card", has_text=way).click()
        visit.page.wait_for_url(f"{HTML.as_uri()}/{WAYS[way]}")
