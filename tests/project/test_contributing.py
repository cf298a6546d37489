"""CONTRIBUTING.md, CHANGELOG.md and CITATION.cff: what they name exists, what they show works."""

from __future__ import annotations

import importlib
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from release import checks

from nudp import landscape
from nudp._tables import DataError, data_folder

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


# ---- how to contribute -----------------------------------------------------------------


def section(title: str, text: str = GUIDE) -> str:
    """Return a section of the guide."""
    (found,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found


def dead_names(text: str, root: Path = ROOT) -> list[str]:
    """Return files, names in files, targets and sections that a text names and nobody has."""
    dead = []
    for path in re.findall(r"\b(?:book|data|notebooks|nudp|tests|worksheets)/[\w./-]*\w", text):
        if not (root / path).exists():
            dead.append(path)
    for name, path in re.findall(r"`(\w+)`\s+(?:of|in)\s+`((?:nudp|tests)/\w+\.py)`", text):
        if not re.search(rf"^{name}\b", (root / path).read_text("utf-8"), re.MULTILINE):
            dead.append(f"{name} of {path}")
    for target in re.findall(r"`make ([a-z-]+)`", text):
        if not re.search(rf"^{target}:", MAKEFILE, re.MULTILINE):
            dead.append(f"make {target}")
    for module, name in re.findall(r"`nudp\.(\w+)\.(\w+)`", text):
        if not hasattr(importlib.import_module(f"nudp.{module}"), name):
            dead.append(f"nudp.{module}.{name}")
    heads = {
        head.lower().replace(" ", "-") for head in re.findall(r"^#+ (.*)$", GUIDE, re.MULTILINE)
    }
    dead += [f"#{anchor}" for anchor in re.findall(r"\]\(#([\w-]+)\)", text) if anchor not in heads]
    return dead


@pytest.mark.parametrize("what", ["a bound", "an exercise", "a search"])
def test_what_the_steps_name_exists(what: str) -> None:
    steps = section(f"How to contribute {what}")
    assert re.findall(r"^\d\. ", steps, re.MULTILINE)
    assert re.findall(r"tests/test_\w+\.py", steps)
    assert dead_names(steps) == []


@pytest.mark.parametrize(
    ("text", "dead"),
    [
        ("look at `data/bound.toml`.", "data/bound.toml"),
        ("`SHADES` of `nudp/plots.py`", "SHADES of nudp/plots.py"),
        ("then `make figures`", "make figures"),
        ("one of `nudp.landscape.CONVENTION`", "nudp.landscape.CONVENTION"),
        ("[Exercises](#exercise)", "#exercise"),
    ],
)
def test_dead_names_are_found(text: str, dead: str) -> None:
    assert dead_names(text) == [dead]


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks of a language, without their indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def read_with(table: str, record: str, folder: Path) -> landscape.Bound:
    """Read the bounds with one more, as the package would."""
    shutil.copytree(data_folder(), folder)
    (folder / "bounds" / "key.csv").write_text(table, encoding="utf-8")
    with (folder / "bounds.toml").open("a", encoding="utf-8") as records:
        records.write(f"\n{record}")
    return landscape.bounds()[-1]


def test_the_bound_that_is_shown_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = section("How to contribute a bound")
    (table,), (record,) = blocks(text, "text"), blocks(text, "toml")
    monkeypatch.setattr(landscape, "data_folder", lambda: tmp_path / "data")
    bound = read_with(table, record, tmp_path / "data")
    assert (bound.key, bound.name, bound.limit(0.01)) == ("key", "Experiment", pytest.approx(2e-5))
    shown = set(re.findall(r"^(\w+) = ", record, re.MULTILINE))
    (asked,) = {frozenset(fields) for fields in records_of_the_package()}
    assert shown == asked


def records_of_the_package() -> list[list[str]]:
    """Fields of each record of data/bounds.toml."""
    text = (data_folder() / "bounds.toml").read_text(encoding="utf-8")
    return [re.findall(r"^(\w+) = ", part, re.MULTILINE) for part in text.split("\n[")[1:]]


def test_half_a_record_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = section("How to contribute a bound")
    (table,), (record,) = blocks(text, "text"), blocks(text, "toml")
    monkeypatch.setattr(landscape, "data_folder", lambda: tmp_path / "data")
    with pytest.raises(DataError, match="'key'.*sided"):
        read_with(table, re.sub(r"^sided.*\n", "", record, flags=re.MULTILINE), tmp_path / "data")


def test_the_search_that_is_shown_runs() -> None:
    (code,) = blocks(section("How to contribute a search"), "python")
    names: dict[str, object] = {}
    exec(compile(code, "CONTRIBUTING.md", "exec"), names)
    assert 0 < names["d_95"] < 1e-3


# ---- the changelog ---------------------------------------------------------------------


def changelog_faults(text: str) -> list[str]:
    """Say where a changelog leaves the form of Keep a Changelog."""
    faults = []
    heads = re.findall(r"^## (.*)$", text, re.MULTILINE)
    if heads[:1] != ["[Unreleased]"]:
        faults.append("does not begin with [Unreleased]")
    found = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)", head) for head in heads[1:]]
    faults += [
        f"{head!r} is no version with a date"
        for head, match in zip(heads[1:], found, strict=True)
        if match is None
    ]
    released = [(tuple(map(int, m[1].split("."))), date.fromisoformat(m[2])) for m in found if m]
    if released != sorted(released, reverse=True):
        faults.append("versions or dates are out of order")
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    faults += [
        f"{kind!r} is no kind of change"
        for kind in re.findall(r"^### (.*)$", text, re.MULTILINE)
        if kind not in kinds
    ]
    links = set(re.findall(r"^\[(.*)\]: https://", text, re.MULTILINE))
    faults += [
        f"no link for {name}"
        for name in re.findall(r"^## \[(.*?)\]", text, re.MULTILINE)
        if name not in links
    ]
    return faults


