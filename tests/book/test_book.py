"""What can be seen of the built book without a browser."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jupytext
import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup
from curve_reading import unfound

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
PAGES = sorted(
    path.relative_to(HTML).as_posix()
    for path in HTML.rglob("*.html")
    if "_static" not in path.parts
)
CHAPTERS = [page for page in PAGES if page.startswith("notebooks/")]
LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
UNRESOLVED = re.compile(
    r"\{(?:glue|eq|ref|numref|cite|doc|download|math)[:\w]*\}|\?\?\?|<IPython|\\begin\{|\$"
)


def contents() -> list[str]:
    """Return the pages that the table of contents names."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *chapters]


@cache
def soup(name: str) -> BeautifulSoup:
    """Read a page."""
    return BeautifulSoup((HTML / name).read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(name: str) -> frozenset[str]:
    """Return the places on a page that a link can point to."""
    return frozenset(tag["id"] for tag in soup(name).find_all(id=True))


def article(name: str) -> BeautifulSoup:
    """Return the text of a page, without the frame around it."""
    return soup(name).find("article") or soup(name)


def test_there_is_a_book() -> None:
    assert (HTML / "index.html").is_file(), "build the book first: make book"


@pytest.mark.parametrize("name", contents())
def test_page_of_the_contents(name: str) -> None:
    page = f"{name}.html"
    assert page in PAGES
    assert article(page).find("h1")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_loaded_from_outside(name: str) -> None:
    for tag, attribute in LOADED.items():
        for element in soup(name).find_all(tag):
            if "canonical" in element.get("rel", ()):
                continue
            address = urlsplit(element.get(attribute) or "")
            assert address.scheme in ("", "data"), element
            assert not address.netloc, element


@pytest.mark.parametrize("path", sorted(p.name for p in (HTML / "_static").glob("*.css")))
def test_style_sheets_load_nothing_from_outside(path: str) -> None:
    sheet = (HTML / "_static" / path).read_text(encoding="utf-8")
    assert not re.findall(r"url\(\s*['\"]?(?:https?:)?//|@import\s+['\"](?:https?:)?//", sheet)


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    dead = []
    for link in article(name).find_all("a", href=True):
        address = urlsplit(link["href"])
        if address.scheme or address.netloc:
            continue
        target = (HTML / name).parent / unquote(address.path) if address.path else HTML / name
        if not target.is_file():
            dead.append(link["href"])
        elif address.fragment and target.suffix == ".html":
            page = target.resolve().relative_to(HTML.resolve()).as_posix()
            if unquote(address.fragment) not in anchors(page):
                dead.append(link["href"])
    assert not dead


def silent_images(page: BeautifulSoup) -> list[str]:
    """Return the images that do not say what they show."""
    return [str(image) for image in page.find_all("img") if not image.get("alt", "").strip()]


def headless_tables(page: BeautifulSoup) -> list[str]:
    """Return the tables without a header, or with a column whose header is empty.

    Sphinx sets its index of names as a table; it has no columns with a meaning.
    """
    found = []
    for table in page.find_all("table"):
        header = [cell.get_text(strip=True) for cell in table.select("thead th")]
        if "indextable" not in table.get("class", ()) and not (header and all(header)):
            found.append(table.get_text(" ", strip=True)[:100])
    return found


@pytest.mark.parametrize("name", PAGES)
def test_images_say_what_they_show(name: str) -> None:
    assert not silent_images(article(name))
    for image in article(name).find_all("img"):
        assert (HTML / name).parent.joinpath(unquote(image["src"])).is_file(), image


@pytest.mark.parametrize("name", PAGES)
def test_tables_have_headers(name: str) -> None:
    assert not headless_tables(article(name))


def test_silent_images_and_headless_tables_are_found() -> None:
    page = BeautifulSoup(str(article(CHAPTERS[0])), "html.parser")
    assert not silent_images(page) + headless_tables(page)
    for image, alt in zip(page.find_all("img"), (None, "", " "), strict=False):
        del image["alt"]
        if alt is not None:
            image["alt"] = alt
    assert len(silent_images(page)) == min(3, len(page.find_all("img")))
    table = page.find("table")
    table.find("th").clear()
    assert len(headless_tables(page)) == 1
    table.find("thead").decompose()
    assert len(headless_tables(page)) == 1


# ---- alternative texts against the curves -------------------------------------


@cache
def templates() -> dict[str, tuple[str, str]]:
    """Return page and alternative text, as it is written, of each figure of the chapters."""
    found = {}
    for source in sorted((ROOT / "notebooks").glob("*.md")):
        for cell in jupytext.read(source).cells:
            shown = cell.metadata.get("mystnb", {})
            if "figure" in shown:
                label = shown["figure"]["name"]
                found[label] = (f"notebooks/{source.stem}.html", shown["image"]["alt"])
    return found


def figure(label: str) -> tuple[str, str, Path]:
    """Return the alternative text of a figure on its page, as written, and its curves."""
    page, template = templates()[label]
    shown = article(page).find("figure", id=label)
    link = article(page).select_one(f'a.download[href$="/{label.removeprefix("fig-")}.csv"]')
    return shown.img["alt"], template, (HTML / page).parent / unquote(link["href"])


@pytest.mark.parametrize("label", templates())
def test_numbers_of_an_alternative_text_are_in_the_curves(label: str) -> None:
    assert not unfound(*figure(label))


@pytest.mark.parametrize("label", templates())
def test_curves_that_have_moved_are_found(label: str, tmp_path: Path) -> None:
    alt, template, curves = figure(label)
    table = pd.read_csv(curves, comment="#")
    numbers = table.select_dtypes("number").columns.drop(table.columns[0], errors="ignore")
    # up and down in turn, or a ratio of two would stay
    table[numbers] *= [1.1 if i % 2 else 1 / 1.1 for i in range(len(numbers))]
    table.to_csv(tmp_path / "moved.csv", index=False)
    assert unfound(alt, template, tmp_path / "moved.csv")


def test_each_figure_of_a_page_is_checked() -> None:
    on_pages = {figure["id"] for page in CHAPTERS for figure in article(page).find_all("figure")}
    assert on_pages == set(templates())


@pytest.mark.parametrize("name", CHAPTERS)
def test_figures_and_tables_are_numbered_with_captions(name: str) -> None:
    figures = article(name).find_all("figure")
    assert figures
    captions = [figure.find("figcaption") for figure in figures]
    captions += [table.find("caption") for table in article(name).select("table.docutils")]
    for caption in captions:
        assert caption is not None
        assert re.search(r"(Fig\.|Table) \d+(\.\d+)?", caption.select_one(".caption-number").text)
        assert len(caption.select_one(".caption-text").text.strip()) > 10


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_image_of_a_chapter_is_in_a_figure(name: str) -> None:
    for image in article(name).select(".cell_output img"):
        assert image.find_parent("figure"), image


@pytest.mark.parametrize("name", contents())
def test_nothing_is_left_unresolved(name: str) -> None:
    page = BeautifulSoup(str(article(f"{name}.html")), "html.parser")
    for element in page.select("pre, code, .math, script"):
        element.decompose()
    text = page.get_text()
    assert not UNRESOLVED.findall(text)
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)


