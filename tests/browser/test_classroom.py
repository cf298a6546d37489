"""What a teacher prints: formulas are set, and the handout is two sheets of A4."""

from __future__ import annotations

import importlib.util
import io
import re
from pathlib import Path

import pytest
from browser.visit import HTML, assert_mathematics
from playwright.sync_api import Browser
from pypdf import PdfReader

spec = importlib.util.spec_from_file_location(
    "classroom_make", HTML.parents[1] / "publish" / "classroom" / "make.py"
)
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)

SHEETS = {
    "handout": (make.filled(make.source("handout.md"), make.numbers()), 2),
    "quiz": (make.quiz(answers=False), 2),
    "marks": (make.source("marks.md"), 1),
    "readme": (make.source("readme.md"), 1),
}


@pytest.mark.parametrize("name", SHEETS)
def test_sheet(browser: Browser, tmp_path: Path, name: str) -> None:
    text, sheets = SHEETS[name]
    make.write_page(tmp_path / f"{name}.html", text, HTML.as_uri())
    page = browser.new_page()
    page.goto((tmp_path / f"{name}.html").as_uri())
    page.evaluate("async () => { if (window.MathJax) await MathJax.startup.promise; }")
    assert page.locator("mjx-container").count() == len(re.findall(r"\$+[^$]+\$+", text))
    assert_mathematics(page)
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(printed.pages) == sheets
    assert [round(float(size)) for size in printed.pages[0].mediabox[2:]] == [595, 842]
    page.close()


def test_what_the_first_page_leads_to_is_there() -> None:
    links = re.findall(r"\]\(([\w./-]+)\)", make.source("readme.md"))
    assert len(links) > 9
    away = [link for link in links if link.startswith("book/")]
    assert [link for link in away if not (HTML / link.removeprefix("book/")).is_file()] == []
    assert set(links) - set(away) == {"handout.html", "quiz.html"}
