"""The archive and the PDF of the book, as `make publish` has written them."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import subprocess
import unicodedata
import zipfile
from functools import cache
from pathlib import Path
from types import ModuleType

import yaml
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
PUBLISHED = ROOT / "_build" / "publish"


@cache
def maker() -> ModuleType:
    """Return the script, which is no package."""
    spec = importlib.util.spec_from_file_location("publish_make", ROOT / "publish" / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ARCHIVE = PUBLISHED / f"{maker().NAME}.zip"
PDF = PUBLISHED / f"{maker().NAME}.pdf"


# ---- what is asked of an archive, a PDF and a list of checksums -----------------


def contents(folder: Path) -> dict[str, str]:
    """Return the files of a folder and what is in them, as a checksum."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@cache
def text(path: Path) -> str:
    """Return the text of a PDF, each run of blanks as one."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())


@cache
def figures(path: Path) -> int:
    """Return the number of pictures in a PDF, those that are there twice counted once."""
    found = set()
    for page in PdfReader(path).pages:
        for entry in page.get("/Resources", {}).get("/XObject", {}).values():
            image = entry.get_object()
            if image["/Subtype"] == "/Image" and image["/Width"] > 300:
                found.add(entry.idnum)
    return len(found)


def chapters() -> list[str]:
    """Return the titles of all pages of the book, without their markup."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]
    titles = []
    for name in names:
        # a comment in a cell looks like a title
        source = (ROOT / f"{name}.md").read_text(encoding="utf-8")
        if included := re.match(r"```\{include\} (\S+)\n```", source):
            source = (ROOT / name).parent.joinpath(included[1]).read_text(encoding="utf-8")
        source = re.sub(r"^(`{3,}).*?^\1$", "", source, flags=re.MULTILINE | re.DOTALL)
        title = re.search(r"^# (.+)$", source, re.MULTILINE)[1]
        titles.append(re.sub(r"[*_`$]", "", title))
    return titles


def plain(title: str) -> str:
    """Return the letters and digits of a title: quotation marks, ligatures, breaks differ."""
    return re.sub(r"\W", "", unicodedata.normalize("NFKC", title)).lower()


def bookmarks(path: Path) -> set[str]:
    """Return the titles that the outline of a PDF offers."""
    found, waiting = set(), [*PdfReader(path).outline]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        else:
            found.add(re.sub(r"^\d+\. ", "", item.title))
    return {plain(title) for title in found}


def missing_chapters(path: Path) -> list[str]:
    """Return the chapters whose titles a PDF lacks, in its text or its outline."""
    words, marks = plain(text(path)), bookmarks(path)
    return [
        title
        for title in chapters()
        if plain(title) not in words or not any(plain(title) in mark for mark in marks)
    ]


def unset_mathematics(path: Path) -> list[str]:
    """Return formulas that stand in a PDF as they are typed; code may hold some TeX."""
    return re.findall(r"\\\(.{0,40}|\\\[ .{0,40}|\\begin\{(?:aligned|equation)\}", text(path))


def fonts_of_formulas(path: Path) -> int:
    """Return the number of fonts without a name, as Chromium embeds MathJax's, at the front."""
    fonts = {
        font.idnum: font.get_object()["/Subtype"]
        for page in PdfReader(path).pages[:20]
        for font in page["/Resources"].get("/Font", {}).values()
    }
    return sum(kind == "/Type3" for kind in fonts.values())


def addresses_of_this_machine(path: Path) -> list[str]:
    """Return the links of a PDF that lead to a folder."""
    found = []
    for page in PdfReader(path).pages:
        for entry in page.get("/Annots", ()):
            target = str(entry.get_object().get("/A", {}).get("/URI", ""))
            if target.startswith("file:"):
                found.append(target)
    return found


# ---- what has been written -----------------------------------------------------


def test_archive_is_the_built_book(tmp_path: Path) -> None:
    with zipfile.ZipFile(ARCHIVE) as packed:
        assert packed.testzip() is None
        assert {Path(name).parts[0] for name in packed.namelist()} == {ARCHIVE.stem}
        packed.extractall(tmp_path)
    unpacked = contents(tmp_path / ARCHIVE.stem)
    assert "index.html" in unpacked
    assert unpacked == contents(HTML)


def test_archive_has_no_times_and_an_order() -> None:
    with zipfile.ZipFile(ARCHIVE) as packed:
        entries = packed.infolist()
    assert {entry.date_time for entry in entries} == {maker().EARLIEST}
    assert [e.filename for e in entries] == sorted(e.filename for e in entries)


def test_checksums_are_those_of_sha256sum() -> None:
    subprocess.run(["sha256sum", "--check", "--strict", maker().SUMS], cwd=PUBLISHED, check=True)


def test_pdf_has_all_pages_and_chapters() -> None:
    assert len(PdfReader(PDF).pages) > 50
    assert not missing_chapters(PDF)


def test_pdf_has_the_figures() -> None:
    notebooks = sorted((ROOT / "notebooks").glob("*.md"))
    made = sum(len(re.findall(r"take_away\(", p.read_text(encoding="utf-8"))) for p in notebooks)
    assert made > 50
    assert figures(PDF) >= made


def test_pdf_has_its_mathematics_set() -> None:
    assert not unset_mathematics(PDF)
    assert fonts_of_formulas(PDF) > 5


def test_pdf_shows_solutions_and_says_what_is_live_only() -> None:
    solutions = sum(
        len(
            re.findall(
                r"^`{3,}\{solution(?:-start)?\}", p.read_text(encoding="utf-8"), re.MULTILINE
            )
        )
        for p in (ROOT / "notebooks").glob("*.md")
    )
    assert solutions > 50
    assert len(re.findall(r"Solution to\s+Exercise", text(PDF))) >= solutions
    assert text(PDF).count(maker().LIVE) == 2
    assert maker().ABOUT in text(PDF)


def test_pdf_names_no_date_and_no_folder() -> None:
    info = PdfReader(PDF).metadata
    assert {info.creation_date.year, info.modification_date.year} == {maker().EARLIEST[0]}
    assert not addresses_of_this_machine(PDF)
