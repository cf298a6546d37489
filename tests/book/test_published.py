"""The built book as a reader gets it: the whole of each page, its notebook, its references.

Each check is a function of a folder, a page or a file, so that it can be tried on a copy with a
fault put in.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from pybtex.database import BibliographyData, Entry, parse_file

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
BIBLIOGRAPHY = ROOT / "book" / "references.bib"
sys.path.insert(0, str(ROOT / "book" / "_ext"))
import chapters_of_functions  # noqa: E402
import take_notebook  # noqa: E402


def pages(folder: Path) -> list[str]:
    """Return the pages of a book, the slides left out."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.html")
        if "_static" not in path.relative_to(folder).parts
    )


PAGES = pages(HTML)
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


@cache
def read(path: Path) -> BeautifulSoup:
    """Read a page."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return the places on a page that a link can point to."""
    found = read(path).find_all(lambda tag: tag.get("id") or (tag.name == "a" and tag.get("name")))
    return frozenset(tag[key] for tag in found for key in ("id", "name") if tag.get(key))


# ---- links -------------------------------------------------------------------

POINTERS = (("a", "href"), ("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src"))


def dead_links(folder: Path, name: str) -> list[str]:
    """Return what a page points to inside the book and is not there, frame and bars included."""
    dead = []
    for tag, attribute in POINTERS:
        for element in read(folder / name).find_all(tag, attrs={attribute: True}):
            address = urlsplit(element[attribute])
            if address.scheme or address.netloc:
                continue
            target = folder / name
            if address.path:
                target = (target.parent / unquote(address.path)).resolve()
            place = unquote(address.fragment)
            missing = not target.is_file() or not target.is_relative_to(folder.resolve())
            if missing or (place and target.suffix == ".html" and place not in anchors(target)):
                dead.append(element[attribute])
    return dead


def outside(folder: Path, name: str) -> list[str]:
    """Return what a page loads from outside; links that a reader follows are none of it."""
    loaded = []
    for element in read(folder / name).find_all(["script", "link", "img", "iframe", "source"]):
        address = element.get("src") or element.get("href") or ""
        if "canonical" not in element.get("rel", ()) and re.match(r"(https?:)?//", address):
            loaded.append(address)
    styles = [tag.get_text() for tag in read(folder / name).find_all("style")]
    return loaded + re.findall(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")\s]+)", str(styles))


def without_alt(folder: Path, name: str) -> list[str]:
    """Return the images of a page that do not say what they show; the frame's may be empty."""
    return [
        image.get("src", "")
        for image in read(folder / name).find_all("img")
        if not image.get("alt", "").strip()
    ]


@pytest.mark.parametrize("name", PAGES)
def test_links_of_the_whole_page(name: str) -> None:
    assert not dead_links(HTML, name)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_from_outside(name: str) -> None:
    assert not outside(HTML, name)


@pytest.mark.parametrize("name", PAGES)
def test_images_of_the_whole_page(name: str) -> None:
    assert not without_alt(HTML, name)


@pytest.mark.parametrize("name", PAGES)
def test_pages_hang_together(name: str) -> None:
    """Each page leads home, and the pages of the contents to a neighbour."""
    page = read(HTML / name)
    targets = {
        (HTML / name).parent.joinpath(unquote(urlsplit(link["href"]).path)).resolve()
        for link in page.select(".bd-sidebar-primary a[href]")
        if urlsplit(link["href"]).path
    }
    assert (HTML / "index.html").resolve() in targets | {(HTML / name).resolve()}
    if name.startswith(("notebooks/", "book/")):
        assert page.select_one(".prev-next-area a.left-prev")


# ---- what a reader takes away ------------------------------------------------

TAKE_AWAY = {"png", "pdf", "csv"}


def without_take_away(folder: Path, name: str) -> list[str]:
    """Return the figures that lack a file to take away, between them and the next figure."""
    lacking = []
    for figure in read(folder / name).select("article figure"):
        own, offered = figure.get("id", "").removeprefix("fig-"), set()
        for element in figure.find_all_next(["figure", "a"]):
            if element.name == "figure":
                break
            file = Path(unquote(element.get("href", "")))
            if "download" in element.get("class", ()) and file.stem == own:
                offered.add(file.suffix.removeprefix("."))
        if offered != TAKE_AWAY:
            lacking.append(own)
    return lacking


@pytest.mark.parametrize("name", PAGES)
def test_take_away_beside_every_figure(name: str) -> None:
    assert not without_take_away(HTML, name)


# ---- notebooks ---------------------------------------------------------------


