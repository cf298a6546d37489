"""The built pages as a reader gets them, as far as can be seen without a browser."""

from __future__ import annotations

import importlib
import re
import zipfile
from copy import copy
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jupytext
import nbformat
import pytest
import take_notebook
import yaml
from bs4 import BeautifulSoup
from built import HTML, ROOT, read
from curve_reading import unfound

PAGES = sorted(
    path.relative_to(HTML).as_posix()
    for path in HTML.rglob("*.html")
    if path.relative_to(HTML).parts[0] not in ("_static", "lite")
)
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
LOADED = "script[src], link[href]:not([rel=canonical]), img[src], iframe[src], source[src]"
OUTSIDE = re.compile(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")\s]+)")
UNRESOLVED = re.compile(
    r"\{(?:glue|eq|ref|numref|cite|doc|download|math)[:\w]*\}|\?\?\?|<IPython|\\begin\{|\$"
)

ON_EVERY_PAGE = pytest.mark.parametrize("name", PAGES)
IN_EVERY_CHAPTER = pytest.mark.parametrize("chapter", CHAPTERS)


def contents() -> list[str]:
    """Return the pages that the table of contents names."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return the places on a page that a link can point to."""
    tags = read(path).select("[id], a[name]")
    return frozenset(tag[key] for tag in tags for key in ("id", "name") if tag.get(key))


def article(name: str) -> BeautifulSoup:
    """Return the text of a page, without the frame around it."""
    return read(HTML / name).find("article") or read(HTML / name)


def file_behind(page: Path, link: str) -> Path:
    """Return the file that an address on a page means."""
    path = unquote(urlsplit(link).path)
    return (page.parent / path).resolve() if path else page.resolve()


# ---- every page ---------------------------------------------------------------


@pytest.mark.parametrize("name", contents())
def test_page_of_the_contents(name: str) -> None:
    assert f"{name}.html" in PAGES, "build the book first: make book"
    page = copy(article(f"{name}.html"))
    assert page.find("h1")
    for element in page.select("pre, code, .math, script"):
        element.decompose()
    assert not UNRESOLVED.findall(page.get_text())
    assert not re.search(r"\bnan\b", page.get_text(), re.IGNORECASE)


@ON_EVERY_PAGE
def test_nothing_is_loaded_from_outside(name: str) -> None:
    page = read(HTML / name)
    for element in page.select(LOADED):
        address = urlsplit(element.get("src") or element["href"])
        assert address.scheme in ("", "data") and not address.netloc, element
    assert not OUTSIDE.findall(str(page.find_all("style")))


@pytest.mark.parametrize("path", sorted(p.name for p in (HTML / "_static").glob("*.css")))
def test_style_sheets_load_nothing_from_outside(path: str) -> None:
    assert not OUTSIDE.findall((HTML / "_static" / path).read_text(encoding="utf-8"))


@ON_EVERY_PAGE
def test_links_lead_somewhere(name: str) -> None:
    """Those of the frame and the bars too, and what a page loads from beside it."""
    dead = []
    for element in read(HTML / name).select(f"a[href], {LOADED}"):
        link = element.get("src") or element.get("href")
        address = urlsplit(link)
        if address.scheme or address.netloc:
            continue
        target, place = file_behind(HTML / name, link), unquote(address.fragment)
        missing = not target.is_file() or not target.is_relative_to(HTML.resolve())
        if missing or (place and target.suffix == ".html" and place not in anchors(target)):
            dead.append(link)
    assert not dead


@ON_EVERY_PAGE
def test_pages_hang_together(name: str) -> None:
    """Each page leads home, and the pages of the contents to a neighbour."""
    page = read(HTML / name)
    links = page.select(".bd-sidebar-primary a[href]")
    targets = {file_behind(HTML / name, link["href"]) for link in links}
    assert (HTML / "index.html").resolve() in targets
    if name.startswith(("notebooks/", "book/")):
        assert page.select_one(".prev-next-area a.left-prev")


@ON_EVERY_PAGE
def test_images_say_what_they_show(name: str) -> None:
    images = read(HTML / name).find_all("img")
    assert not [image for image in images if not image.get("alt", "").strip()]


@ON_EVERY_PAGE
def test_tables_have_headers(name: str) -> None:
    # Sphinx sets its index of names as a table, whose columns have no meaning
    for table in article(name).select("table:not(.indextable)"):
        header = [cell.get_text(strip=True) for cell in table.select("thead th")]
        assert header and all(header), table.get_text(" ", strip=True)[:100]