def test_changelog() -> None:
    assert changelog_faults(CHANGES) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("## [Unreleased]", "## [Soon]", "begin with [Unreleased]"),
        ("## [0.1.0] - 2026", "## [0.1.0], 2026", "no version with a date"),
        ("### Fixed", "### Mended", "'Mended' is no kind"),
        ("\n[0.1.0]: ", "\n[0.2.0]: ", "no link for 0.1.0"),
        ("## [0.1.0]", "## [0.0.1] - 2026-01-01\n\n## [0.1.0]", "out of order"),
    ],
)
def test_faulty_changelog_is_refused(old: str, new: str, message: str) -> None:
    assert old in CHANGES
    faults = changelog_faults(CHANGES.replace(old, new))
    assert [fault for fault in faults if message in fault]


# ---- the citation file -----------------------------------------------------------------

#: The keys of the Citation File Format 1.2.0.
TOP = set(
    "abstract authors cff-version commit contact date-released doi identifiers keywords license "
    "license-url message preferred-citation references repository repository-artifact "
    "repository-code title type url version".split()
)
PERSON = set(
    "address affiliation alias city country email family-names fax given-names name-particle "
    "name-suffix orcid post-code region tel website".split()
)
ENTITY = {"name", "alias", "website", "email", "orcid", "date-start", "date-end", "country"}
REFERENCE = set(
    "abstract authors collection-title doi date-published identifiers issue journal keywords "
    "license month notes pages publisher start end status title type url volume year".split()
)
IDENTIFIERS = {"doi", "url", "swh", "other"}


def citation_faults(text: str) -> list[str]:
    """Say where a citation file leaves the schema."""
    content = yaml.safe_load(text)
    faults = [
        f"{key} is missing"
        for key in sorted({"cff-version", "message", "title", "authors"} - set(content))
    ]
    faults += [f"{key!r} is no key of the format" for key in sorted(set(content) - TOP)]
    if content.get("cff-version") != "1.2.0":
        faults.append(f"cff-version is {content.get('cff-version')!r}")
    if content.get("type") not in {"software", "dataset"}:
        faults.append(f"type is {content.get('type')!r}")
    faults += author_faults(content.get("authors", []))
    for reference in content.get("references", []):
        faults += [
            f"reference without {key}"
            for key in ("authors", "title", "type")
            if key not in reference
        ]
        faults += [f"reference: {key!r} is no key" for key in sorted(set(reference) - REFERENCE)]
        faults += author_faults(reference.get("authors", []))
        for identifier in reference.get("identifiers", []):
            if identifier.get("type") not in IDENTIFIERS or not identifier.get("value"):
                faults.append(f"identifier {identifier}")
    return faults


def author_faults(authors: list[dict[str, str]]) -> list[str]:
    """Say which authors are neither persons nor entities."""
    if not authors:
        return ["no author"]
    return [
        f"author {author} is neither a person nor an entity"
        for author in authors
        if not (("name" in author and set(author) <= ENTITY) or set(author) <= PERSON)
    ]


def test_citation_file_keeps_to_its_schema() -> None:
    assert citation_faults(CITATION) == []
    assert "2204.07802" in CITATION


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("message:", "note:", "message is missing"),
        ("license:", "licence:", "'licence' is no key"),
        ("cff-version: 1.2.0", "cff-version: 1.3.0", "cff-version is '1.3.0'"),
        ("type: software", "type: code", "type is 'code'"),
        ("given-names: Yu", "first-name: Yu", "neither a person nor an entity"),
        ("type: other", "type: arxiv", "identifier {'type': 'arxiv'"),
    ],
)
def test_faulty_citation_file_is_refused(old: str, new: str, message: str) -> None:
    assert old in CITATION
    faults = citation_faults(CITATION.replace(old, new, 1))
    assert [fault for fault in faults if message in fault]


def test_one_version_in_every_file() -> None:
    """`make test-release` asks the same of wheel and sdist."""
    assert checks.versions() == []
