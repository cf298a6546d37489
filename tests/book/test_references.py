"""The references of the built book, to articles and to functions of nudp."""

from __future__ import annotations

import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import chapters_of_functions
import pytest
from bs4 import BeautifulSoup
from built import HTML, ROOT, read
from pybtex.database import parse_file

import nudp

ENTRIES = parse_file(str(ROOT / "book" / "references.bib")).entries


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


@pytest.mark.parametrize("key", ENTRIES)
def test_each_reference_is_identified_and_cited_with_its_links(key: str) -> None:
    """The list holds what is cited somewhere, so one that nothing cites is missing too."""
    fields = ENTRIES[key].fields
    doi, eprint = fields.get("doi"), fields.get("eprint")
    assert doi or eprint or (key in BEFORE_DOIS and "DOI" in fields.get("note", ""))
    assert doi is None or DOI.match(doi)
    assert eprint is None or ARXIV.match(eprint)
    wanted = {
        f"https://doi.org/{doi}" * bool(doi),
        f"https://arxiv.org/abs/{eprint}" * bool(eprint),
    }
    wanted = wanted - {""} or {fields["url"]}
    items = read(HTML / "book" / "cite.html").select("div.citation")
    assert len(items) == len(ENTRIES)
    assert any(wanted <= {unquote(a["href"]) for a in item.select("a[href]")} for item in items)


def test_no_reference_stands_twice() -> None:
    marks = Counter(
        re.sub(r"\W", "", entry.fields[field]).lower()
        for entry in ENTRIES.values()
        for field in ("doi", "eprint", "title")
        if field in entry.fields
    )
    assert [mark for mark, count in marks.items() if count > 1] == []


def texts() -> Iterator[Path]:
    """Return the files in which somebody may have named an article."""
    yield ROOT / "index.md"
    for folder, ends in {"book": "md", "notebooks": "md", "nudp": "py", "data": "*"}.items():
        for path in sorted((ROOT / folder).rglob(f"*.{ends}")):
            if path.suffix in (".md", ".py", ".csv", ".toml"):
                yield path


@pytest.mark.parametrize("path", [*texts()], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_text_names_is_among_the_references(path: Path) -> None:
    """By arXiv number, or by its number in the paper's list."""
    text = path.read_text(encoding="utf-8")
    listed = [first or second for first, second in IN_ITS_LIST.findall(text)]
    numbers = {int(number) for group in listed for number in group.split(",")}
    known = {
        e.fields[mark] for e in ENTRIES.values() for mark in ("doi", "eprint") if mark in e.fields
    }
    assert {*NAMED.findall(text), *(OF_THE_PAPER[number] for number in numbers)} <= known


# ---- the reference of the package ----------------------------------------------


def short(name: str) -> str:
    """Return a name below nudp, whichever floor it is on."""
    return name.removeprefix("nudp.").removeprefix("beyond.")


@cache
def reference() -> list[BeautifulSoup]:
    """Read the pages of the reference: the package, and each module."""
    return [read(HTML / "book" / "api.html"), *map(read, (HTML / "book" / "api").glob("*.html"))]


@cache
def described() -> dict[str, set[str]]:
    """Return the functions and classes of the reference, each with the links of its text."""
    items = [item for page in reference() for item in page.select("dl.py.function, dl.py.class")]
    return {
        short(item.find("dt")["id"]): {
            link["href"] for link in item.find("dd").select("a.internal[href]")
        }
        for item in items
    }


def test_each_function_leads_to_its_chapter() -> None:
    assert len(described()) > 100
    without = [
        name
        for name, links in described().items()
        if not any(re.search(r"[\w-]+\.html$", link) for link in links)
    ]
    assert not without


def test_each_equation_of_the_paper_has_its_function() -> None:
    links = {link.split("#")[-1] for found in described().values() for link in found}
    assert {f"equation-eq-{number}" for number in range(2, 15)} <= links


@pytest.mark.parametrize("name", chapters_of_functions.EQUATIONS)
def test_each_function_leads_to_the_equations_of_the_book(name: str) -> None:
    links = {link.split("#")[-1] for link in described()[short(name)]}
    assert {f"equation-{label}" for label in chapters_of_functions.EQUATIONS[name]} <= links


def test_each_module_is_described() -> None:
    modules = pkgutil.walk_packages(nudp.__path__, "nudp.")
    public = [one.name for one in modules if "._" not in one.name and not one.ispkg]
    shown = {tag["id"] for page in reference() for tag in page.select("[id^=module-]")}
    assert [name for name in public if f"module-{name}" not in shown] == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Eqs. (8), (9) and (14): too hard.", [8, 9, 14]),
        ("A limit.\n\nReferences\n----------\narXiv:2204.07802, Eqs. (5) to (7).", [5, 6, 7]),
        ("A limit.\n\nReferences\n----------\narXiv:1007.1727, Eq. (5).", []),
        ("A limit.\n\nThe density of Eq. (2), at first.", []),
    ],
)
def test_equations_that_a_docstring_names(text: str, numbers: list[int]) -> None:
    assert chapters_of_functions.equations(text) == numbers