def test_mathematics_is_beside_the_book() -> None:
    # `test_links_lead_somewhere` finds the file
    assert read(HTML / "notebooks" / "signal.html").select("script[src*=mathjax]")
    fonts = {font.name for font in (HTML / "_static" / "mathjax").rglob("*.woff")}
    assert {"MathJax_Main-Regular.woff", "MathJax_Math-Italic.woff"} <= fonts


def test_paper_equations_bear_their_numbers() -> None:
    equations = [tag for page in PAGES for tag in article(page).select("[id^=equation-eq-]")]
    numbers = {tag["id"].removeprefix("equation-eq-"): tag.select_one(".eqno") for tag in equations}
    of_the_paper = {label: tag.text for label, tag in numbers.items() if label.isdigit()}
    assert len(of_the_paper) >= 14
    assert all(text.startswith(f"({label})") for label, text in of_the_paper.items())


# ---- chapters ------------------------------------------------------------------


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


@pytest.mark.parametrize("label", templates())
def test_numbers_of_an_alternative_text_are_in_the_curves(label: str) -> None:
    name, template = templates()[label]
    alt = article(name).find("figure", id=label).img["alt"]
    link = article(name).select_one(f'a.download[href$="/{label.removeprefix("fig-")}.csv"]')
    assert not unfound(alt, template, file_behind(HTML / name, link["href"]))


@IN_EVERY_CHAPTER
def test_figures_and_tables_are_numbered_with_captions(chapter: str) -> None:
    text = article(f"notebooks/{chapter}.html")
    figures = text.find_all("figure")
    assert {figure["id"] for figure in figures} <= set(templates())
    captions = [figure.find("figcaption") for figure in figures]
    captions += [table.find("caption") for table in text.select("table.docutils")]
    assert captions
    for caption in captions:
        assert re.search(r"(Fig\.|Table) \d+(\.\d+)?", caption.select_one(".caption-number").text)
        assert len(caption.select_one(".caption-text").text.strip()) > 10
    assert all(image.find_parent("figure") for image in text.select(".cell_output img"))


@IN_EVERY_CHAPTER
def test_take_away_beside_every_figure(chapter: str) -> None:
    name = f"notebooks/{chapter}.html"
    for figure in article(name).find_all("figure"):
        own, offered = figure["id"].removeprefix("fig-"), set()
        for element in figure.find_all_next(["figure", "a"]):
            if element.name == "figure":
                break
            file = file_behind(HTML / name, element.get("href", ""))
            if "download" in element.get("class", ()) and file.stem == own:
                assert file.stat().st_size > 100
                offered.add(file.suffix)
        assert offered == {".png", ".pdf", ".csv"}, own


def test_the_model_for_generators_is_an_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = HTML / "notebooks" / "to-your-simulation.html"
    [link] = read(page).select("article a.download[href$='dipole-ufo.zip']")
    with zipfile.ZipFile(file_behind(page, link["href"])) as packed:
        packed.extractall(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for model, own in (("dipole", False), ("dipole_majorana", True)):
        particles = importlib.import_module(f"{model}.particles")
        [N] = [p for p in vars(particles).values() if getattr(p, "pdg_code", 0) == 72]
        assert N.selfconjugate is own


@IN_EVERY_CHAPTER
def test_notebook_and_archive_beside_their_chapter(chapter: str, tmp_path: Path) -> None:
    page = HTML / "notebooks" / f"{chapter}.html"
    links = read(page).select(".dropdown-download-buttons a[href]")
    files = {path.suffix: path for path in (file_behind(page, link["href"]) for link in links)}
    stored = ROOT / "notebooks" / f"{chapter}.ipynb"
    assert files[".ipynb"].read_bytes() == stored.read_bytes()
    pictures = sum(
        "image/png" in output.get("data", {})
        for cell in nbformat.read(stored, as_version=4).cells
        for output in cell.get("outputs", ())
    )
    assert 0 < pictures <= len(read(page).select(".cell_output img, figure img"))
    again = tmp_path / f"{chapter}.zip"
    take_notebook.write_archive(f"notebooks/{chapter}", again)
    assert again.read_bytes() == files[".zip"].read_bytes()
    with zipfile.ZipFile(again) as packed:
        names = {name.partition("/")[2] for name in packed.namelist()}
    assert {f"notebooks/{chapter}.ipynb", "notebooks/companion.py"} <= names
