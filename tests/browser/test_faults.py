"""Faults put into a page on purpose: the checks of the other tests must find them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib
import pytest
from browser.letters import letters_too_small, sizes, too_small
from browser.visit import (
    HTML,
    WIDTHS,
    Visit,
    accessibility_faults,
    assert_fits,
    assert_mathematics,
    boxes_out_of_reach,
    out_of_reach,
)
from matplotlib.figure import Figure
from playwright.sync_api import Browser, Page

CHAPTER = "notebooks/bounds.html"
PROSE = "book/notation.html"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A chapter on a phone, still sound."""
    with Visit(browser, HTML.as_uri(), CHAPTER, WIDTHS["narrow"], "light") as visit:
        yield visit.page


@pytest.fixture
def doctored(browser: Browser, tmp_path: Path) -> Iterator[Callable[[str], Visit]]:
    """Opens a short page on a phone with something more at the end of its text."""
    (tmp_path / PROSE).parent.mkdir()
    for name in ("_static", "searchindex.js"):
        (tmp_path / name).symlink_to(HTML / name)
    opened = []

    def opens(fault: str) -> Visit:
        text = (HTML / PROSE).read_text(encoding="utf-8")
        assert text.count("</article>") == 1
        text = text.replace("</article>", f"{fault}</article>")
        (tmp_path / PROSE).write_text(text, encoding="utf-8")
        opened.append(Visit(browser, tmp_path.as_uri(), PROSE, WIDTHS["narrow"], "light"))
        return opened[-1]

    yield opens
    for visit in opened:
        visit.context.close()


def test_without_a_fault(doctored: Callable[[str], Visit]) -> None:
    visit = doctored("")
    assert not visit.faults
    assert visit.page.locator(".math").count()
    assert_mathematics(visit.page)
    assert_fits(visit.page)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            '<script src="https://cdn.example.org/x.js"></script>',
            "outside: https://cdn.example.org",
        ),
        ('<img src="https://example.org/x.png" alt="x">', "outside: https://example.org/x.png"),
        ("<script>fetch('https://example.org/x').catch(() => 0)</script>", "outside: https://"),
        ('<img src="gone.png" alt="x">', "failed: file:"),
        ("<script>throw new Error('thrown')</script>", "script: thrown"),
        ("<script>console.error('said')</script>", "console: said"),
    ],
)
def test_what_goes_wrong_on_the_way(
    doctored: Callable[[str], Visit], fault: str, says: str
) -> None:
    faults = doctored(fault).faults
    assert [found for found in faults if found.startswith(says)]


@pytest.mark.parametrize(
    ("formula", "says"),
    [(r"\[\nomacro\]", "nomacro"), (r"\[\frac{1}\]", "broken TeX"), ("x", "not set")],
)
def test_broken_mathematics(doctored: Callable[[str], Visit], formula: str, says: str) -> None:
    broken = doctored(f'<div class="math notranslate nohighlight">{formula}</div>')
    with pytest.raises(AssertionError, match=says):
        assert_mathematics(broken.page)


def test_a_page_that_scrolls_sideways(doctored: Callable[[str], Visit]) -> None:
    with pytest.raises(pytest.fail.Exception, match="in a window of 375"):
        assert_fits(doctored('<div style="width: 900px">wide</div>').page)


def test_a_figure_without_alternative_text(phone: Page) -> None:
    phone.evaluate("document.querySelector('figure img').removeAttribute('alt')")
    assert "image-alt" in accessibility_faults(phone)


def test_a_fault_of_the_theme_elsewhere(phone: Page) -> None:
    phone.evaluate(
        """document.querySelector('article p').outerHTML
            = '<div role="list" class="other"><p>no entry of a list</p></div>'"""
    )
    assert "aria-required-children" in accessibility_faults(phone)


def test_faint_letters(phone: Page) -> None:
    phone.add_style_tag(content="article p { color: #bbb !important; background: #fff; }")
    assert "color-contrast" in accessibility_faults(phone)


def test_a_figure_too_small_for_a_phone(phone: Page) -> None:
    assert not letters_too_small(phone)
    phone.add_style_tag(content="figure img { width: 240px !important; }")
    names = phone.locator("figure[id^=fig-]").evaluate_all("all => all.map(e => e.id.slice(4))")
    assert sorted(letters_too_small(phone)) == sorted(names)


def test_a_figure_without_a_pdf(phone: Page) -> None:
    phone.locator("a.download").evaluate_all("all => all.forEach(e => e.remove())")
    assert ["no PDF is offered"] in letters_too_small(phone).values()


def test_a_box_that_the_keyboard_cannot_scroll(phone: Page) -> None:
    assert not boxes_out_of_reach(phone)
    phone.evaluate(
        """() => {
            const box = document.createElement('div');
            box.style.overflowX = 'auto';
            box.innerHTML = '<div style="width: 2000px">wide</div>';
            document.querySelector('article').prepend(box);
        }"""
    )
    assert len(boxes_out_of_reach(phone)) == 1


def test_a_button_that_the_keyboard_does_not_reach(phone: Page) -> None:
    phone.evaluate("document.querySelector('article .toggle-button').tabIndex = -1")
    _, missed = out_of_reach(phone)
    assert len(missed) == 1
    assert "toggle-button" in missed[0]


def test_sizes_of_letters(tmp_path: Path) -> None:
    fig = Figure(figsize=(5, 3))
    fig.text(0.1, 0.5, "text $a_1$", fontsize=12)
    fig.text(0.1, 0.2, "small", fontsize=7.5)
    with matplotlib.rc_context({"pdf.compression": 6}):
        fig.savefig(tmp_path / "x.pdf")
    width, points = sizes(tmp_path / "x.pdf")
    assert width == 360
    assert sorted(points) == pytest.approx([7.5, 8.4, 12])
    assert too_small(tmp_path / "x.pdf", 360) == ["text of 7.5 pixels"]
    assert too_small(tmp_path / "x.pdf", 240) == ["text of 5.0 pixels", "index of 5.6 pixels"]