def notebook_link(folder: Path, chapter: str) -> Path | None:
    """Return the file behind the button of a chapter that downloads its notebook."""
    name = f"notebooks/{chapter}.html"
    for link in read(folder / name).select(".dropdown-download-buttons a[href$='.ipynb']"):
        return (folder / name).parent.joinpath(unquote(link["href"])).resolve()
    return None


def unexecuted(notebook: Path) -> list[int]:
    """Return the code cells that have not been run, by their place; all of them if none shows."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = [(i, cell) for i, cell in enumerate(cells) if cell["cell_type"] == "code"]
    if not any(cell["outputs"] for _, cell in code):
        return [i for i, _ in code]
    return [i for i, cell in code if cell["execution_count"] is None]


def pictures(notebook: Path) -> int:
    """Return the number of images among the outputs of a notebook."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return sum("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_notebook_with_outputs_beside_its_chapter(chapter: str) -> None:
    notebook = notebook_link(HTML, chapter)
    assert notebook is not None
    assert notebook.read_bytes() == (ROOT / "notebooks" / f"{chapter}.ipynb").read_bytes()
    assert not unexecuted(notebook)
    shown = read(HTML / "notebooks" / f"{chapter}.html").select(".cell_output img, figure img")
    assert 0 < pictures(notebook) <= len(shown)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_archive_of_a_chapter(chapter: str, tmp_path: Path) -> None:
    page = HTML / "notebooks" / f"{chapter}.html"
    (link,) = read(page).select(".dropdown-download-buttons a[href$='.zip']")
    archive = page.parent.joinpath(link["href"]).resolve()
    with zipfile.ZipFile(archive) as packed:
        assert packed.testzip() is None
        packed.extractall(tmp_path)
    for name in (
        f"notebooks/{chapter}.ipynb",
        *take_notebook.WITH,
        *take_notebook.OF_ONE.get(chapter, ()),
    ):
        unpacked = tmp_path / f"nudp-{chapter}" / name
        assert unpacked.read_bytes() == (ROOT / name).read_bytes()
    again = tmp_path / f"{chapter}.zip"
    take_notebook.write_archive(f"notebooks/{chapter}", again)
    assert again.read_bytes() == archive.read_bytes()


# ---- references --------------------------------------------------------------

ARXIV = re.compile(
    r"(?:\d{4}\.\d{4,5}|(?:astro-ph|gr-qc|hep-\w+|nucl-\w+|physics|quant-ph)/\d{7})$"
)
DOI = re.compile(r"10\.\d{4,5}/\S+$")
# A journal that gave no DOIs, and nothing else to name the article by.
BEFORE_DOIS = {"Kuraev:1985hb"}
# The numbers of the paper's own list that the book or the package names, and what they are.
OF_THE_PAPER = {
    1: "1803.03262",
    2: "2105.09699",
    3: "1707.09355",
    4: "2007.15563",
    6: "10.1016/0370-2693(89)90457-7",
    7: "1707.08573",
    10: "hep-ph/9808370",
    12: "hep-ex/0102026",
    13: "2010.04193",
    14: "2011.04751",
    15: "2109.05032",
    16: "1811.12435",
    17: "2109.09545",
    19: "1011.0352",
    22: "2011.01654",
    23: "10.1103/PhysRevD.25.143",
    24: "1210.1519",
    25: "1808.10567",
    26: "1911.03176",
    27: "1909.06847",
    28: "2012.10893",
    29: "10.1016/S0168-9002(01)02013-7",
    30: "1709.00009",
    31: "1707.05178",
    32: "1903.12114",
    33: "1808.00983",
    34: "1103.5564",
}
NAMED = re.compile(r"(?:arXiv:|arxiv\.org/abs/)((?:[a-z-]+/)?\d{4}\.?\d{3,5})")
IN_ITS_LIST = re.compile(r"\bRefs?\. \[([\d, ]+)\]|\[(\d{2})\] taken")


def entries(path: Path = BIBLIOGRAPHY) -> BibliographyData:
    """Read the references; a key that stands twice is an error of the reader's."""
    return parse_file(str(path))


def identifiers(entry: Entry) -> set[str]:
    """Return the DOI and the arXiv number of a reference."""
    return {entry.fields[field] for field in ("doi", "eprint") if field in entry.fields}


def badly_identified(bibliography: BibliographyData) -> list[str]:
    """Return the references without a DOI or arXiv number that has the form of one."""
    bad = []
    for key, entry in bibliography.entries.items():
        doi, eprint = entry.fields.get("doi"), entry.fields.get("eprint")
        formed = (doi is None or DOI.match(doi)) and (eprint is None or ARXIV.match(eprint))
        found = doi or eprint or (key in BEFORE_DOIS and "DOI" in entry.fields.get("note", ""))
        if not (formed and found):
            bad.append(key)
    return bad