@pytest.mark.parametrize("name", CHAPTERS)
def test_files_to_take_away(name: str) -> None:
    links = article(name).select("a.download")
    assert links
    for link in links:
        file = (HTML / name).parent / unquote(link["href"])
        assert file.stat().st_size > 100, link


def test_mathematics_is_beside_the_book() -> None:
    scripts = {
        (HTML / page).parent / urlsplit(script["src"]).path
        for page in PAGES
        for script in soup(page).find_all("script", src=re.compile("mathjax"))
    }
    assert scripts
    assert all(script.is_file() for script in scripts)
    fonts = {font.name for font in (HTML / "_static" / "mathjax").rglob("*.woff")}
    assert {"MathJax_Main-Regular.woff", "MathJax_Math-Italic.woff"} <= fonts


def test_paper_equations_bear_their_numbers() -> None:
    numbers = {}
    for page in PAGES:
        for equation in soup(page).select("div.math[id^=equation-eq-]"):
            label = equation["id"].removeprefix("equation-eq-")
            if label.isdigit():
                numbers[label] = equation.select_one(".eqno").text
    assert numbers
    assert all(text.startswith(f"({label})") for label, text in numbers.items())


# ---- launch buttons ------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_launch_buttons_stand_on_notebooks_alone(name: str) -> None:
    links = [link["href"] for link in soup(name).select(".dropdown-launch-buttons a[href]")]
    if name not in CHAPTERS:
        assert links == []
        return
    notebook = f"{name.removesuffix('.html')}.ipynb"
    assert [urlsplit(link).hostname for link in links] == [
        "mybinder.org",
        "colab.research.google.com",
    ]
    for link in links:
        assert "/nudp/nudp/" in link
        assert link.endswith(notebook)
    assert (ROOT / notebook).is_file()
