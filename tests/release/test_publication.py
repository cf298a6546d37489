"""The archive and the PDF of the book, as `make publish` has written them."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import unicodedata
import zipfile
from pathlib import Path

import pytest
import yaml
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
PUBLISHED = ROOT / "_build" / "publish"
SPEC = importlib.util.spec_from_file_location("publish_make", ROOT / "publish" / "make.py")
make = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(make)

CHAPTERS = [path.read_text(encoding="utf-8") for path in (ROOT / "notebooks").glob("*.md")]


@pytest.fixture(scope="module")
def pdf() -> PdfReader:
    """The book as a PDF."""
    return PdfReader(PUBLISHED / f"{make.NAME}.pdf")


@pytest.fixture(scope="module")
def text(pdf: PdfReader) -> str:
    """Its text, each run of blanks as one."""
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def plain(title: str) -> str:
    """Return the letters and digits of a title: quotation marks, ligatures, breaks differ."""
    return re.sub(r"\W|^\d+\. ", "", unicodedata.normalize("NFKC", title)).lower()


def flat(outline: list) -> list[str]:
    """Return the titles that the outline of a PDF offers."""
    nested = [flat(item) if isinstance(item, list) else [item.title] for item in outline]
    return [title for titles in nested for title in titles]


def titles() -> list[str]:
    """Return the titles of all pages of the book, as the built pages have them."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]
    pages = [(HTML / f"{name}.html").read_text(encoding="utf-8") for name in names]
    heads = [re.search(r"<h1>([^\n]*?)<a class=\"headerlink", page)[1] for page in pages]
    return [re.sub(r"<[^>]*>", "", head) for head in heads]


def test_archive_is_the_built_book() -> None:
    with zipfile.ZipFile(PUBLISHED / f"{make.NAME}.zip") as packed:
        assert packed.testzip() is None
        entries = packed.infolist()
        held = {entry.filename: packed.read(entry) for entry in entries}
    files = [path for path in HTML.rglob("*") if path.is_file()]
    wanted = {f"{make.NAME}/{p.relative_to(HTML).as_posix()}": p.read_bytes() for p in files}
    assert held == wanted
    # the same bytes each time
    assert {entry.date_time for entry in entries} == {make.EARLIEST}
    assert list(held) == sorted(held)


def test_checksums_are_those_of_sha256sum() -> None:
    subprocess.run(["sha256sum", "--check", "--strict", make.SUMS], cwd=PUBLISHED, check=True)
    listed = (PUBLISHED / make.SUMS).read_text(encoding="utf-8")
    assert f"{make.NAME}.zip" in listed and f"{make.NAME}.pdf" in listed


def test_pdf_has_all_chapters(pdf: PdfReader, text: str) -> None:
    words, marks = plain(text), " ".join(plain(title) for title in flat(pdf.outline))
    assert [t for t in titles() if plain(t) not in words or plain(t) not in marks] == []


def test_pdf_has_the_figures(pdf: PdfReader) -> None:
    found = set()
    for page in pdf.pages:
        for entry in page.get("/Resources", {}).get("/XObject", {}).values():
            image = entry.get_object()
            if image["/Subtype"] == "/Image" and image["/Width"] > 300:
                found.add(entry.idnum)
    made = sum(len(re.findall(r"take_away\(", chapter)) for chapter in CHAPTERS)
    assert 50 < made <= len(found)


def test_pdf_has_its_mathematics_set(text: str) -> None:
    # code may hold some TeX
    assert not re.findall(r"\\\(.{0,40}|\\\[ .{0,40}|\\begin\{(?:aligned|equation)\}", text)


def test_pdf_shows_solutions_and_says_what_is_live_only(text: str) -> None:
    solution = re.compile(r"^`{3,}\{solution(?:-start)?\}", re.MULTILINE)
    solutions = sum(len(solution.findall(chapter)) for chapter in CHAPTERS)
    assert 50 < solutions <= len(re.findall(r"Solution to\s+Exercise", text))
    assert text.count(make.LIVE) == 2
    assert make.ABOUT in text


def test_pdf_names_no_date_and_no_folder(pdf: PdfReader) -> None:
    dates = {pdf.metadata.creation_date.year, pdf.metadata.modification_date.year}
    assert dates == {make.EARLIEST[0]}
    links = [
        entry.get_object().get("/A", {}) for page in pdf.pages for entry in page.get("/Annots", ())
    ]
    assert not [link for link in links if str(link.get("/URI", "")).startswith("file:")]
