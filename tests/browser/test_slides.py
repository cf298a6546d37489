"""The slides in Chromium: they turn by keys and buttons, fit a phone, and print whole."""

from __future__ import annotations

import pytest
from browser.visit import HTML, WIDTHS, Visit, accessibility_faults, assert_fits
from playwright.sync_api import Browser, Page, expect

DECKS = sorted(path.relative_to(HTML).as_posix() for path in HTML.glob("_static/slides/*.html"))


def assert_shown(page: Page, headings: list[str]) -> None:
    """These slides can be seen, and no other."""
    expect(page.locator("section:visible h2")).to_have_text(headings)


def test_there_are_slides() -> None:
    assert len(DECKS) >= 2, "build the book first: make book"


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("deck", DECKS)
def test_every_slide(browser: Browser, deck: str, width: str, mode: str) -> None:
    with Visit(browser, HTML.as_uri(), deck, WIDTHS[width], mode) as visit:
        page = visit.page
        headings = page.locator("section h2").all_text_contents()
        for heading in headings:
            assert_shown(page, [heading])
            assert_fits(page)
            faults = accessibility_faults(page)
            assert not faults
            page.keyboard.press("ArrowRight")
        assert_shown(page, headings[-1:])
        assert page.locator("#next").is_disabled()
        assert not visit.faults


def test_keys_buttons_and_address(browser: Browser) -> None:
    with Visit(browser, HTML.as_uri(), DECKS[0], WIDTHS["wide"], "light") as visit:
        page = visit.page
        headings = page.locator("section h2").all_text_contents()
        for key, at in (("End", -1), ("PageUp", -2), ("Home", 0), ("ArrowLeft", 0)):
            page.keyboard.press(key)
            assert_shown(page, [headings[at]])
        assert page.locator("#back").is_disabled()
        page.locator("#next").click()
        assert_shown(page, [headings[1]])
        assert page.url.endswith("#2")
        assert page.locator("#where").inner_text() == f"2 of {len(headings)}"
        page.go_back()
        assert_shown(page, [headings[0]])
        page.goto(f"{HTML.as_uri()}/{DECKS[0]}#3")
        assert_shown(page, [headings[2]])


@pytest.mark.parametrize("deck", DECKS)
def test_all_slides_are_printed(browser: Browser, deck: str) -> None:
    with Visit(browser, HTML.as_uri(), deck, WIDTHS["wide"], "light") as visit:
        page = visit.page
        page.emulate_media(media="print")
        assert_shown(page, page.locator("section h2").all_text_contents())
        assert not page.locator("nav").is_visible()


def test_notes_are_shown_by_a_key(browser: Browser) -> None:
    with Visit(browser, HTML.as_uri(), DECKS[0], WIDTHS["wide"], "light") as visit:
        note = visit.page.locator("section:visible .note")
        expect(note).to_be_hidden()
        visit.page.keyboard.press("n")
        expect(note).to_be_visible()
        assert not accessibility_faults(visit.page)


@pytest.mark.parametrize("deck", DECKS)
def test_figures_are_large(browser: Browser, deck: str) -> None:
    """A figure fills what its slide leaves, in width or in height."""
    with Visit(browser, HTML.as_uri(), deck, WIDTHS["wide"], "light") as visit:
        page = visit.page
        for _ in range(page.locator("section").count()):
            for image in page.locator("section:visible figure img").all():
                box = image.bounding_box()
                assert box["width"] > 600 or box["height"] > 400, box
            page.keyboard.press("ArrowRight")