def twice(bibliography: BibliographyData) -> list[str]:
    """Return the DOIs, arXiv numbers and titles that more than one reference has."""
    marks = Counter(
        re.sub(r"\W", "", entry.fields[field]).lower()
        for entry in bibliography.entries.values()
        for field in ("doi", "eprint", "title")
        if field in entry.fields
    )
    return [mark for mark, count in marks.items() if count > 1]


def not_listed(bibliography: BibliographyData, page: Path) -> list[str]:
    """Return the references that the list of the book lacks, or shows without their links.

    The list holds what is cited somewhere, so a reference that nothing cites is missing too.
    """
    items = read(page).select("div.citation")
    links = [{unquote(a["href"]) for a in item.select("a[href^=http]")} for item in items]
    missing = []
    for key, entry in bibliography.entries.items():
        wanted = {f"https://doi.org/{entry.fields['doi']}"} if "doi" in entry.fields else set()
        if "eprint" in entry.fields:
            wanted.add(f"https://arxiv.org/abs/{entry.fields['eprint']}")
        if not wanted:
            wanted.add(entry.fields["url"])
        if not any(wanted <= shown for shown in links):
            missing.append(key)
    return missing


def texts() -> Iterator[Path]:
    """Return the files in which somebody may have named an article."""
    yield ROOT / "index.md"
    for folder, ends in {"book": "md", "notebooks": "md", "nudp": "py", "data": "*"}.items():
        for path in sorted((ROOT / folder).rglob(f"*.{ends}")):
            if path.suffix in (".md", ".py", ".csv", ".toml") and "_ext" not in path.parts:
                yield path


def named(text: str) -> set[str]:
    """Return the articles that a text names by arXiv number or by the paper's list."""
    listed = [first or second for first, second in IN_ITS_LIST.findall(text)]
    numbers = {int(number) for group in listed for number in group.split(",")}
    return set(NAMED.findall(text)) | {OF_THE_PAPER[number] for number in numbers}


@cache
def known() -> frozenset[str]:
    """Return every DOI and arXiv number among the references."""
    return frozenset(mark for e in entries().entries.values() for mark in identifiers(e))


def test_each_reference_has_a_doi_or_an_arxiv_number() -> None:
    assert not badly_identified(entries())


def test_no_reference_stands_twice() -> None:
    assert not twice(entries())


def test_each_reference_is_cited_and_shown_with_its_links() -> None:
    bibliography = entries()
    assert not not_listed(bibliography, HTML / "book" / "cite.html")
    shown = read(HTML / "book" / "cite.html").select("div.citation")
    assert len(shown) == len(bibliography.entries)


