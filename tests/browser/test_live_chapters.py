"""The live pages inside the chapters: folded, loaded when opened, a sentence on paper."""

from __future__ import annotations

import pytest
from browser.visit import HTML, Visit, accessibility_faults, assert_fits
from playwright.sync_api import Browser, expect

#: Where each widget stands, a control of it, what it calls itself, and its own page.
PLACES = {
    "notebooks/signal.html": ("#live-mass", "nudpPlayer", "book/player.html"),
    "notebooks/results.html": ("#live-detector-length", "nudpExplorer", "book/explorer.html"),
}


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("chapter", PLACES)
def test_a_widget_in_its_chapter(browser: Browser, chapter: str, mode: str) -> None:
    control, name, home = PLACES[chapter]
    with Visit(browser, HTML.as_uri(), chapter, 320, mode) as visit:
        page = visit.page
        assert not page.evaluate("'Plotly' in window || 'nudpTables' in window")
        page.focus(".live-moving summary")
        page.keyboard.press("Enter")
        page.wait_for_function(f"window.{name}")
        page.focus(control)
        before = page.evaluate(f"JSON.stringify({name}.state())")
        page.keyboard.press("PageUp")
        assert page.evaluate(f"JSON.stringify({name}.state())") != before
        page.wait_for_timeout(300)
        assert "#" not in page.url
        assert page.evaluate("document.querySelector('.live').dataset.home").endswith(
            home.removeprefix("book")
        )
        page.evaluate("scrollTo(0, 0)")
        assert_fits(page)
        for box in page.locator(".live :is(select, button, input), .live .main-svg").all():
            place = box.bounding_box()
            assert place["x"] >= 0 and place["x"] + place["width"] <= 320
        assert not visit.faults
        assert not accessibility_faults(page)
        page.emulate_media(media="print")
        expect(page.locator(".live-moving")).to_be_hidden()
        expect(page.locator(".live-still a")).to_be_visible()


@pytest.mark.parametrize("name", ["notebooks/background.html", "index.html"])
def test_other_pages_load_nothing_of_it(browser: Browser, name: str) -> None:
    with Visit(browser, HTML.as_uri(), name, 1300, "light") as visit:
        assert visit.page.locator("[src*=explorer], [href*='live.css']").count() == 0


def test_the_explorer_in_a_chapter_has_the_controls_that_it_needs(browser: Browser) -> None:
    with Visit(browser, HTML.as_uri(), "notebooks/results.html", 1300, "light") as visit:
        page = visit.page
        page.click(".live-moving summary")
        page.wait_for_function("window.nudpExplorer")
        wanted = page.evaluate("document.querySelector('.live').dataset.controls").split()
        ids = page.locator(".live-choices select, .live-pairs input[type=range]").evaluate_all(
            "all => all.map(e => e.id)"
        )
        assert sorted(ids) == sorted(f"live-{name.replace('_', '-')}" for name in wanted)
        read = "all => all.map(e => e.id)"
        every = page.locator("[id]").evaluate_all(read)
        assert all(every.count(name) == 1 for name in page.locator(".live [id]").evaluate_all(read))
