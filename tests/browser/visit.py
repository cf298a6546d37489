"""One page of the built book opened in a browser, and what may be asked of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
WIDTHS = {"wide": 1440, "narrow": 375}
# Faults of the theme's side bar and of Sphinx's bibliography, which a page cannot mend: the rule
# of axe, and what the element that breaks it begins with. Anywhere else the same is a fault.
FAULTS_OF_THE_THEME = {
    "aria-allowed-role": re.compile(r'<div class="citation" id="[^"]+" role="doc-biblioentry">'),
    "aria-deprecated-role": re.compile(r'<div class="citation" id="[^"]+" role="doc-biblioentry">'),
    "aria-required-children": re.compile(r'<div role="list" class="citation-list">'),
    "region": re.compile(r'<div class="sidebar-primary-item">\s*<a class="navbar-brand logo"'),
}

# What stands out of the window, save what lies in a box that scrolls.
OVERHANGING = """window => {
    const scrolls = e => e && e !== document.body
        && (/auto|scroll|hidden/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
    return [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > window + 1 && !scrolls(e.parentElement))
        .map(e => e.outerHTML.slice(0, 120)).slice(0, 5);
}"""


# Code, tables, formulas and pictures that stand out of the text, or do not show all they hold.
CUT = """() => {
    const {left, right} = document.querySelector('.bd-article').getBoundingClientRect();
    const out = (box, l, r) => box.right > r + 1 || box.left < l - 1;
    const cut = e => {
        const box = e.getBoundingClientRect();
        if (!box.width || !e.checkVisibility()) return false;
        if (e.localName === 'mjx-container')
            return out(e.querySelector('mjx-math').getBoundingClientRect(), box.left, box.right);
        return out(box, left, right) || e.scrollWidth > e.clientWidth + 1;
    };
    return [...document.querySelectorAll('.bd-article :is(pre, table, figure, img, mjx-container)')]
        .filter(cut).map(e => e.outerHTML.slice(0, 120)).slice(0, 5);
}"""


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


def cut_off(page: Page) -> list[str]:
    """Return what is wider than the text, or than its own box."""
    return page.evaluate(CUT)


def accessibility_faults(page: Page) -> dict[str, list[str]]:
    """Return the rules of axe that a page breaks, with some of its elements."""
    faults: dict[str, list[str]] = {}
    for rule in Axe().run(page).response["violations"]:
        known = FAULTS_OF_THE_THEME.get(rule["id"])
        found = [node["html"][:200] for node in rule["nodes"]]
        if new := [html for html in found if not (known and known.match(html))]:
            faults[rule["id"]] = new[:5]
    return faults


# Boxes that scroll sideways, and neither take the focus nor hold anything that does.
OUT_OF_REACH = """() => [...document.querySelectorAll('#main-content *')]
    .filter(e => /auto|scroll/.test(getComputedStyle(e).overflowX) && e.getClientRects().length
        && e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0
        && ![...e.querySelectorAll('*')].some(inner => inner.tabIndex >= 0))
    .map(e => e.outerHTML.slice(0, 120))"""

# What can be used, by kind; a formula is there for its menu only.
USABLE = """() => {
    window.wanted = {
        contents: '.bd-sidebar-primary nav a, .sidebar-toggle',
        search: '.search-button-field, .search-button',
        text: 'article a[href]',
        downloads: 'article a.download',
        code: 'article summary',
        solutions: 'article .toggle-button',
        next: '.prev-next-area a',
    };
    const shown = e => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length;
    const found = {};
    for (const [kind, selector] of Object.entries(window.wanted)) {
        const all = [...document.querySelectorAll(selector)].filter(shown);
        all.forEach(e => { e.dataset.wanted = '1'; });
        found[kind] = all.length;
    }
    return found;
}"""
FOCUS = """() => {
    const e = document.activeElement, again = 'reached' in e.dataset;
    e.dataset.reached = '1';
    return again;
}"""


def boxes_out_of_reach(page: Page) -> list[str]:
    """Return the boxes that scroll sideways and cannot be reached with the keyboard."""
    return page.evaluate(OUT_OF_REACH)


def out_of_reach(page: Page) -> tuple[dict[str, int], list[str]]:
    """Press Tab through a page: how much of each kind there is to use, and what was not reached."""
    found = page.evaluate(USABLE)
    while True:
        page.keyboard.press("Tab")
        if page.evaluate(FOCUS):
            break
    missed = page.locator("[data-wanted]:not([data-reached])").evaluate_all(
        "all => all.map(e => e.outerHTML.slice(0, 120))"
    )
    return found, missed