@pytest.mark.parametrize("path", [*texts()], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_text_names_is_among_the_references(path: Path) -> None:
    assert named(path.read_text(encoding="utf-8")) <= known()


@pytest.mark.parametrize("number", OF_THE_PAPER)
def test_references_of_the_paper(number: int) -> None:
    assert OF_THE_PAPER[number] in known()


# ---- the reference of the package ----------------------------------------------


@cache
def described(page: Path) -> dict[str, list[str]]:
    """Return the functions and classes of a reference, each with the links of its text."""
    found = {}
    for item in read(page).select("dl.py.function, dl.py.class"):
        name = item.find("dt")["id"]
        found[name] = [link["href"] for link in item.find("dd").select("a.internal[href]")]
    return found


def without_chapter(page: Path) -> list[str]:
    """Return the functions of a reference that link to no page of the book but their own."""
    return [
        name
        for name, links in described(page).items()
        if not any(re.search(r"[\w-]+\.html$", link) for link in links)
    ]


def without_function(page: Path) -> list[int]:
    """Return the equations (2) to (14) of the paper that no function of a reference links to."""
    links = {link.split("#")[-1] for found in described(page).values() for link in found}
    return [number for number in range(2, 15) if f"equation-eq-{number}" not in links]


def without_own_equation(page: Path) -> list[str]:
    """Return the functions of a reference that lack the equations of the book they compute."""
    found = described(page)
    wanted = {f"nudp.{name}": labels for name, labels in chapters_of_functions.EQUATIONS.items()}
    return sorted(
        name
        for name, labels in wanted.items()
        if not {f"equation-{label}" for label in labels}
        <= {link.split("#")[-1] for link in found.get(name, ())}
    )


def modules_left_out(page: Path) -> list[str]:
    """Return the modules of the package that a reference does not describe."""
    shown = anchors(page)
    names = [f"nudp.{path.stem}" for path in (ROOT / "nudp").glob("[a-z]*.py")]
    return sorted(name for name in names if f"module-{name}" not in shown)


API = HTML / "book" / "api.html"


def test_each_function_leads_to_its_chapter() -> None:
    assert len(described(API)) > 100
    assert not without_chapter(API)


def test_each_equation_of_the_paper_has_its_function() -> None:
    assert not without_function(API)


def test_each_function_leads_to_the_equations_of_the_book() -> None:
    assert not without_own_equation(API)


def test_each_module_is_described() -> None:
    assert not modules_left_out(API)


def test_equations_that_a_docstring_names() -> None:
    found = chapters_of_functions.equations
    assert found("Eqs. (8), (9) and (14): too hard.") == [8, 9, 14]
    assert found("A limit.\n\nReferences\n----------\narXiv:2204.07802, Eqs. (5) to (7).") == [
        5,
        6,
        7,
    ]
    assert found("A limit.\n\nReferences\n----------\narXiv:1007.1727, Eq. (5).") == []
    assert found("A limit.\n\nThe density of Eq. (2), at first.") == []


def test_a_module_needs_a_chapter() -> None:
    with pytest.raises(chapters_of_functions.ExtensionError, match="no chapter .* nudp.nowhere"):
        chapters_of_functions.chapters("nowhere.function", [])


# ---- each check on a book with a fault -----------------------------------------


@pytest.fixture
def doctored(tmp_path: Path) -> Path:
    """A copy of a few pages, to put faults into."""
    for name in ("index.html", "notebooks/signal.html", "book/api.html", "book/cite.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(HTML / name, tmp_path / name)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    """Put a fault into a file, once."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


BARS = (".bd-sidebar-primary", ".bd-header-article", ".bd-article-container", ".prev-next-area")


def test_dead_links_in_the_bars_are_found(doctored: Path) -> None:
    name, bad = "book/cite.html", ["missing.html", "cite.html#no-such-place", "#no-such-place"]
    page = BeautifulSoup((doctored / name).read_text(encoding="utf-8"), "html.parser")
    before = Counter(dead_links(doctored, name))  # a copy of a few pages lacks the others
    for bar in BARS:
        for link in bad:
            page.select_one(bar).append(page.new_tag("a", href=link))
    (doctored / name).write_text(str(page), encoding="utf-8")
    read.cache_clear()
    anchors.cache_clear()
    after = Counter(dead_links(doctored, name))
    assert after - before == dict.fromkeys(bad, len(BARS))


def test_an_anchor_that_goes_is_missed(doctored: Path) -> None:
    before = dead_links(doctored, "notebooks/signal.html")
    assert "#equation-eq-3" not in before
    page = doctored / "notebooks" / "signal.html"
    change(page, 'id="equation-eq-3"', 'id="equation-gone"')
    read.cache_clear()
    anchors.cache_clear()
    assert "#equation-eq-3" in dead_links(doctored, "notebooks/signal.html")


@pytest.mark.parametrize(
    "fault",
    [
        '<script src="https://cdn.jsdelivr.net/npm/mathjax@3/es5/tex-mml-chtml.js"></script>',
        '<link rel="stylesheet" href="//fonts.example.org/all.css">',
        "<style>@import 'https://fonts.example.org/all.css';</style>",
        '<img src="https://mybinder.org/badge_logo.svg" alt="Binder">',
    ],
)
def test_a_link_to_a_content_network_is_found(doctored: Path, fault: str) -> None:
    assert not outside(doctored, "index.html")
    read.cache_clear()
    change(doctored / "index.html", "</head>", f"{fault}</head>")
    assert len(outside(doctored, "index.html")) == 1


@pytest.mark.parametrize("fault", ["", 'alt=""', 'alt=" "'])
def test_a_figure_without_alternative_text_is_found(doctored: Path, fault: str) -> None:
    page = doctored / "notebooks" / "signal.html"
    image = re.search(r'<img alt="[^"]+"', page.read_text(encoding="utf-8"))[0]
    change(page, image, f"<img {fault}")
    assert len(without_alt(doctored, "notebooks/signal.html")) == 1


@pytest.mark.parametrize("kind", sorted(TAKE_AWAY))
def test_a_figure_without_a_file_to_take_away_is_found(doctored: Path, kind: str) -> None:
    name = "notebooks/signal.html"
    assert not without_take_away(doctored, name)
    page = BeautifulSoup((doctored / name).read_text(encoding="utf-8"), "html.parser")
    figure = page.select("article figure")[1]
    page.select_one(f"a.download[href$='/{figure['id'][4:]}.{kind}']").decompose()
    (doctored / name).write_text(str(page), encoding="utf-8")
    read.cache_clear()
    assert without_take_away(doctored, name) == [figure["id"][4:]]


def test_an_unexecuted_cell_is_found(tmp_path: Path) -> None:
    source = ROOT / "notebooks" / "signal.ipynb"
    content = json.loads(source.read_text(encoding="utf-8"))
    places = [i for i, cell in enumerate(content["cells"]) if cell["cell_type"] == "code"]
    content["cells"][places[3]] |= {"execution_count": None, "outputs": []}
    faulty = tmp_path / "signal.ipynb"
    faulty.write_text(json.dumps(content), encoding="utf-8")
    assert unexecuted(faulty) == [places[3]]
    for place in places:
        content["cells"][place]["outputs"] = []
    faulty.write_text(json.dumps(content), encoding="utf-8")
    assert unexecuted(faulty) == places


def test_a_chapter_without_its_notebook_is_found(doctored: Path) -> None:
    assert notebook_link(doctored, "signal").name == "signal.ipynb"
    read.cache_clear()
    source = "_sources/notebooks/signal"
    change(doctored / "notebooks" / "signal.html", f"{source}.ipynb", f"{source}.md")
    assert notebook_link(doctored, "signal") is None


@pytest.mark.parametrize(
    "fields",
    [
        "",
        "doi = {not a doi},",
        "eprint = {22o4.07802},",
        "doi = {10.1103/PhysRevD.98.115015}, eprint = {1803},",
        "url = {https://example.org},",
    ],
)
def test_a_reference_without_identifier_is_found(tmp_path: Path, fields: str) -> None:
    faulty = tmp_path / "references.bib"
    faulty.write_text(f"@misc{{Nobody:2000aa, title = {{Title}}, {fields} }}", encoding="utf-8")
    assert badly_identified(entries(faulty)) == ["Nobody:2000aa"]


def test_a_reference_that_stands_twice_is_found(tmp_path: Path) -> None:
    faulty = tmp_path / "references.bib"
    text = BIBLIOGRAPHY.read_text(encoding="utf-8")
    again = "@misc{Again:2018, title = {Another}, doi = {10.1103/PhysRevD.98.115015}}"
    faulty.write_text(f"{text}\n{again}", encoding="utf-8")
    assert twice(entries(faulty)) == ["101103physrevd98115015"]
    assert not_listed(entries(faulty), HTML / "book" / "cite.html") == []


def test_a_reference_that_nothing_cites_is_found(tmp_path: Path) -> None:
    faulty = tmp_path / "references.bib"
    text = BIBLIOGRAPHY.read_text(encoding="utf-8")
    faulty.write_text(f"{text}\n@misc{{New:2026, eprint = {{2601.00001}}}}", encoding="utf-8")
    assert not_listed(entries(faulty), HTML / "book" / "cite.html") == ["New:2026"]


def test_an_article_that_is_named_and_not_cited_is_found() -> None:
    assert named("as in arXiv:2601.00001 and hep-ph/9808370") == {"2601.00001"}
    assert named("its Refs. [25, 29]") == {"1808.10567", "10.1016/S0168-9002(01)02013-7"}
    assert not named("arXiv:2601.00001") <= known()


def test_faults_of_a_reference_of_functions_are_found(doctored: Path) -> None:
    page = doctored / "book" / "api.html"
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    soup.find(id="module-nudp.beyond.zpole").decompose()
    for item in soup.select("dl.py.function, dl.py.class"):
        for link in item.select("a[href*='equation-eq-3']"):
            link.decompose()
        if item.find("dt")["id"] == "nudp.signal.decay_width":
            for link in item.select("a.internal"):
                link.decompose()
        if item.find("dt")["id"] == "nudp.beyond.vacuum.delta_alpha":
            for link in item.select("a[href*='equation-eq-spin-dressed']"):
                link["href"] = link["href"].replace("dressed", "lepton")
    page.write_text(str(soup), encoding="utf-8")
    assert modules_left_out(page) == ["nudp.beyond.zpole"]
    assert without_function(page) == [3]
    assert "nudp.beyond.vacuum.delta_alpha" in without_own_equation(page)
    assert "nudp.beyond.vacuum.propagator_factor" not in without_own_equation(page)
    assert without_chapter(page) == ["nudp.signal.decay_width"]
